//! A campaign's report, its recipients and the archive: what is shown is what happened.

use reqwest::StatusCode;
use sebar_compose::{COMPOSER, PublicUrl, Ready, Site, TokenKey};
use sebar_domain::id::{CampaignId, ContentId, MessageId, RelayId, SenderId};
use sebar_domain::{AttemptOutcome, FrozenContent, Phase, Reason, Reply, Role, Tracking};
use sebar_store::hits::{self, Hit};
use sebar_store::queue::{Claimant, Claimed};
use sebar_store::record::{self, Attempt, Next, Outcome};
use sebar_store::{campaigns, contents, plan, queue};
use uuid::Uuid;

use crate::common::{Browser, TestApp};

/// A campaign to three people: the relay took the mail of two and refused the third's.
pub(crate) struct Sent {
    pub(crate) test: TestApp,
    pub(crate) browser: Browser,
    pub(crate) campaign: CampaignId,
    /// In the order of their making; whose, says `recipients`.
    pub(crate) messages: Vec<MessageId>,
    recipients: Vec<String>,
    /// What the relay was given for Ana.
    pub(crate) bytes: Vec<u8>,
}

fn frozen(base: &str, tracking: Tracking) -> FrozenContent {
    let site = Site {
        public_url: base.parse::<PublicUrl>().unwrap(),
        company: "Kopi".into(),
        company_address: "Bogor".into(),
        message_id_domain: None,
        unsubscribe_domain: None,
    };
    FrozenContent {
        id: ContentId::new(),
        no: 0,
        composer: COMPOSER,
        subject: "Halo {{ name }}, kopi baru".into(),
        preheader: String::new(),
        html: "<p>Untuk {{ city }}: <a href=\"https://kopi.example/baru\">lihat</a> \
               <a href=\"{{ unsubscribe_url }}\">berhenti</a></p>"
            .into(),
        text: None,
        from_name: "Kopi".into(),
        from_email: "news@kopi.example".parse().unwrap(),
        reply_to: None,
        tracking,
        site: serde_json::to_value(site).unwrap(),
    }
}

impl Sent {
    pub(crate) async fn new() -> Self {
        Self::with(Tracking::Individual).await
    }

    async fn with(tracking: Tracking) -> Self {
        let test = TestApp::new().await;
        let list = Uuid::now_v7();
        run(&test, &format!("INSERT INTO lists (id, name) VALUES ('{list}', 'Readers')")).await;
        for (email, name) in
            [("ana@kopi.example", "Ana"), ("budi@teh.example", "Budi"), ("=sum@kopi.example", "Citra")]
        {
            let id = Uuid::now_v7();
            run(&test, &format!("INSERT INTO contacts (id, email, name, attributes) VALUES ('{id}', '{email}', '{name}', '{{\"city\": \"Bogor\"}}')")).await;
            run(&test, &format!("INSERT INTO list_members (list_id, contact_id) VALUES ('{list}', '{id}')"))
                .await;
        }
        let relay = RelayId::new();
        run(&test, &format!("INSERT INTO relays (id, name, host, port, security, authentication) VALUES ('{relay}', 'Relai Utama', '127.0.0.1', 9, 'none', 'none')")).await;

        let mut tx = test.db.begin().await.unwrap();
        let links = ["https://kopi.example/baru".to_owned()];
        let (content, _) =
            contents::freeze(&mut tx, &frozen(&test.base, tracking), None, &links).await.unwrap();
        let campaign = campaigns::create(&mut *tx, "Kopi Desember", None).await.unwrap();
        campaigns::set_audience(&mut *tx, campaign, &[list.into()], &[]).await.unwrap();
        campaigns::start(&mut tx, campaign, content, 3).await.unwrap();
        let planned = plan::lock_next(&mut tx).await.unwrap().unwrap();
        plan::next_chunk(&mut tx, &planned, &["city".to_owned()], 10).await.unwrap();
        tx.commit().await.unwrap();
        run(&test, &format!("UPDATE campaigns SET tracking = '{tracking}', subject = 'Halo, kopi baru'"))
            .await;

        let sender = SenderId::new();
        let by = Claimant { sender, relay: RelayId::new() };
        let mut connection = test.db.acquire().await.unwrap();
        let mut claimed = queue::claim(&mut connection, campaign, by, 10).await.unwrap();
        drop(connection);
        claimed.sort_by_key(|message| message.id);
        let ready = Ready::new(&contents::get(&test.db, content).await.unwrap().unwrap()).unwrap();
        let key = TokenKey::new(&test.app.key.token_key());
        let mut outcomes = Vec::new();
        let mut bytes = Vec::new();
        for message in &claimed {
            let mail = compose(&ready, &key, message);
            let refused = message.recipient.starts_with('=');
            let next = if refused {
                Next::Failed { reason: Reason::RecipientUnknown, note: None }
            } else {
                Next::Sent { digest: mail.digest, size: 1 }
            };
            let reply = Reply {
                code: if refused { 550 } else { 250 },
                enhanced: if refused { "5.1.1" } else { "2.0.0" }.parse().ok(),
                text: if refused { "No such user here" } else { "Ok: queued as 7F3A" }.to_owned(),
            };
            let attempt = Attempt {
                relay,
                started_at: chrono::Utc::now(),
                duration_ms: 1234,
                outcome: if refused { AttemptOutcome::Failed } else { AttemptOutcome::Sent },
                phase: if refused { Phase::Rcpt } else { Phase::EndOfData },
                reply: Some(reply),
                fault: String::new(),
            };
            outcomes.push(Outcome { message: message.id, next, attempt: Some(attempt) });
            if message.recipient.starts_with("ana") {
                bytes = mail.bytes;
            }
        }
        record::record(&test.db, sender, &outcomes).await.unwrap();
        let messages = claimed.iter().map(|message| message.id).collect();
        let browser = test.editor().await;
        let recipients = claimed.iter().map(|message| message.recipient.clone()).collect();
        Self { test, browser, campaign, messages, recipients, bytes }
    }

