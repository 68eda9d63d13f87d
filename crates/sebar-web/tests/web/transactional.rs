//! Mail of programs in the dashboard: the latest, how it fares, how to begin.

use reqwest::StatusCode;
use sebar_domain::Role;
use sebar_testkit::HostileRelay;
use serde_json::json;

use crate::api::{Program, email};
use crate::api_emails::{add_relay, send, until_state};
use crate::common::TestApp;
use crate::report::run;

#[tokio::test]
async fn the_latest_mails_are_shown_with_how_they_fare() {
    let test = TestApp::new().await;
    let viewer = test.login(Role::Viewer).await;
    assert!(viewer.page("/transactional").await.contains("No mail from programs yet"));
    let program = Program::new(&test).await;
    let relay = HostileRelay::start().await;
    add_relay(&test, relay.port).await;
    let mut order = email();
    order["to"] = json!(["ana@example.com", "budi@example.com"]);
    order["tags"] = json!([{ "name": "kind", "value": "order" }]);
    let id = program.send(&order).await;
    let stop = send(&test);
    until_state(&program, &id, "sent").await;
    stop.cancel();
    let mut late = email();
    late["to"] = json!("citra@example.com");
    late["subject"] = json!("Nanti <b>");
    late["scheduled_at"] = json!((chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339());
    program.send(&late).await;

    let page = viewer.page("/transactional").await;
    assert!(page.contains("ana@example.com") && page.contains("and 1 more") && page.contains("kind:order"));
    assert!(page.contains("Nanti &#60;b&#62;"));
    assert!(page.contains(" ms</span>"), "half were sent within some milliseconds: {page}");
    let tagged = viewer.page("/transactional?q=kind%3Aorder").await;
    assert!(tagged.contains("ana@example.com") && !tagged.contains("citra@example.com"));
    let waiting = viewer.page("/transactional?state=queued").await;
    assert!(waiting.contains("citra@example.com") && !waiting.contains("ana@example.com"));
    assert!(viewer.page("/transactional?q=nobody%40example.com").await.contains("Write the whole address"));
    let lately = sebar_store::emails::lately(&test.db, chrono::Utc::now()).await.unwrap();
    assert_eq!((lately.emails, lately.failed, lately.waiting, lately.is_busy), (2, 0, 0, false));
    run(&test, "UPDATE messages SET state = 'failed' WHERE recipient = 'budi@example.com'").await;
    assert_eq!(sebar_store::emails::lately(&test.db, chrono::Utc::now()).await.unwrap().failed, 1);
}

#[tokio::test]
async fn programs_that_are_shown_hold_the_address_and_the_key() {
    let test = TestApp::new().await;
    let viewer = test.login(Role::Viewer).await;
    let base = format!("{}/api/v1", test.base);
    let page = viewer.page("/transactional/start").await;
    for word in ["curl", "Python", "JavaScript", "PHP", "Rust", "An owner of this installation", &base] {
        assert!(page.contains(word), "{word}");
    }
    assert!(!page.contains("/settings/api-keys/new"), "no door that would be shut");
    let owner = test.owner().await;
    assert!(owner.page("/transactional/start").await.contains("/settings/api-keys/new"));
    let fields = [("name", "Toko"), ("scope", "emails:send")];
    let answer = owner.post("/settings/api-keys", &fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let made = answer.text().await.unwrap();
    let key = &made[made.find("sbr_").unwrap()..][..44];
    assert!(made.matches(key).count() > 5, "the key stands in each program");
    assert!(!made.contains("sbr_your_key") && !made.contains("mail.example.com"));
}
