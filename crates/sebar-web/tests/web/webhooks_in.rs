//! Providers' calls, from the page where they are set up to what follows for an address.

use reqwest::{Response, StatusCode};
use sebar_domain::id::{ContentId, MessageId};
use sebar_domain::{BounceKind, MatchedBy, Provider, Road, Role};
use sebar_providers::Amazon;
use sebar_store::hooks::{self, Hook};
use sebar_store::returned::{self, Filter, Position};
use sebar_store::suppressions::is_suppressed;
use sebar_testkit::SnsServer;
use serde_json::{Value, json};

use crate::common::{Browser, TestApp, location};

/// Adds a hook as an owner does; its id.
async fn add(test: &TestApp, owner: &Browser, provider: &str) -> Hook {
    let fields = [("provider", provider), ("name", "Kiriman toko")];
    let page = owner.submit("/webhooks-in", &fields).await;
    let id = page.strip_prefix("/webhooks-in/").unwrap().parse().unwrap();
    hooks::find(&test.db, id).await.unwrap().unwrap()
}

/// What stands on the hook's page to be copied: the address, and the token if there is one.
async fn copied(owner: &Browser, hook: &Hook) -> Vec<String> {
    let page = owner.page(&format!("/webhooks-in/{}", hook.id)).await;
    page.split("data-copy=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Calls as a program does, from anywhere.
async fn call(address: &str, token: &str, body: &str) -> Response {
    let client = reqwest::Client::new();
    let request = client.post(address).header("sec-fetch-site", "cross-site").body(body.to_owned());
    request.header("authorization", format!("Bearer {token}")).send().await.unwrap()
}

fn event(id: &str, kind: &str, recipient: &str) -> Value {
    json!({ "id": id, "type": kind, "recipient": recipient, "reply": "550 5.1.1 No such user here" })
}

async fn bounces(test: &TestApp) -> Vec<returned::Bounce> {
    returned::listing(&test.db, &Filter::default(), Position::Start, 100).await.unwrap()
}

async fn again(test: &TestApp, hook: &Hook) -> Hook {
    hooks::find(&test.db, hook.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_call_is_recorded_once_and_suppresses_whom_it_speaks_of() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let hook = add(&test, &owner, "generic").await;
    let copied = copied(&owner, &hook).await;
    let [address, token] = &copied[..] else { panic!("{copied:?}") };
    assert!(address.starts_with(&format!("{}/hooks/in/{}/", test.base, hook.id)), "{address}");
    let body = json!({ "events": [
        event("1", "hard", "ida@toko.example"),
        event("2", "complaint", "budi@kopi.example"),
        event("3", "soft", "soft@toko.example"),
        event("4", "blocked", "blocked@toko.example"),
        event("5", "delayed", "delayed@toko.example"),
    ] })
    .to_string();
    // Providers send again, and at the same moment.
    let calls = (0..8).map(|_| call(address, token, &body));
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.text().await.unwrap(), "{}");
    }
    let found = bounces(&test).await;
    assert_eq!(found.len(), 5, "once, however often it comes");
    assert!(found.iter().all(|one| one.road == Road::Webhook && one.source == "Kiriman toko" && one.trusted));
    for (address, suppressed) in [
        ("ida@toko.example", true),
        ("budi@kopi.example", true),
        ("soft@toko.example", false),
        ("blocked@toko.example", false),
        ("delayed@toko.example", false),
    ] {
        assert_eq!(is_suppressed(&test.db, address).await.unwrap(), suppressed, "{address}");
    }
    let hook = again(&test, &hook).await;
    assert_eq!((hook.calls, hook.events, hook.is_failing()), (8, 5, false));
    let page = owner.page("/webhooks-in").await;
    assert!(page.contains("Works") && page.contains(address.as_str()), "{page}");
    let page = owner.page(&format!("/bounces/{}", found[0].id)).await;
    assert!(page.contains("Provider’s webhook") && page.contains("Kiriman toko"), "{page}");
}

#[tokio::test]
async fn a_call_finds_its_message() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let hook = add(&test, &owner, "generic").await;
    let copied = copied(&owner, &hook).await;
    let message = MessageId::new();
    sqlx::query(
        "INSERT INTO messages (id, stream, content_id, recipient, state, finished_at)
         VALUES ($1, 'transactional', $2, 'ida@toko.example', 'sent', now())",
    )
    .bind(message.0)
    .bind(ContentId::new().0)
    .execute(&test.db)
    .await
    .unwrap();
    let mut told = event("1", "hard", "Ida@Toko.example");
    told["message_id"] = format!("<{}@shop.example>", message.0.simple()).into();
    assert_eq!(call(&copied[0], &copied[1], &told.to_string()).await.status(), StatusCode::OK);
    let found = returned::of_message(&test.db, message).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].matched_by, found[0].kind), (Some(MatchedBy::MessageId), BounceKind::Hard));
    assert!(found[0].trusted, "the token proves who speaks");
    assert!(is_suppressed(&test.db, "ida@toko.example").await.unwrap());
    assert!(owner.page(&format!("/archive/{message}")).await.contains("Came back: Dead address"));
}

