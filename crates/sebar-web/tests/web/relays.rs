//! Relays: forms, secrets, and the test that shows the conversation.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use sebar_domain::Role;
use sebar_smtp::server::{Answer, AuthPolicy, Config, Handler, Peer, Received};
use sebar_store::relays;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::common::TestApp;

/// A relay that wants a password and takes every mail.
struct Relay;

impl Handler for Relay {
    async fn message(&self, received: Received) -> Answer {
        assert!(String::from_utf8_lossy(&received.data).contains("Message-ID:"));
        Answer::new(250, "2.0.0", "Queued as ABC123")
    }

    async fn authenticate(&self, _: &Peer, username: &str, password: &str) -> Answer {
        if (username, password) == ("kopi", "s3cret") {
            Answer::new(235, "2.7.0", "Welcome")
        } else {
            Answer::new(535, "5.7.8", "Username and Password not accepted")
        }
    }
}

async fn start_relay(shutdown: &CancellationToken) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut config = Config::new("relay.example.com");
    config.auth = AuthPolicy::Required;
    config.auth_in_plain_text = true;
    config.drain = Duration::from_millis(100);
    tokio::spawn(sebar_smtp::server::serve(listener, config, Arc::new(Relay), shutdown.clone()));
    port
}

fn form<'a>(port: &'a str, password: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("preset", "custom"),
        ("name", "Toko"),
        ("host", "127.0.0.1"),
        ("port", port),
        ("security", "none"),
        ("authentication", "password"),
        ("username", "kopi"),
        ("password", password),
        ("from_allowed", "news@kopi.example\n@toko.example"),
        ("per_second", "2,5"),
        ("connections", "3"),
    ]
}

const TEST_MAIL: [(&str, &str); 2] = [("from", "news@kopi.example"), ("to", "sari@example.com")];

#[tokio::test]
async fn a_relay_is_added_tested_and_its_password_never_shown_again() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let port = start_relay(&test.app.shutdown).await.to_string();
    let to = owner.submit("/relays", &form(&port, "s3cret")).await;
    assert!(to.starts_with("/relays/") && to.ends_with("/test"), "{to}");

    let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
    assert!(page.contains("The relay took the mail"), "{page}");
    assert!(page.contains("Queued as ABC123"));
    assert!(page.contains("&lt;") || page.contains("&#60;"), "the conversation is shown");

    let stored = relays::all(&test.db).await.unwrap().remove(0);
    assert_eq!(stored.settings.per_second, Some(2.5));
    assert_eq!(stored.settings.from_allowed, ["news@kopi.example", "@toko.example"]);
    for path in [to.trim_end_matches("/test"), "/relays", to.as_str()] {
        assert!(!owner.page(path).await.contains("s3cret"), "{path}");
    }
    assert!(!page.contains("s3cret") && !page.contains("AGtvcGkAczNjcmV0"));
}

#[tokio::test]
async fn a_wrong_password_is_said_in_words_that_a_marketer_understands() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let port = start_relay(&test.app.shutdown).await.to_string();
    let to = owner.submit("/relays", &form(&port, "wrong")).await;
    let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
    assert!(page.contains("refused the user name or password"), "{page}");
    assert!(page.contains("5.7.8"), "the technical reply is there too");
}

#[tokio::test]
async fn a_closed_port_and_a_forbidden_sender_are_told_apart() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
    let to = owner.submit("/relays", &form(&unused, "x")).await;
    let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
    assert!(page.contains("Nothing listens at this host and port"), "{page}");
    let fields = [("from", "ceo@elsewhere.example"), ("to", "sari@example.com")];
    let page = owner.post(&to, &fields).await.text().await.unwrap();
    assert!(page.contains("may not send from this address"), "{page}");
}

#[tokio::test]
async fn a_stored_password_does_not_follow_to_another_host() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let to = owner.submit("/relays", &form("2525", "s3cret")).await;
    let path = to.trim_end_matches("/test");
    let mut fields = form("2525", "");
    assert_eq!(owner.submit(path, &fields).await, "/relays", "an empty password keeps the stored one");
    fields[2] = ("host", "evil.example");
    let answer = owner.post(path, &fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("Please fill this in"));
}

#[tokio::test]
async fn faults_stand_at_their_fields_and_keep_what_was_typed() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let mut fields = form("0", "x");
    fields[2] = ("host", "http://smtp.example.com/");
    fields[8] = ("from_allowed", "not an address");
    fields[9] = ("per_second", "fast");
    let page = owner.post("/relays", &fields).await.text().await.unwrap();
    assert!(page.contains("This is no host name"), "{page}");
    assert!(page.contains("id=\"port-fault\"") && page.contains("id=\"per_second-fault\""));
    assert!(page.contains("not an address") && page.contains("http://smtp.example.com/"));
    assert!(relays::all(&test.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_an_owner_sees_the_form() {
    let test = TestApp::new().await;
    let editor = test.login(Role::Editor).await;
    assert_eq!(editor.get("/relays").await.status(), StatusCode::OK);
    assert_eq!(editor.get("/relays/new").await.status(), StatusCode::FORBIDDEN);
    assert!(!editor.page("/relays").await.contains("/relays/new"));
}