    pub(crate) async fn hit(&self, n: usize, link: Option<i32>) {
        let hit = Hit {
            message: self.messages[n],
            link,
            at: chrono::Utc::now(),
            user_agent: "Thunderbird <115>".to_owned(),
        };
        let mut tx = self.test.db.begin().await.unwrap();
        hits::record(&mut tx, &[hit]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn page(&self, path: &str) -> String {
        self.browser.page(path).await
    }

    fn to(&self, beginning: &str) -> usize {
        self.recipients.iter().position(|recipient| recipient.starts_with(beginning)).unwrap()
    }

    pub(crate) fn ana(&self) -> MessageId {
        self.messages[self.to("ana")]
    }

    /// The one whose address a spreadsheet would run.
    pub(crate) fn refused(&self) -> MessageId {
        self.messages[self.to("=")]
    }

    fn recipients(&self, rest: &str) -> String {
        format!("/campaigns/{}/recipients{rest}", self.campaign)
    }
}

fn compose(ready: &Ready, key: &TokenKey, message: &Claimed) -> sebar_compose::Composed {
    let to = message.recipient.parse().unwrap();
    ready.compose(key, message.id, &to, &message.merge, message.mailing).unwrap()
}

pub(crate) async fn run(test: &TestApp, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&test.db).await.unwrap();
}

#[tokio::test]
async fn the_report_counts_what_happened() {
    let sent = Sent::new().await;
    let (ana, budi) = (sent.to("ana"), sent.to("budi"));
    sent.hit(ana, None).await;
    sent.hit(ana, Some(0)).await;
    sent.hit(budi, None).await;
    let page = sent.page(&format!("/campaigns/{}/report", sent.campaign)).await;
    assert!(page.contains("2 of 2 sent"), "opened, with its denominator: {page}");
    assert!(page.contains("1 of 2 sent"), "clicked");
    assert!(page.contains("https://kopi.example/baru"));
    assert!(page.contains("data-value=\"2\""), "two opens in this hour");
    assert!(page.contains("The mailbox does not exist."));
    assert!(page.contains("550 5.1.1 No such user here"));
    assert!(page.contains("teh.example"));
    // Counted again when something happens, not before.
    let taken = sebar_store::report::breakdown(&sent.test.db, sent.campaign).await.unwrap().unwrap();
    sent.page(&format!("/campaigns/{}/report", sent.campaign)).await;
    let again = sebar_store::report::breakdown(&sent.test.db, sent.campaign).await.unwrap().unwrap();
    assert_eq!(taken.counted_at, again.counted_at);
    sent.hit(budi, Some(0)).await;
    sent.page(&format!("/campaigns/{}/report/breakdown", sent.campaign)).await;
    let later = sebar_store::report::breakdown(&sent.test.db, sent.campaign).await.unwrap().unwrap();
    let teh = later.domains.iter().find(|domain| domain.name == "teh.example").unwrap();
    assert_eq!((teh.sent, teh.opened, teh.clicked), (1, 1, 1));
}

#[tokio::test]
async fn hours_add_up_to_the_campaigns_counters() {
    let sent = Sent::new().await;
    for link in [None, Some(0), Some(0), None] {
        sent.hit(0, link).await;
    }
    let counts = campaigns::counts(&sent.test.db, sent.campaign).await.unwrap();
    let sums: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT sum(opens)::bigint, sum(clicks)::bigint, sum(opened)::bigint, sum(clicked)::bigint
           FROM campaign_hours WHERE campaign_id = $1",
    )
    .bind(sent.campaign.0)
    .fetch_one(&sent.test.db)
    .await
    .unwrap();
    assert_eq!(sums, (2, 2, 1, 1));
    assert_eq!(sums, (counts.opens, counts.clicks, counts.opened, counts.clicked));
}

