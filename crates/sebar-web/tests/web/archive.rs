//! The archive: any message is found, and what it shows is what was sent.

use reqwest::StatusCode;

use crate::report::{Sent, run};

#[tokio::test]
async fn the_archive_proves_what_was_sent_whatever_was_edited_since() {
    let sent = Sent::new().await;
    let ana = sent.ana();
    run(&sent.test, "UPDATE contacts SET name = 'Other', email = 'other-' || email").await;
    run(&sent.test, "UPDATE campaigns SET html = '<p>edited</p>', subject = 'edited', name = 'Renamed'")
        .await;
    let page = sent.page(&format!("/archive/{ana}")).await;
    assert!(page.contains("Proven: these are the bytes that were sent"), "{page}");
    assert!(page.contains("Halo Ana, kopi baru"));
    assert!(page.contains("Relai Utama"));
    assert!(page.contains("250 2.0.0 Ok: queued as 7F3A"));
    assert!(page.contains("Renamed"));

    let answer = sent.browser.get(&format!("/archive/{ana}/raw")).await;
    assert_eq!(answer.headers()["content-type"], "message/rfc822");
    assert_eq!(answer.bytes().await.unwrap(), sent.bytes, "byte for byte what the relay was given");

    let answer = sent.browser.get(&format!("/archive/{ana}/html")).await;
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("sandbox"), "{policy}");
    assert!(answer.text().await.unwrap().contains("Untuk Bogor"));
}

#[tokio::test]
async fn a_wrong_digest_is_told_loudly() {
    let sent = Sent::new().await;
    run(&sent.test, "UPDATE messages SET merge = merge || '{\"city\": \"Jakarta\"}' WHERE state = 'sent'")
        .await;
    let page = sent.page(&format!("/archive/{}", sent.ana())).await;
    assert!(page.contains("This is not what was sent, byte for byte"));
    assert!(!page.contains("Proven"));
    // What cannot be made again is no error page.
    run(&sent.test, "UPDATE messages SET merge = '{}'").await;
    let page = sent.page(&format!("/archive/{}", sent.ana())).await;
    assert!(page.contains("The mail cannot be made again"), "{page}");
    let raw = sent.browser.get(&format!("/archive/{}/raw", sent.ana())).await;
    assert_eq!(raw.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_was_not_sent_is_no_proof() {
    let sent = Sent::new().await;
    let refused = sent.refused();
    let page = sent.page(&format!("/archive/{refused}")).await;
    assert!(page.contains("No relay took this mail"));
    assert!(page.contains("The mailbox does not exist."));
    assert!(page.contains("550 5.1.1 No such user here"));
    run(&sent.test, "UPDATE messages SET state = 'queued', digest = NULL").await;
    let page = sent.page(&format!("/archive/{refused}")).await;
    assert!(page.contains("Preview: not sent yet"));
}

#[tokio::test]
async fn what_people_did_stands_with_the_message() {
    let sent = Sent::new().await;
    let n = sent.messages.iter().position(|id| *id == sent.ana()).unwrap();
    sent.hit(n, None).await;
    sent.hit(n, Some(0)).await;
    let page = sent.page(&format!("/archive/{}", sent.ana())).await;
    assert!(page.contains("https://kopi.example/baru"));
    assert!(page.contains("Thunderbird &#60;115&#62;"), "what a stranger wrote is escaped");
    let browser = sent.test.guest();
    assert_eq!(browser.get("/archive").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(sent.browser.get("/archive/not-an-id").await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn any_message_is_found_by_whatever_is_known_of_it() {
    let sent = Sent::new().await;
    let (ana, budi, citra) = ("ana@kopi.example", "budi@teh.example", "sum@kopi.example");
    let campaign = format!("?campaign={}", sent.campaign);
    for (query, there, gone) in [
        ("", vec![ana, budi, citra], vec![]),
        ("?q=Ana@Kopi.example", vec![ana], vec![budi, citra]),
        ("?q=bud", vec![budi], vec![ana, citra]),
        ("?q=@kopi", vec![ana, citra], vec![budi]),
        ("?q=teh.example", vec![budi], vec![ana, citra]),
        ("?q=kopi+desember", vec![ana, budi, citra], vec![]),
        ("?q=KOPI+BARU", vec![ana, budi, citra], vec![]),
        ("?q=kopi+baru&state=failed", vec![citra], vec![ana, budi]),
        ("?state=sent", vec![ana, budi], vec![citra]),
        (campaign.as_str(), vec![ana, budi, citra], vec![]),
        ("?until=2020-01-01", vec![], vec![ana, budi, citra]),
        ("?from=2020-01-01", vec![ana, budi, citra], vec![]),
        ("?q=%25&from=nonsense", vec![], vec![ana, budi, citra]),
    ] {
        let page = sent.page(&format!("/archive{query}")).await;
        for address in there {
            assert!(page.contains(address), "{query}: {address}");
        }
        for address in gone {
            assert!(!page.contains(address), "{query}: not {address}");
        }
    }
}

#[tokio::test]
async fn chosen_days_stand_there_as_the_reader_writes_them() {
    let sent = Sent::new().await;
    for (query, words, without) in [
        ("?q=kopi&from=2020-01-31&until=2026-05-02", "31 Jan 2020 – 2 May 2026", "/archive?q=kopi"),
        ("?from=2020-01-31&until=2020-01-31", "31 Jan 2020", "/archive?"),
        ("?from=2020-01-31", "from 31 Jan 2020", "/archive?"),
        ("?until=2026-05-02", "until 2 May 2026", "/archive?"),
    ] {
        let page = sent.page(&format!("/archive{query}")).await;
        let chip =
            format!(r#"<a class="chip" href="{without}" aria-current="true" title="Show all days">{words}<"#);
        assert!(page.contains(&chip), "{query}: no {chip}");
    }
    assert!(!sent.page("/archive?from=nonsense").await.contains("Show all days"));
}

#[tokio::test]
async fn home_leads_to_what_happened() {
    let sent = Sent::new().await;
    let page = sent.page("/").await;
    assert!(page.contains("First steps"), "there is no template yet");
    assert!(page.contains("Kopi Desember"));
    assert!(page.contains("Last 30 days"));
    run(&sent.test, "UPDATE campaigns SET state = 'paused'").await;
    assert!(sent.page("/").await.contains("is paused"));
    run(&sent.test, "UPDATE relays SET enabled = false").await;
    assert!(sent.page("/").await.contains("No relay is switched on"));
}
