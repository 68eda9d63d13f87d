//! What the links in mails lead to: opens, clicks, unsubscribing.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use sebar_compose::{PublicUrl, Site, Token, TokenKey};
use sebar_domain::id::{CampaignId, ContactId, ContentId, MessageId};
use sebar_domain::{Address, FrozenContent, Role, Tracking};
use sebar_store::contacts::{self, ContactData, Happening};
use sebar_store::{campaigns, contents, lists, plan, suppressions, users};

use crate::common::{TestApp, location};

/// A campaign of one message, planned and waiting.
struct Mailed {
    test: TestApp,
    contact: ContactId,
    campaign: CampaignId,
    message: MessageId,
    content_no: i64,
}

const LINKS: [&str; 2] = ["https://shop.example/all", "https://shop.example/of?city={{ city }}"];

impl Mailed {
    async fn new() -> Self {
        let test = TestApp::new().await;
        let mut tx = test.db.begin().await.unwrap();
        let everybody = users::all(&mut *tx).await.unwrap();
        let owner = everybody.iter().find(|user| user.role == Role::Owner).unwrap().id;
        let email: Address = "budi@example.com".parse().unwrap();
        let attributes = serde_json::json!({ "city": "Kota Gede" }).as_object().unwrap().clone();
        let data = ContactData {
            email: &email,
            name: "Budi",
            attributes: &attributes,
            language: None,
            time_zone: None,
        };
        let contact = contacts::create(&mut tx, &data, owner).await.unwrap().unwrap();
        let list = lists::create(&mut *tx, "Everybody", "").await.unwrap().unwrap();
        let list = lists::get(&mut *tx, list).await.unwrap().unwrap();
        lists::add(&mut tx, &list, &[contact], owner).await.unwrap();

        let (content, content_no) =
            contents::freeze(&mut tx, &frozen(&test.base), None, &LINKS.map(str::to_owned)).await.unwrap();
        let campaign = campaigns::create(&mut *tx, "Test", Some(owner)).await.unwrap();
        campaigns::set_audience(&mut *tx, campaign, &[list.id], &[]).await.unwrap();
        campaigns::start(&mut tx, campaign, content, 1).await.unwrap();
        let planned = plan::lock_next(&mut tx).await.unwrap().unwrap();
        plan::next_chunk(&mut tx, &planned, &["city".to_owned()], 10).await.unwrap();
        tx.commit().await.unwrap();
        let history = contacts::history(&test.db, contact, None, 10).await.unwrap();
        let message = history.iter().find_map(|entry| match &entry.what {
            Happening::Message(mail) => Some(mail.id),
            _ => None,
        });
        Self { test, contact, campaign, message: message.unwrap(), content_no }
    }

    fn sign(&self, token: Token) -> String {
        token.sign(&TokenKey::new(&self.test.app.key.token_key()))
    }

    async fn get(&self, path: &str) -> Response {
        self.test.guest().get(path).await
    }

    async fn is_subscribed(&self) -> bool {
        let contact = contacts::get(&self.test.db, self.contact).await.unwrap().unwrap();
        contact.unsubscribed_at.is_none()
    }

