//! Relays: forms, secrets, and the test that shows the conversation.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use sebar_domain::Role;
use sebar_smtp::server::{Answer, AuthPolicy, Config, Handler, Peer, Received};
use sebar_store::relays;
use sebar_testkit::{HostileRelay, Login, TokenServer};
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

    async fn authenticate(&self, _: &Peer, username: &str, password: &str) -> Result<String, Answer> {
        if (username, password) == ("kopi", "s3cret") {
            Ok(username.to_owned())
        } else {
            Err(Answer::new(535, "5.7.8", "Username and Password not accepted"))
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
async fn a_stored_password_follows_to_no_other_server_and_over_no_other_connection() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let to = owner.submit("/relays", &form("2525", "s3cret")).await;
    let path = to.trim_end_matches("/test");
    let fields = form("2525", "");
    assert_eq!(owner.submit(path, &fields).await, "/relays", "an empty password keeps the stored one");
    let authority = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    for changed in [
        ("host", "evil.example"),
        ("port", "2526"),
        ("security", "starttls"),
        ("username", "other"),
        ("ca_pem", authority.as_str()),
    ] {
        let mut fields = fields.clone();
        fields.retain(|(name, _)| *name != changed.0);
        fields.push(changed);
        let answer = owner.post(path, &fields).await;
        assert_eq!(answer.status(), StatusCode::OK, "{changed:?}");
        assert!(answer.text().await.unwrap().contains("Enter it again"), "{changed:?}");
        fields.retain(|(name, _)| *name != "password");
        fields.push(("password", "anew"));
        assert_eq!(owner.submit(path, &fields).await, "/relays", "{changed:?}");
        assert_eq!(owner.submit(path, &form("2525", "s3cret")).await, "/relays");
    }
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

fn oauth<'a>(
    port: &'a str,
    token_url: &'a str,
    client_secret: &'a str,
    refresh: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("preset", "gmail_oauth"),
        ("name", "Gmail"),
        ("host", "127.0.0.1"),
        ("port", port),
        ("security", "none"),
        ("authentication", "oauth2"),
        ("username", "kopi@example.com"),
        ("client_id", "123.apps.example.com"),
        ("client_secret", client_secret),
        ("refresh_token", refresh),
        ("token_url", token_url),
        ("token_scope", "mail"),
        ("per_minute", "30"),
        ("connections", "3"),
        ("per_connection", "50"),
    ]
}

/// A relay that wants an access token, and who hands it out.
async fn by_token() -> (HostileRelay, TokenServer) {
    let relay = HostileRelay::start().await;
    relay.wants(Login {
        mechanisms: "XOAUTH2",
        username: "kopi@example.com".to_owned(),
        secret: "ya29.access".to_owned(),
    });
    (relay, TokenServer::start("ya29.access").await)
}

#[tokio::test]
async fn a_relay_by_sign_in_is_added_tested_and_shows_none_of_its_secrets() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let (relay, server) = by_token().await;
    let port = relay.port.to_string();
    let to = owner.submit("/relays", &oauth(&port, &server.url, "c1ient", "1//refresh")).await;
    let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
    assert!(page.contains("The relay took the mail"), "{page}");
    assert_eq!((relay.logins(), relay.count()), (vec!["XOAUTH2 235".to_owned()], 1));
    assert_eq!(
        server.requests(),
        [
            "grant_type=refresh_token&refresh_token=1%2F%2Frefresh&client_id=123.apps.example.com&client_secret=c1ient&scope=mail"
        ]
    );
    let stored = relays::all(&test.db).await.unwrap().remove(0);
    assert_eq!((stored.settings.per_minute, stored.settings.per_connection), (Some(30), 50));
    let path = to.trim_end_matches("/test");
    let form = owner.page(path).await;
    assert!(form.contains("123.apps.example.com") && form.contains(&server.url));
    for page in [&page, &form, &owner.page("/relays").await, &owner.page(&to).await] {
        for secret in ["c1ient", "1//refresh", "ya29.access", "eWEyOS5hY2Nlc3M"] {
            assert!(!page.contains(secret), "{secret}");
        }
    }
    assert!(owner.page("/relays").await.contains("30 a minute"));

    // Left empty, the secrets stay; another program or another address needs its own.
    assert_eq!(owner.submit(path, &oauth(&port, &server.url, "", "")).await, "/relays");
    let secrets = relays::oauth_secrets(&test.db, &test.app.key, stored.id).await.unwrap().unwrap();
    assert_eq!(
        (secrets.client_secret.as_deref(), secrets.refresh_token.as_str()),
        (Some("c1ient"), "1//refresh")
    );
    for changed in [
        ("client_id", "456"),
        ("token_url", "https://evil.example/token"),
        ("host", "evil.example"),
        ("username", "x@example.com"),
    ] {
        let mut fields = oauth(&port, &server.url, "", "");
        for field in &mut fields {
            if field.0 == changed.0 {
                *field = changed;
            }
        }
        let page = owner.post(path, &fields).await.text().await.unwrap();
        assert!(page.contains("id=\"refresh_token-fault\""), "{changed:?}");
    }
    // Nor does a password become a refresh token, or the other way round.
    let page = owner.post(path, &form_at(&port, "password")).await.text().await.unwrap();
    assert!(page.contains("id=\"password-fault\""));
}