#[tokio::test]
async fn who_is_not_the_provider_learns_nothing_and_its_owner_why() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let hook = add(&test, &owner, "generic").await;
    let copied = copied(&owner, &hook).await;
    let (address, token) = (&copied[0], &copied[1]);
    let body = event("1", "hard", "ida@toko.example").to_string();
    let wrong_address = format!("{}x", &address[..address.len() - 1]);
    for (to, with, body, status, words) in [
        (wrong_address.as_str(), token.as_str(), body.as_str(), StatusCode::NOT_FOUND, "is not whole"),
        (address, "guessed", &body, StatusCode::UNAUTHORIZED, "signature or token was not right"),
        (address, token, "nonsense", StatusCode::BAD_REQUEST, "not in this provider’s form"),
    ] {
        let answer = call(to, with, body).await;
        assert_eq!(answer.status(), status, "{words}");
        assert_eq!(answer.text().await.unwrap(), "{}", "nothing is told");
        for path in ["/webhooks-in".to_owned(), format!("/webhooks-in/{}", hook.id)] {
            assert!(owner.page(&path).await.contains(words), "{path} {words}");
        }
    }
    let client = reqwest::Client::new();
    let answer = client.post(address).body(body.clone()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(owner.page("/webhooks-in").await.contains("had no signature or token"));
    let large = " ".repeat(5_000_001);
    let answer = client.post(address).body(large).send().await;
    assert!(answer.is_err() || answer.unwrap().status() == StatusCode::PAYLOAD_TOO_LARGE);
    for elsewhere in ["01890000-0000-7000-8000-000000000000", "nonsense"] {
        let url = format!("{}/hooks/in/{elsewhere}/{token}", test.base);
        assert_eq!(call(&url, token, &body).await.status(), StatusCode::NOT_FOUND);
    }
    assert!(bounces(&test).await.is_empty());
    assert_eq!(again(&test, &hook).await.calls, 0);
    // A call that is right mends it.
    assert_eq!(call(address, token, &body).await.status(), StatusCode::OK);
    assert!(!owner.page("/webhooks-in").await.contains("had no signature or token"));
    // Off, and gone.
    owner.submit(&format!("/webhooks-in/{}", hook.id), &[("name", "Kiriman toko")]).await;
    assert_eq!(call(address, token, &body).await.status(), StatusCode::NOT_FOUND);
    owner.submit(&format!("/webhooks-in/{}", hook.id), &[("name", "Kiriman toko"), ("enabled", "on")]).await;
    assert_eq!(call(address, token, &body).await.status(), StatusCode::OK);
    owner.submit(&format!("/webhooks-in/{}/delete", hook.id), &[]).await;
    assert_eq!(call(address, token, &body).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(bounces(&test).await.len(), 1, "what it brought stays");
}

#[tokio::test]
async fn without_the_database_a_provider_is_told_to_try_again() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let hook = add(&test, &owner, "generic").await;
    let copied = copied(&owner, &hook).await;
    let body = event("1", "hard", "ida@toko.example").to_string();
    let mut db = test.db.acquire().await.unwrap();
    sqlx::query("ALTER TABLE bounces RENAME TO elsewhere").execute(&mut *db).await.unwrap();
    assert_eq!(call(&copied[0], &copied[1], &body).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    sqlx::query("ALTER TABLE elsewhere RENAME TO bounces").execute(&mut *db).await.unwrap();
    assert_eq!(call(&copied[0], &copied[1], &body).await.status(), StatusCode::OK);
    drop(db);
    test.app.db.close().await;
    assert_eq!(call(&copied[0], &copied[1], &body).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn amazon_confirms_one_topic_and_that_alone_may_call() {
    let sns = SnsServer::start().await.unwrap();
    let client = sns.client().unwrap();
    let test = TestApp::with(|app| app.with_amazon(Amazon::with(client))).await;
    let owner = test.owner().await;
    let hook = add(&test, &owner, "ses").await;
    let address = copied(&owner, &hook).await.remove(0);
    let (ours, other) =
        ("arn:aws:sns:eu-west-1:123456789012:bounces", "arn:aws:sns:eu-west-1:999999999999:evil");
    let message = json!({
        "notificationType": "Bounce",
        "bounce": {
            "feedbackId": "0100018c", "bounceType": "Permanent", "bounceSubType": "General",
            "bouncedRecipients": [{
                "emailAddress": "ida@toko.example", "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown"
            }],
            "timestamp": chrono::Utc::now().to_rfc3339()
        },
        "mail": { "messageId": "0100018c" }
    })
    .to_string();
    let told = |topic: &str| sns.envelope("Notification", topic, &message);
    let asked = |topic: &str| sns.envelope("SubscriptionConfirmation", topic, "You have chosen to subscribe");
    assert_eq!(call(&address, "", &told(ours)).await.status(), StatusCode::UNAUTHORIZED, "not yet");
    assert!(owner.page("/webhooks-in").await.contains("is not confirmed"));
    assert_eq!(call(&address, "", &asked(ours)).await.status(), StatusCode::OK);
    assert_eq!(call(&address, "", &asked(other)).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(call(&address, "", &told(other)).await.status(), StatusCode::UNAUTHORIZED);
    assert!(owner.page("/webhooks-in").await.contains("Another Amazon SNS topic called"));
    let mut forged: Value = serde_json::from_str(&told(ours)).unwrap();
    forged["Message"] = message.replace("ida@", "budi@").into();
    assert_eq!(call(&address, "", &forged.to_string()).await.status(), StatusCode::UNAUTHORIZED);
    assert!(bounces(&test).await.is_empty());
    for _ in 0..2 {
        assert_eq!(call(&address, "", &told(ours)).await.status(), StatusCode::OK);
    }
    assert_eq!(bounces(&test).await.len(), 1);
    assert!(is_suppressed(&test.db, "ida@toko.example").await.unwrap());
    assert!(!is_suppressed(&test.db, "budi@toko.example").await.unwrap());
    assert_eq!(sns.visits().len(), 2, "one certificate, one confirmation: {:?}", sns.visits());
    assert_eq!(again(&test, &hook).await.settings.topic, ours);
    let left = sns.envelope("UnsubscribeConfirmation", ours, "You have chosen to deactivate");
    assert_eq!(call(&address, "", &left).await.status(), StatusCode::OK);
    assert!(owner.page("/webhooks-in").await.contains("was unsubscribed"));
}

#[tokio::test]
async fn amazon_out_of_reach_is_asked_again_later() {
    let sns = SnsServer::start().await.unwrap();
    let asked = sns.envelope("SubscriptionConfirmation", "arn:aws:sns:eu-west-1:123456789012:bounces", "");
    let client = sns.client().unwrap();
    drop(sns);
    let test = TestApp::with(|app| app.with_amazon(Amazon::with(client))).await;
    let owner = test.owner().await;
    let hook = add(&test, &owner, "ses").await;
    let address = copied(&owner, &hook).await.remove(0);
    assert_eq!(call(&address, "", &asked).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(owner.page("/webhooks-in").await.contains("could not be reached"));
    assert_eq!(again(&test, &hook).await.settings.topic, "", "an unproven topic is not taken");
}

#[tokio::test]
async fn a_webhook_is_added_set_up_and_removed_by_owners_alone() {
    let test = TestApp::new().await;
    let (owner, viewer) = (test.owner().await, test.login(Role::Viewer).await);
    assert!(owner.page("/webhooks-in").await.contains("No webhooks yet"));
    for (fields, fault) in [
        ([("provider", "nobody"), ("name", "A")], "Please choose one of these"),
        ([("provider", "ses"), ("name", " ")], "Please fill this in"),
    ] {
        let page = owner.post("/webhooks-in", &fields).await.text().await.unwrap();
        assert!(page.contains(fault), "{page}");
    }
    for provider in Provider::ALL {
        let hook = add(&test, &owner, provider.as_str()).await;
        let page = owner.page(&format!("/webhooks-in/{}", hook.id)).await;
        assert!(page.contains(&format!("{}/hooks/in/{}/", test.base, hook.id)), "{provider}");
        assert!(!page.contains("webhooks-in-"), "{provider}: a text is missing");
        assert!(page.contains("Providers cannot call this address"), "they want https");
    }
    let all = hooks::all(&test.db).await.unwrap();
    let of = |provider| all.iter().find(|hook| hook.provider == provider).unwrap();
    assert!(owner.page("/webhooks-in").await.contains("Key missing"));
    let sendgrid = format!("/webhooks-in/{}", of(Provider::SendGrid).id);
    let page = owner.post(&sendgrid, &[("name", "A"), ("credential", "no key")]).await.text().await.unwrap();
    assert!(page.contains("not a key as the provider shows it"), "{page}");
    let ses = format!("/webhooks-in/{}", of(Provider::Ses).id);
    let page = owner.post(&ses, &[("name", "A"), ("topic", "bounces")]).await.text().await.unwrap();
    assert!(page.contains("begins with arn:aws"), "{page}");
    let mailgun = format!("/webhooks-in/{}", of(Provider::Mailgun).id);
    owner.submit(&mailgun, &[("name", "Mailgun"), ("credential", " key-1 "), ("enabled", "on")]).await;
    owner.submit(&mailgun, &[("name", "Mailgun 2"), ("credential", ""), ("enabled", "on")]).await;
    let stored = again(&test, of(Provider::Mailgun)).await;
    assert_eq!(stored.credential(&test.app.key).unwrap(), "key-1", "an empty field keeps it");
    assert!(!owner.page(&mailgun).await.contains("key-1"), "a key is never shown");
    // A token is ours.
    let brevo = format!("/webhooks-in/{}", of(Provider::Brevo).id);
    owner.submit(&brevo, &[("name", "Brevo"), ("credential", "easy"), ("enabled", "on")]).await;
    assert_ne!(again(&test, of(Provider::Brevo)).await.credential(&test.app.key).unwrap(), "easy");

    let page = viewer.page("/webhooks-in").await;
    assert!(page.contains("Mailgun 2") && !page.contains("/hooks/in/"), "the address is a secret: {page}");
    for path in ["/webhooks-in/new".to_owned(), ses.clone(), format!("{ses}/delete")] {
        assert_eq!(viewer.get(&path).await.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let answer = test.editor().await.post("/webhooks-in", &[("provider", "ses"), ("name", "A")]).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(owner.page(&format!("{ses}/delete")).await.contains("Remove the webhook"));
    let answer = owner.post(&format!("{ses}/delete"), &[]).await;
    assert_eq!(location(&answer), "/webhooks-in");
    assert_eq!(owner.get(&ses).await.status(), StatusCode::NOT_FOUND);
    let actions: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT action FROM audit WHERE action LIKE 'hook.%' ORDER BY 1")
            .fetch_all(&test.db)
            .await
            .unwrap();
    assert_eq!(actions, ["hook.changed", "hook.created", "hook.deleted"]);
    owner.submit("/language", &[("language", "id")]).await;
    assert!(owner.page("/webhooks-in").await.contains("Alamat untuk ditempel"));
}