    /// The campaign's counters, when what was hit has been written.
    async fn counts(&self, wanted: impl Fn(&campaigns::Counts) -> bool) -> campaigns::Counts {
        for _ in 0..100 {
            let counts = campaigns::counts(&self.test.db, self.campaign).await.unwrap();
            if wanted(&counts) {
                return counts;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the counters stay {:?}", campaigns::counts(&self.test.db, self.campaign).await.unwrap());
    }
}

fn frozen(base: &str) -> FrozenContent {
    let site = Site {
        public_url: base.parse::<PublicUrl>().unwrap(),
        company: "Kopi".into(),
        company_address: String::new(),
        message_id_domain: None,
        unsubscribe_domain: None,
    };
    FrozenContent {
        id: ContentId::new(),
        no: 0,
        composer: 1,
        subject: "Halo".into(),
        preheader: String::new(),
        html: String::new(),
        text: Some("Halo".into()),
        from_name: "Kopi".into(),
        from_email: "halo@kopi.example".parse().unwrap(),
        reply_to: None,
        tracking: Tracking::Individual,
        site: serde_json::to_value(site).unwrap(),
    }
}

#[tokio::test]
async fn a_click_leads_where_the_author_pointed_and_nowhere_else() {
    let mailed = Mailed::new().await;
    let click = |link| Token::Click { message: mailed.message, content_no: mailed.content_no, link };
    let token = mailed.sign(click(0));
    let answer = mailed.get(&format!("/t/c/{token}?url=https://evil.example")).await;
    assert_eq!((answer.status(), location(&answer).as_str()), (StatusCode::FOUND, LINKS[0]));
    // What depends on the person is filled in, and encoded.
    let answer = mailed.get(&format!("/t/c/{}", mailed.sign(click(1)))).await;
    assert_eq!(location(&answer), "https://shop.example/of?city=Kota%20Gede");
    // No such link; a forged token; a token of another installation.
    assert_eq!(mailed.get(&format!("/t/c/{}", mailed.sign(click(7)))).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        mailed.get(&format!("/t/c/{}x", &token[..token.len() - 1])).await.status(),
        StatusCode::NOT_FOUND
    );
    let foreign = click(0).sign(&TokenKey::new(&[9; 32]));
    assert_eq!(mailed.get(&format!("/t/c/{foreign}")).await.status(), StatusCode::NOT_FOUND);

    let counts = mailed.counts(|counts| counts.clicks == 2).await;
    assert_eq!((counts.clicked, counts.opened, counts.opens), (1, 1, 0), "who clicks has opened");
}

#[tokio::test]
async fn opens_count_people_once_and_hits_always() {
    let mailed = Mailed::new().await;
    let pixel = format!("/t/o/{}.gif", mailed.sign(Token::Open { message: mailed.message }));
    for _ in 0..3 {
        let answer = mailed.get(&pixel).await;
        assert_eq!(answer.headers()["content-type"], "image/gif");
    }
    let counts = mailed.counts(|counts| counts.opens == 3).await;
    assert_eq!(counts.opened, 1);
    // Looking at the mail in the dashboard is no open.
    mailed.get(&format!("{pixel}?view")).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mailed.counts(|_| true).await.opens, 3);
    // Nobody's pixel is a picture all the same.
    assert_eq!(mailed.get("/t/o/nonsense.gif").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn anonymous_hits_count_without_telling_who() {
    let mailed = Mailed::new().await;
    let no = mailed.content_no;
    let pixel = mailed.sign(Token::OpenAnonymous { content_no: no });
    mailed.get(&format!("/t/o/{pixel}.gif")).await;
    let click = mailed.sign(Token::ClickAnonymous { content_no: no, link: 0 });
    assert_eq!(location(&mailed.get(&format!("/t/c/{click}")).await), LINKS[0]);
    let counts = mailed.counts(|counts| (counts.opens, counts.clicks) == (1, 1)).await;
    assert_eq!((counts.opened, counts.clicked), (0, 0));
}

#[tokio::test]
async fn reading_the_page_unsubscribes_nobody_and_one_click_does() {
    let mailed = Mailed::new().await;
    let path = format!("/u/{}", mailed.sign(Token::Unsubscribe { message: mailed.message }));
    let page = mailed.get(&path).await.text().await.unwrap();
    assert!(page.contains("budi@example.com") && page.contains("method=\"post\""), "{page}");
    assert!(mailed.is_subscribed().await);

    // A mail program: no cookie, no origin of ours, and no redirect wanted (RFC 8058 §3.1).
    let one_click = || async {
        let url = format!("{}{path}", mailed.test.base);
        let post = mailed.test.guest().client.post(url).header("origin", "https://mail.example");
        post.form(&[("List-Unsubscribe", "One-Click")]).send().await.unwrap()
    };
    assert_eq!(one_click().await.status(), StatusCode::OK);
    assert_eq!(one_click().await.status(), StatusCode::OK, "twice is once");
    assert!(!mailed.is_subscribed().await);
    assert_eq!(mailed.counts(|_| true).await.unsubscribed, 1);

    let undo = mailed.test.guest().post(&format!("{path}/undo"), &[]).await;
    assert_eq!(undo.status(), StatusCode::OK);
    assert!(mailed.is_subscribed().await);
    assert_eq!(mailed.counts(|_| true).await.unsubscribed, 0);
}

#[tokio::test]
async fn who_unsubscribes_after_being_deleted_is_not_brought_back_by_an_import() {
    let mailed = Mailed::new().await;
    let mut tx = mailed.test.db.begin().await.unwrap();
    contacts::delete(&mut tx, &[mailed.contact]).await.unwrap();
    tx.commit().await.unwrap();
    let path = format!("/u/{}", mailed.sign(Token::Unsubscribe { message: mailed.message }));
    mailed.test.guest().post(&path, &[("List-Unsubscribe", "One-Click")]).await;
    assert!(suppressions::is_suppressed(&mailed.test.db, "Budi@example.com").await.unwrap());
}

#[tokio::test]
async fn unsubscribing_by_a_mail_to_an_earlier_address_holds_for_both() {
    let mailed = Mailed::new().await;
    sqlx::query("UPDATE contacts SET email = 'budi@baru.example' WHERE id = $1")
        .bind(mailed.contact.0)
        .execute(&mailed.test.db)
        .await
        .unwrap();
    let path = format!("/u/{}", mailed.sign(Token::Unsubscribe { message: mailed.message }));
    mailed.test.guest().post(&path, &[("List-Unsubscribe", "One-Click")]).await;
    assert!(!mailed.is_subscribed().await);
    assert!(suppressions::is_suppressed(&mailed.test.db, "budi@example.com").await.unwrap());
    mailed.test.guest().post(&format!("{path}/undo"), &[]).await;
    assert!(mailed.is_subscribed().await);
    assert!(!suppressions::is_suppressed(&mailed.test.db, "budi@example.com").await.unwrap());
}

#[tokio::test]
async fn a_link_does_not_take_back_what_a_user_did() {
    let mailed = Mailed::new().await;
    let path = format!("/u/{}", mailed.sign(Token::Unsubscribe { message: mailed.message }));
    let owner = users::all(&mailed.test.db).await.unwrap()[0].id;
    let mut tx = mailed.test.db.begin().await.unwrap();
    contacts::unsubscribe(&mut tx, &[mailed.contact], owner, "").await.unwrap();
    tx.commit().await.unwrap();
    let done = mailed.test.guest().post(&path, &[]).await.text().await.unwrap();
    assert!(done.contains("You are unsubscribed") && !done.contains("/undo"), "{done}");
    mailed.test.guest().post(&format!("{path}/undo"), &[]).await;
    assert!(!mailed.is_subscribed().await);
}

#[tokio::test]
async fn a_link_unsubscribes_again_who_was_resubscribed_since() {
    let mailed = Mailed::new().await;
    let path = format!("/u/{}", mailed.sign(Token::Unsubscribe { message: mailed.message }));
    let owner = users::all(&mailed.test.db).await.unwrap()[0].id;
    let fresh = mailed.get(&path).await.text().await.unwrap();
    for _ in 0..2 {
        mailed.test.guest().post(&path, &[("List-Unsubscribe", "One-Click")]).await;
        assert!(!mailed.is_subscribed().await);
        assert_ne!(mailed.get(&path).await.text().await.unwrap(), fresh);
        let mut connection = mailed.test.db.acquire().await.unwrap();
        contacts::resubscribe(&mut connection, mailed.contact, owner, "").await.unwrap();
        assert_eq!(mailed.get(&path).await.text().await.unwrap(), fresh, "the page asks again");
    }
    let counts = campaigns::counts(&mailed.test.db, mailed.campaign).await.unwrap();
    assert_eq!(counts.unsubscribed, 1);
}

#[tokio::test]
async fn unsubscribing_while_being_deleted_is_not_lost() {
    for _ in 0..5 {
        let mailed = Mailed::new().await;
        let path = format!("/u/{}", mailed.sign(Token::Unsubscribe { message: mailed.message }));
        let guest = mailed.test.guest();
        let delete = async {
            let mut tx = mailed.test.db.begin().await.unwrap();
            contacts::delete(&mut tx, &[mailed.contact]).await.unwrap();
            tx.commit().await.unwrap();
        };
        tokio::join!(guest.post(&path, &[("List-Unsubscribe", "One-Click")]), delete);
        assert!(suppressions::is_suppressed(&mailed.test.db, "budi@example.com").await.unwrap());
    }
}

#[tokio::test]
async fn the_link_of_a_preview_says_that_it_is_one() {
    let mailed = Mailed::new().await;
    let page = mailed.get("/u/preview").await.text().await.unwrap();
    assert!(page.contains("This link works"), "{page}");
}

#[tokio::test]
async fn a_broken_link_says_what_its_reader_can_do() {
    let mailed = Mailed::new().await;
    let answer = mailed.get("/u/forged").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let page = answer.text().await.unwrap();
    assert!(page.contains("This link is not complete"), "{page}");
    assert!(!page.contains("<form method=\"post\" action=\"/u/"), "there is nothing to confirm");
}
