//! Who may call the API, and how it says no.

use chrono::{TimeDelta, Utc};
use reqwest::{Client, Method, Response, StatusCode};
use sebar_domain::Scope;
use sebar_domain::id::UserId;
use sebar_store::api_keys::{self, ApiKey, NewApiKey, Secret};
use serde_json::{Value, json};

use crate::common::TestApp;

/// A program with a key.
pub(crate) struct Program {
    pub(crate) client: Client,
    pub(crate) base: String,
    pub(crate) key: String,
}

/// A key that may do everything from everywhere.
pub(crate) fn any_key() -> NewApiKey {
    NewApiKey {
        name: "Toko".into(),
        scopes: Scope::ALL.to_vec(),
        from_domains: Vec::new(),
        networks: Vec::new(),
        per_minute: None,
        expires_at: None,
    }
}

/// A key as it is stored.
pub(crate) async fn found(test: &TestApp, secret: &Secret) -> Option<ApiKey> {
    api_keys::find(&test.db, std::slice::from_ref(secret)).await.unwrap().pop().unwrap()
}

impl Program {
    pub(crate) async fn new(test: &TestApp) -> Self {
        Self::with(test, &any_key()).await
    }

    pub(crate) async fn with(test: &TestApp, key: &NewApiKey) -> Self {
        let secret = Secret::new().unwrap();
        api_keys::create(&test.db, &secret, key, UserId::new()).await.unwrap();
        Self { client: Client::new(), base: format!("{}/api/v1", test.base), key: secret.reveal().to_owned() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.request(Method::POST, path).json(body).send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Sends an email that must be accepted; its id.
    pub(crate) async fn send(&self, email: &Value) -> String {
        let answer = self.post("/emails", email).await;
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{body}");
        body["id"].as_str().unwrap().to_owned()
    }

    /// What became of an email.
    pub(crate) async fn email(&self, id: &str) -> Value {
        let answer = self.get(&format!("/emails/{id}")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }
}

/// The body of an answer that must be good.
pub(crate) async fn good(answer: Response) -> Value {
    let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// An error's name and the fields that it names; its shape is checked.
pub(crate) async fn refused(answer: Response) -> (u16, String, Vec<String>) {
    let status = answer.status().as_u16();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["statusCode"], status, "{body}");
    assert!(body["message"].as_str().is_some_and(|text| text.len() > 10), "{body}");
    let fields = body["errors"].as_array().unwrap();
    let fields = fields.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    (status, body["name"].as_str().unwrap().to_owned(), fields)
}

pub(crate) fn email() -> Value {
    json!({ "from": "Toko <halo@toko.example>", "to": "ana@example.com", "subject": "Halo", "text": "Halo Ana" })
}

async fn name_of(answer: Response) -> String {
    refused(answer).await.1
}

#[tokio::test]
async fn only_a_valid_key_with_the_scope_opens_the_api_and_only_from_where_it_may_be_used() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let bare = program.client.post(format!("{}/emails", program.base)).json(&email());
    let answer = bare.try_clone().unwrap().send().await.unwrap();
    assert_eq!(answer.headers()["www-authenticate"], "Bearer");
    assert_eq!(name_of(answer).await, "missing_api_key");
    for (shown, name) in [
        ("Basic abc", "missing_api_key"),
        ("Bearer", "missing_api_key"),
        ("Bearer sbr_short", "invalid_api_key"),
        ("Bearer sbr_0000000000000000000000000000000000000000", "invalid_api_key"),
    ] {
        let answer = bare.try_clone().unwrap().header("authorization", shown).send().await.unwrap();
        assert_eq!(name_of(answer).await, name, "{shown}");
    }
    for (key, name) in [
        (NewApiKey { scopes: vec![Scope::EmailsRead], ..any_key() }, "restricted_api_key"),
        (NewApiKey { networks: vec!["203.0.113.0/24".parse().unwrap()], ..any_key() }, "ip_not_allowed"),
        (NewApiKey { expires_at: Some(Utc::now() - TimeDelta::seconds(1)), ..any_key() }, "expired_api_key"),
        (NewApiKey { from_domains: vec!["other.example".into()], ..any_key() }, "from_not_allowed"),
    ] {
        let program = Program::with(&test, &key).await;
        assert_eq!(name_of(program.post("/emails", &email()).await).await, name);
    }
    let here = NewApiKey { networks: vec!["127.0.0.0/8".parse().unwrap()], ..any_key() };
    Program::with(&test, &here).await.send(&email()).await;

    program.send(&email()).await;
    let secret = Secret::read(&program.key).unwrap();
    let key = found(&test, &secret).await.unwrap();
    assert!(key.last_used_at.is_some());
    assert!(api_keys::revoke(&test.db, key.id).await.unwrap());
    assert_eq!(name_of(program.post("/emails", &email()).await).await, "revoked_api_key", "at once");
}

#[tokio::test]
async fn a_key_with_a_limit_is_told_when_to_come_again() {
    let test = TestApp::new().await;
    let limited = Program::with(&test, &NewApiKey { per_minute: Some(3), ..any_key() }).await;
    for left in ["2", "1", "0"] {
        let answer = limited.post("/emails", &email()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["ratelimit-limit"], "3");
        assert_eq!(answer.headers()["ratelimit-remaining"], left);
    }
    let answer = limited.post("/emails", &email()).await;
    let wait: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert!(answer.headers().contains_key("ratelimit-reset"));
    let (status, name, _) = refused(answer).await;
    assert_eq!((status, name.as_str()), (429, "rate_limit_exceeded"));
    let free = Program::new(&test).await.post("/emails", &email()).await;
    assert!(!free.headers().contains_key("ratelimit-limit"));
}

#[tokio::test]
async fn whatever_is_asked_is_answered_in_the_words_of_the_api() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    for (method, path, status, name) in [
        (Method::GET, "/nothing", 404, "not_found"),
        (Method::DELETE, "/emails", 405, "method_not_allowed"),
        (Method::GET, "/emails/msg_00", 404, "not_found"),
        (Method::GET, "/emails/01890000-0000-7000-8000-000000000000", 404, "not_found"),
        (Method::POST, "/emails/msg_01890000000070008000000000000000/cancel", 404, "not_found"),
    ] {
        let answer = program.request(method, path).send().await.unwrap();
        let (s, n, _) = refused(answer).await;
        assert_eq!((s, n.as_str()), (status, name), "{path}");
    }
    let post = |kind: &'static str, body: Vec<u8>| {
        program.request(Method::POST, "/emails").header("content-type", kind).body(body).send()
    };
    let json = "application/json";
    for (kind, body, name) in [
        ("text/plain", b"{}".to_vec(), "unsupported_media_type"),
        (json, b"{".to_vec(), "invalid_json"),
        (json, b"\xff\xfe".to_vec(), "invalid_json"),
        (json, b"[]".to_vec(), "invalid_json"),
        (json, b"".to_vec(), "invalid_json"),
        (json, [b"[".repeat(100_000), b"]".repeat(100_000)].concat(), "invalid_json"),
        (json, vec![b' '; 33 << 20], "payload_too_large"),
    ] {
        assert_eq!(name_of(post(kind, body).await.unwrap()).await, name);
    }
}