#[tokio::test]
async fn an_anonymous_campaign_shows_counts_and_no_people() {
    let sent = Sent::with(Tracking::Anonymous).await;
    let page = sent.page(&format!("/campaigns/{}/report", sent.campaign)).await;
    assert!(page.contains("Counted without names"));
    assert!(!page.contains("show=opened"));
    let page = sent.page(&sent.recipients("")).await;
    assert!(!page.contains("show=clicked"));
}

#[tokio::test]
async fn a_draft_has_no_report() {
    let test = TestApp::new().await;
    let draft = campaigns::create(&test.db, "Draft", None).await.unwrap();
    let viewer = test.login(Role::Viewer).await;
    for path in ["report", "recipients"] {
        let answer = viewer.get(&format!("/campaigns/{draft}/{path}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn recipients_are_filtered_and_found() {
    let sent = Sent::new().await;
    sent.hit(sent.to("ana"), Some(0)).await;
    let (ana, budi, citra) = ("ana@kopi.example", "budi@teh.example", "sum@kopi.example");
    for (rest, there, gone) in [
        ("", vec![ana, budi, citra], vec![]),
        ("?show=failed", vec![citra], vec![ana, budi]),
        ("?show=sent", vec![ana, budi], vec![citra]),
        ("?show=opened", vec![ana], vec![budi, citra]),
        ("?show=clicked", vec![ana], vec![budi, citra]),
        ("?show=queued", vec![], vec![ana, budi, citra]),
        ("?q=BUDI@", vec![budi], vec![ana, citra]),
        ("?q=budi@teh.example&show=sent", vec![budi], vec![ana, citra]),
        ("?q=teh", vec![], vec![ana, budi, citra]),
    ] {
        let page = sent.page(&sent.recipients(rest)).await;
        for address in there {
            assert!(page.contains(address), "{rest}: {address}");
        }
        for address in gone {
            assert!(!page.contains(address), "{rest}: not {address}");
        }
    }
    // By key: what comes after the second is the third.
    let page = sent.page(&sent.recipients(&format!("?after={}", sent.messages[1]))).await;
    assert_eq!(page.matches("/archive/").count(), 1);
}

#[tokio::test]
async fn the_export_holds_what_the_page_shows_and_runs_nothing() {
    let sent = Sent::new().await;
    let file = sent.page(&sent.recipients(".csv")).await;
    assert_eq!(file.lines().count(), 4, "{file}");
    assert!(file.contains("'=sum@kopi.example"), "a formula is made text: {file}");
    assert!(!file.contains("\n=sum"));
    assert!(file.contains("No such user here"));
    let failed = sent.page(&sent.recipients(".csv?show=failed")).await;
    assert_eq!(failed.lines().count(), 2);
    // Who only looks takes no addresses away.
    let viewer = sent.test.login(Role::Viewer).await;
    assert_eq!(viewer.get(&sent.recipients(".csv")).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(viewer.get(&sent.recipients("")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_failed_is_sent_again_by_one_button() {
    let sent = Sent::new().await;
    let path = format!("/campaigns/{}/recipients", sent.campaign);
    run(&sent.test, "UPDATE campaigns SET state = 'sent', finished_at = now(), settled_at = now()").await;
    assert!(!sent.page(&path).await.contains("/resend"), "only where the failed ones are shown");
    let page = sent.page(&format!("{path}?show=failed")).await;
    assert!(
        page.contains("Resend the 1 that failed") && page.contains("The mailbox does not exist."),
        "{page}"
    );
    let asked = sent.page(&format!("/campaigns/{}/resend?show=failed", sent.campaign)).await;
    assert!(asked.contains("Send the one mail that failed again?"));
    for bad in ["sent", "queued", "nonsense"] {
        let answer = sent.browser.get(&format!("/campaigns/{}/resend?show={bad}", sent.campaign)).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }
    let resend = format!("/campaigns/{}/resend/failed", sent.campaign);
    assert_eq!(sent.browser.submit(&resend, &[]).await, format!("/campaigns/{}", sent.campaign));
    let page = sent.page(&format!("/campaigns/{}", sent.campaign)).await;
    assert!(page.contains("One mail is on its way again."), "{page}");
    let counts = campaigns::counts(&sent.test.db, sent.campaign).await.unwrap();
    assert_eq!((counts.planned, counts.sent, counts.failed), (3, 2, 0));
    assert_eq!(sebar_store::recount::recount(&sent.test.db).await.unwrap().differences, []);
    let by = Claimant { sender: SenderId::new(), relay: RelayId::new() };
    let mut connection = sent.test.db.acquire().await.unwrap();
    let claimed = queue::claim(&mut connection, sent.campaign, by, 10).await.unwrap();
    drop(connection);
    assert_eq!(claimed.len(), 1);
    assert!(claimed[0].recipient.starts_with('=') && claimed[0].first_tried_at.is_none(), "{claimed:?}");
    // Twice is once.
    sent.browser.submit(&resend, &[]).await;
    assert!(
        sent.page(&format!("/campaigns/{}", sent.campaign)).await.contains("Nothing was left to send again.")
    );
}

#[tokio::test]
async fn a_cancelled_campaign_sends_nothing_again() {
    let sent = Sent::new().await;
    run(&sent.test, "UPDATE campaigns SET state = 'cancelled', finished_at = now()").await;
    let path = format!("/campaigns/{}/recipients?show=failed", sent.campaign);
    assert!(!sent.page(&path).await.contains("/resend"));
    sent.browser.submit(&format!("/campaigns/{}/resend/failed", sent.campaign), &[]).await;
    assert!(sent.page(&path).await.contains("Nothing was sent again"));
    let counts = campaigns::counts(&sent.test.db, sent.campaign).await.unwrap();
    assert_eq!(counts.failed, 1);
}

#[tokio::test]
async fn a_campaign_that_paused_itself_says_why() {
    let sent = Sent::new().await;
    let why =
        campaigns::Blocked { blocked: 31, of: 100, answer: "550 5.7.1 Our <system> blocks you".to_owned() };
    let mut tx = sent.test.db.begin().await.unwrap();
    assert!(campaigns::pause_itself(&mut tx, sent.campaign, &why).await.unwrap());
    assert!(!campaigns::pause_itself(&mut tx, sent.campaign, &why).await.unwrap(), "it is paused already");
    tx.commit().await.unwrap();
    let path = format!("/campaigns/{}", sent.campaign);
    let page = sent.page(&path).await;
    assert!(page.contains("It paused itself: 31 of the last 100 answers were refusals by policy."), "{page}");
    assert!(page.contains("550 5.7.1 Our &#60;system&#62; blocks you"), "{page}");
    sent.browser.submit(&format!("{path}/resume"), &[]).await;
    let page = sent.page(&path).await;
    assert!(!page.contains("It paused itself") && !page.contains("No relay can send it now"), "{page}");
    run(&sent.test, "UPDATE campaigns SET from_email = 'news@kopi.example'").await;
    run(&sent.test, "UPDATE relays SET enabled = false").await;
    assert!(sent.page(&path).await.contains("No relay can send it now"));
}

#[tokio::test]
async fn a_relays_latest_conversations_are_shown_and_stay_current() {
    let sent = Sent::new().await;
    let relay: Uuid = sqlx::query_scalar("SELECT id FROM relays").fetch_one(&sent.test.db).await.unwrap();
    let path = format!("/relays/{relay}/conversations");
    assert!(sent.page("/relays").await.contains(&path));
    let page = sent.page(&path).await;
    for text in [
        "2 messages taken in the last minute",
        "250 2.0.0 Ok: queued as 7F3A",
        "550 5.1.1 No such user here",
        "refused",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let mut events = sent.browser.get(&format!("{path}/events")).await;
    let event = String::from_utf8(events.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(event.starts_with("data: ") && event.contains("ana@kopi.example"), "{event}");
    run(&sent.test, "DELETE FROM attempts").await;
    assert!(sent.page(&path).await.contains("Nothing was said lately"));
    assert_eq!(
        sent.browser.get(&format!("/relays/{}/conversations", Uuid::now_v7())).await.status(),
        StatusCode::NOT_FOUND
    );
}