/// The form of a password, without one, for the account of [`oauth`].
fn form_at<'a>(port: &'a str, authentication: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = form(port, "");
    (fields[1], fields[5], fields[6]) =
        (("name", "Gmail"), ("authentication", authentication), ("username", "kopi@example.com"));
    fields
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_in_is_said_in_words_that_a_marketer_understands() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let (relay, server) = by_token().await;
    let port = relay.port.to_string();
    let to = owner.submit("/relays", &oauth(&port, &server.url, "", "1//refresh")).await;
    for (status, body, words, technical) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#,
            "sign in to the provider again",
            "Token has been expired or revoked.",
        ),
        (401, r#"{"error":"invalid_client"}"#, "does not know the client ID", "invalid_client"),
        (500, "oops", "does not answer as it should", "status 500"),
    ] {
        server.says(status, body);
        let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
        assert!(page.contains(words) && page.contains(technical), "{page}");
        assert!(relay.logins().is_empty(), "the relay was not asked");
    }
    server.gives("not-the-right-one");
    let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
    assert!(page.contains("the mail server refused it") && page.contains("5.7.8"), "{page}");
    relay.wants(Login { mechanisms: "PLAIN", username: String::new(), secret: String::new() });
    let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
    assert!(page.contains("no sign-in by token here"), "{page}");
}

#[tokio::test]
async fn the_form_for_a_sign_in_says_what_is_missing_at_its_field() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    for (url, words) in [
        ("http://example.com/token", "must begin with https://"),
        ("example.com/token", "no address of a token server"),
        ("", "Please fill this in"),
    ] {
        let mut fields = oauth("587", url, "", "");
        fields[7] = ("client_id", " ");
        fields[12] = ("per_minute", "0");
        fields[14] = ("per_connection", "none");
        let page = owner.post("/relays", &fields).await.text().await.unwrap();
        assert!(page.contains(words), "{page}");
        for field in ["client_id", "refresh_token", "token_url", "per_minute", "per_connection"] {
            assert!(page.contains(&format!("id=\"{field}-fault\"")), "{field}");
        }
    }
    assert!(relays::all(&test.db).await.unwrap().is_empty());
}

#[tokio::test]
async fn presets_for_a_sign_in_fill_in_where_tokens_are_had() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let google = owner.page("/relays/new?preset=gmail_oauth").await;
    assert!(google.contains("https://oauth2.googleapis.com/token") && google.contains("smtp.gmail.com"));
    let microsoft = owner.page("/relays/new?preset=microsoft365_oauth").await;
    assert!(microsoft.contains("https://login.microsoftonline.com/common/oauth2/v2.0/token"));
    assert!(microsoft.contains("https://outlook.office.com/SMTP.Send offline_access"));
    assert!(microsoft.contains("value=\"30\""), "30 a minute");
}