#[tokio::test]
async fn the_api_describes_itself_and_every_answer_of_it() {
    let test = TestApp::new().await;
    let guest = test.guest();
    let document: Value = guest.get("/api/openapi.json").await.json().await.unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    assert_eq!(document["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/emails") && paths.contains_key("/emails/{id}/cancel"), "{:?}", paths.keys());
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(
                operation["summary"].is_string() && operation["operationId"].is_string(),
                "{method} {path}"
            );
            for status in ["200", "401", "403", "429"] {
                assert!(operation["responses"][status].is_object(), "{method} {path}: {status}");
            }
        }
    }
    let text = document.to_string();
    for part in text.split("\"$ref\":\"").skip(1) {
        let pointer = part.split('"').next().unwrap().trim_start_matches('#').to_owned();
        assert!(document.pointer(&pointer).is_some(), "{pointer}");
    }
    let email = &document["components"]["schemas"]["NewEmail"];
    assert_eq!(email["required"], json!(["from", "to"]));
}

#[tokio::test]
async fn the_reference_shows_every_call_of_the_description_to_anybody_and_loads_nothing_from_elsewhere() {
    let test = TestApp::new().await;
    let guest = test.guest();
    let document: Value = guest.get("/api/openapi.json").await.json().await.unwrap();
    let page = guest.page("/api/docs").await;
    let mut calls = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            calls += 1;
            let id = operation["operationId"].as_str().unwrap();
            assert!(page.contains(&format!("<article class=\"reference-call stack\" id=\"{id}\">")), "{id}");
            assert!(page.contains(&format!("<a href=\"#{id}\">")), "no way to {id}");
            let scope = operation["security"][0]["api_key"][0].as_str().unwrap();
            assert!(page.contains(&format!("<code>{scope}</code>")), "{id}: {scope}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                assert!(page.contains(&format!("id=\"{id}-{name}\"")), "{id}: {name}");
            }
        }
        assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
    }
    assert_eq!(page.matches("<article class=\"reference-call").count(), calls);
    for part in ["attachments[].filename", "missing_api_key", "/api/v1/emails/ID/cancel"] {
        assert!(page.contains(part), "{part}");
    }
    // No form of its own: without scripts a key could end in an address.
    assert_eq!(page.matches("<form").count(), 1, "only that of the language");
    for attribute in ["src=\"http", "href=\"http", "style=", "onclick"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    assert!(!page.contains(">reference-"), "a text is missing");
    let answer = guest.get("/api/docs").await;
    assert!(answer.headers().contains_key("content-security-policy"));
    assert_eq!(guest.get("/api/docs/nothing").await.status(), StatusCode::NOT_FOUND);
}