#[tokio::test]
async fn a_certificate_authority_of_ones_own_is_checked_when_saved_and_used() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(params, key);
    let server_key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .signed_by(&server_key, &issuer)
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], server_key.serialize_der().try_into().unwrap())
        .unwrap();
    for (security, implicit_tls) in [("starttls", false), ("tls", true)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let mut config = Config::new("relay.example.com");
        config.auth = AuthPolicy::Required;
        config.tls = Some(Arc::new(tls.clone()));
        config.implicit_tls = implicit_tls;
        tokio::spawn(sebar_smtp::server::serve(listener, config, Arc::new(Relay), test.app.shutdown.clone()));
        let mut fields = form(&port, "s3cret");
        (fields[1], fields[4]) = (("name", security), ("security", security));
        let to = owner.submit("/relays", &fields).await;
        let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
        assert!(page.contains("certificate cannot be trusted"), "{page}");
        let path = to.trim_end_matches("/test");
        let damaged = authority.pem().replace("MII", "!!!");
        fields.push(("ca_pem", &damaged));
        let page = owner.post(path, &fields).await.text().await.unwrap();
        assert!(page.contains("id=\"ca_pem-fault\""), "{page}");
        let pem = authority.pem();
        *fields.last_mut().unwrap() = ("ca_pem", &pem);
        assert_eq!(owner.submit(path, &fields).await, "/relays");
        let page = owner.post(&to, &TEST_MAIL).await.text().await.unwrap();
        assert!(page.contains("The relay took the mail"), "{page}");
    }
}

#[tokio::test]
async fn a_warm_up_is_planned_shown_as_a_curve_and_ends_with_its_fields() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    let with = |fields: &[(&'static str, &'static str)]| {
        let mut form = form("25", "s3cret");
        form.extend_from_slice(fields);
        form
    };
    let plan = [("warmup_start", "50"), ("warmup_growth", "50"), ("warmup_cap", "1000")];
    for (fields, fault) in [
        (&[("warmup_start", "50")][..], "a number from 1 to 500"),
        (
            &[("warmup_start", "50"), ("warmup_growth", "50"), ("warmup_cap", "40")],
            "Less than on the first day",
        ),
        (&[("warmup_start", "1"), ("warmup_growth", "1"), ("warmup_cap", "100000")], "more than a year"),
        (&[plan[0], plan[1], plan[2], ("warmup_since", "30.11.2026")], "Give a date"),
    ] {
        let page = owner.post("/relays", &with(fields)).await.text().await.unwrap();
        assert!(page.contains(fault), "{fault}: {page}");
        assert!(
            page.contains("value=\"50\"") || page.contains("value=\"1\""),
            "what was typed is still there"
        );
    }
    let to = owner.submit("/relays", &with(&plan)).await;
    let path = to.trim_end_matches("/test");
    let stored = relays::all(&test.db).await.unwrap().remove(0);
    let warm_up = stored.settings.warm_up.unwrap();
    assert_eq!((warm_up.start, warm_up.cap, warm_up.day(chrono::Utc::now())), (50, 1000, 0));
    for page in [path, "/relays"] {
        let page = owner.page(page).await;
        assert!(page.contains("Day 1 of 8: 50 in 24 hours, in the end 1,000."), "{page}");
        assert_eq!(page.matches("<rect").count(), 9, "a bar for each day, and the cap");
    }
    // What the form shows can be saved as it is: the plan does not begin anew.
    sqlx::query("UPDATE relays SET warmup_since = warmup_since - interval '2 days'")
        .execute(&test.db)
        .await
        .unwrap();
    let since = relays::all(&test.db).await.unwrap().remove(0).settings.warm_up.unwrap().since;
    let day = since.with_timezone(&chrono_tz::Asia::Jakarta).date_naive().to_string();
    let mut fields = with(&plan);
    fields.push(("warmup_since", &day));
    assert!(owner.page(path).await.contains(&format!("value=\"{day}\"")));
    owner.submit(path, &fields).await;
    assert!(owner.page("/relays").await.contains("Day 3 of 8: 112 in 24 hours"));
    owner.submit(path, &form("25", "s3cret")).await;
    assert_eq!(relays::all(&test.db).await.unwrap().remove(0).settings.warm_up, None);
}

#[tokio::test]
async fn a_relay_that_is_slowed_down_or_parked_says_so() {
    let test = TestApp::new().await;
    let owner = test.owner().await;
    owner.submit("/relays", &form("25", "s3cret")).await;
    let set = async |sql: &'static str| {
        sqlx::query(sql).execute(&test.db).await.unwrap();
        owner.page("/relays").await
    };
    let page = set("UPDATE relays SET slow_rate = 2.52, slow_from = 5, slowed_at = now()").await;
    assert!(page.contains("Slowed down") && page.contains("at most 2.5 a second"), "{page}");
    let page = set("UPDATE relays SET parked_until = now() + interval '1 hour'").await;
    assert!(page.contains("Quota used up"), "{page}");
    let page = set("UPDATE relays SET parked_until = now(), slow_rate = NULL").await;
    assert!(!page.contains("Quota used up") && page.contains("In use"), "{page}");
}
