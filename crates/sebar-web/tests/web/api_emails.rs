//! Emails over the API: what is accepted, and what becomes of it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use mail_parser::{MessageParser, MimeHeaders as _};
use reqwest::{Method, Response, StatusCode};
use sebar_domain::{Authentication, Security};
use sebar_sender::{Options, Sender};
use sebar_store::keys::MasterKey;
use sebar_store::relays::{self, RelaySettings};
use sebar_testkit::HostileRelay;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::api::{Program, email, refused};
use crate::common::TestApp;
use crate::report::run;

async fn count(test: &TestApp, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(sql).fetch_one(&test.db).await.unwrap()
}

/// An email with `changes` in it.
fn with(changes: &Value) -> Value {
    let mut email = email();
    for (name, value) in changes.as_object().unwrap() {
        email[name] = value.clone();
    }
    email
}

async fn refusal(program: &Program, changes: &Value) -> (u16, String, Vec<String>) {
    refused(program.post("/emails", &with(changes)).await).await
}

#[tokio::test]
async fn an_email_with_everything_is_delivered_to_all_its_recipients_and_proven_by_the_archive() {
    let test = TestApp::new().await;
    let relay = HostileRelay::start().await;
    add_relay(&test, relay.port).await;
    let program = Program::new(&test).await;
    let bill = b"%PDF-1.7 tagihan".repeat(50);
    let id = program
        .send(&json!({
            "from": "Toko Kopi <halo@toko.example>",
            "to": ["Ana Putri <ana@example.com>", "ANA@example.com", "budi@example.org"],
            "cc": "citra@example.net", "bcc": ["rahasia@example.net"], "replyTo": "cs@toko.example",
            "subject": "Pesanan 17 ☕", "html": "<p>Terima kasih, <b>Ana</b></p>",
            "headers": { "X-Entity-Ref-ID": "17" },
            "attachments": [{ "filename": "tagihan.pdf", "content": STANDARD.encode(&bill) },
                            { "filename": "logo.png", "content": "AAEC", "contentId": "logo", "contentType": "image/png" }],
            "tags": [{ "name": "kind", "value": "order" }], "metadata": { "order": 17 },
        }))
        .await;
    assert!(id.starts_with("msg_"));
    let before = program.email(&id).await;
    assert_eq!(before["state"], "queued");

    let stop = send(&test);
    let shown = until_state(&program, &id, "sent").await;
    stop.cancel();
    let taken = relay.by_recipient();
    let all = ["ana@example.com", "budi@example.org", "citra@example.net", "rahasia@example.net"];
    assert_eq!(taken.len(), 4, "{taken:?}");
    assert!(all.iter().all(|address| taken[*address] == 1), "each once, whatever the case");
    let mails = relay.taken();
    assert!(mails.iter().all(|mail| mail.data == mails[0].data), "all get the same mail");
    let mail = MessageParser::new().parse(&mails[0].data).unwrap();
    assert_eq!(mail.subject(), Some("Pesanan 17 ☕"));
    assert!(!String::from_utf8_lossy(&mails[0].data).contains("rahasia@"), "Bcc is not in the mail");
    let file = mail.attachments().find(|file| file.attachment_name() == Some("tagihan.pdf")).unwrap();
    assert_eq!(file.contents(), bill);
    assert_eq!(mail.body_text(0).unwrap().trim(), "Terima kasih, Ana", "made from the HTML");

    assert_eq!(shown["to"], json!(["Ana Putri <ana@example.com>", "ANA@example.com", "budi@example.org"]));
    assert_eq!(
        (&shown["bcc"], &shown["reply_to"]),
        (&json!(["rahasia@example.net"]), &json!(["cs@toko.example"]))
    );
    assert_eq!(shown["html"], "<p>Terima kasih, <b>Ana</b></p>");
    assert_eq!((&shown["tags"][0]["value"], &shown["metadata"]["order"]), (&json!("order"), &json!(17)));
    assert_eq!(shown["attachments"][0]["size"], bill.len());
    assert_eq!(shown["recipients"].as_array().unwrap().len(), 4);
    let attempt = &shown["recipients"][0]["attempts"][0];
    assert_eq!((&attempt["outcome"], &attempt["code"]), (&json!("sent"), &json!(250)));

    let owner = test.owner().await;
    let archived = id.strip_prefix("msg_").unwrap();
    let page = owner.page(&format!("/archive/{archived}")).await;
    assert!(page.contains("Proven: these are the bytes that were sent"), "{page}");
    assert!(page.contains("tagihan.pdf") && page.contains("Pesanan 17 ☕"));
    let raw = owner.get(&format!("/archive/{archived}/raw")).await.bytes().await.unwrap();
    assert_eq!(raw, mails[0].data, "byte for byte what the relay was given");
    assert!(owner.page("/archive").await.contains("Pesanan 17 ☕"));
    run(&test, "UPDATE blobs SET bytes = bytes || 'x'").await;
    let page = owner.page(&format!("/archive/{archived}")).await;
    assert!(page.contains("This is not what was sent, byte for byte"));
}

#[tokio::test]
async fn the_same_file_is_kept_once() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let file = |name: &str| json!({ "attachments": [{ "filename": name, "content": "AAECAwQF\r\n" }] });
    for name in ["a.pdf", "b.pdf"] {
        program.send(&with(&file(name))).await;
    }
    assert_eq!((count(&test, "blobs").await, count(&test, "emails").await), (1, 2));
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_under_a_name_that_stays() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let many: Vec<String> = (0..51).map(|n| format!("p{n}@example.com")).collect();
    let headers: Value =
        (0..51).map(|n| (format!("X-{n}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let far = (Utc::now() + TimeDelta::days(31)).to_rfc3339();
    for (changes, name, field) in [
        (json!({ "from": null }), "missing_required_field", "from"),
        (json!({ "from": "Toko" }), "invalid_address", "from"),
        (json!({ "to": [] }), "missing_required_field", "to"),
        (json!({ "to": ["ana@example.com", "ana@"] }), "invalid_address", "to[1]"),
        (json!({ "to": "a@b.example, c@d.example" }), "invalid_address", "to"),
        (json!({ "to": 7 }), "invalid_value", "to"),
        (json!({ "to": many }), "too_many_recipients", "to"),
        (json!({ "subject": null }), "missing_required_field", "subject"),
        (json!({ "text": " " }), "missing_required_field", "html"),
        (json!({ "subjct": "x" }), "unknown_field", "subjct"),
        (
            json!({ "attachments": [{ "filename": "a", "content": "", "path": "/etc" }] }),
            "unknown_field",
            "attachments[0].path",
        ),
        (json!({ "attachments": [{ "filename": "a" }] }), "missing_required_field", "attachments[0].content"),
        (
            json!({ "attachments": [{ "filename": "a", "content": "*" }] }),
            "invalid_attachment",
            "attachments[0].content",
        ),
        (json!({ "headers": { "X-A": "b\r\nBcc: c@d.example" } }), "invalid_header", "headers.X-A"),
        (json!({ "headers": { "Bcc": "c@d.example" } }), "invalid_header", "headers.Bcc"),
        (json!({ "headers": headers }), "too_many_headers", "headers"),
        (json!({ "tags": [{ "name": "a b", "value": "c" }] }), "invalid_tag", "tags[0].name"),
        (json!({ "metadata": { "a": { "b": 1 } } }), "invalid_metadata", "metadata.a"),
        (json!({ "metadata": { "a": "\u{0}" } }), "invalid_metadata", "metadata.a"),
        (json!({ "scheduled_at": "tomorrow" }), "invalid_scheduled_at", "scheduled_at"),
        (json!({ "scheduled_at": far }), "invalid_scheduled_at", "scheduled_at"),
        (json!({ "html": "x".repeat(27 << 20) }), "message_too_large", "html"),
        (json!({ "template": { "id": "x" }, "text": null }), "template_not_found", "template.id"),
    ] {
        let (status, n, fields) = refusal(&program, &changes).await;
        assert_eq!((status, n.as_str()), (422, name), "{field}");
        assert_eq!(fields, [field]);
    }
    let two = json!({ "from": "x", "to": "y" });
    assert_eq!(refusal(&program, &two).await.2, ["from", "to"], "all at once");
    assert_eq!(count(&test, "emails").await, 0);
    // What is odd and harmless.
    program
        .send(&with(&json!({ "subject": "a\u{0}b\nc", "text": "a\u{0}b", "metadata": { "a": "ü" } })))
        .await;
}

#[tokio::test]
async fn a_suppressed_recipient_is_accepted_and_seen_to_get_nothing() {
    let test = TestApp::new().await;
    run(&test, "INSERT INTO suppressions (email, reason) VALUES ('ana@example.com', 'hard_bounce')").await;
    let program = Program::new(&test).await;
    let id = program.send(&with(&json!({ "to": ["Ana@example.com", "budi@example.com"] }))).await;
    let shown = program.email(&id).await;
    assert_eq!(shown["recipients"][0]["state"], "suppressed");
    assert_eq!(shown["recipients"][1]["state"], "queued");
    assert_eq!(shown["state"], "queued");
    assert_eq!(count(&test, "queue").await, 1);
    let id = program.send(&email()).await;
    assert_eq!(program.email(&id).await["state"], "suppressed");
    // Who wants no campaigns still gets the answer to what they asked for.
    run(&test, "UPDATE suppressions SET reason = 'unsubscribed'").await;
    let id = program.send(&email()).await;
    assert_eq!(program.email(&id).await["state"], "queued");
}

#[tokio::test]
async fn an_email_waits_for_its_time_and_can_be_moved_and_cancelled_until_then() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let at = Utc::now() + TimeDelta::days(2);
    let id = program.send(&with(&json!({ "scheduledAt": at.to_rfc3339(), "cc": "budi@example.com" }))).await;
    let path = format!("/emails/{id}");
    let shown = program.email(&id).await;
    assert_eq!(shown["state"], "scheduled");
    let time = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!((time(&shown["scheduled_at"]) - at).abs() < TimeDelta::milliseconds(1));

    let later = Utc::now() + TimeDelta::days(3);
    let patch =
        |at: String| program.request(Method::PATCH, &path).json(&json!({ "scheduled_at": at })).send();
    assert_eq!(patch(later.to_rfc3339()).await.unwrap().status(), StatusCode::OK);
    let shown = program.email(&id).await;
    assert!((time(&shown["recipients"][1]["due_at"]) - later).abs() < TimeDelta::milliseconds(1));
    let raw = test.owner().await.get(&format!("/archive/{}/raw", &id[4..])).await.text().await.unwrap();
    assert!(
        raw.contains(&later.format("Date: %a, %d %b %Y").to_string()),
        "the mail bears its new day: {raw}"
    );
    assert_eq!(refused(patch("soon".into()).await.unwrap()).await.1, "invalid_scheduled_at");

    let cancel = || program.request(Method::POST, &format!("{path}/cancel")).send();
    assert_eq!(cancel().await.unwrap().status(), StatusCode::OK);
    assert_eq!(program.email(&id).await["state"], "cancelled");
    assert_eq!(count(&test, "queue").await, 0);
    assert_eq!(refused(cancel().await.unwrap()).await.1, "email_not_waiting");
    assert_eq!(refused(patch(later.to_rfc3339()).await.unwrap()).await.1, "email_not_waiting");
}

#[tokio::test]
async fn an_email_that_cannot_be_stored_is_in_nobody_elses_way() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    run(&test, "ALTER TABLE emails ADD CONSTRAINT broken CHECK (subject <> 'crash')").await;
    let subject = |n: u32| if n % 10 == 3 { "crash".to_owned() } else { format!("Pesanan {n}") };
    let emails: Vec<Value> = (0..40).map(|n| with(&json!({ "subject": subject(n) }))).collect();
    let answers = emails.iter().map(|email| program.post("/emails", email));
    let answers = futures::future::join_all(answers).await;
    for (answer, email) in answers.into_iter().zip(&emails) {
        let wanted = if email["subject"] == "crash" { 500 } else { 200 };
        assert_eq!(answer.status().as_u16(), wanted, "{email}");
    }
    assert_eq!((count(&test, "emails").await, count(&test, "queue").await), (36, 36));
}

async fn idempotent(program: &Program, key: &str, email: &Value) -> Response {
    program.request(Method::POST, "/emails").header("idempotency-key", key).json(email).send().await.unwrap()
}

#[tokio::test]
async fn the_same_request_twice_is_one_email() {
    let test = TestApp::new().await;
    let (program, other) = (Program::new(&test).await, Program::new(&test).await);
    let answer = async |program: &Program, email: &Value| -> Value {
        idempotent(program, "order-17", email).await.json().await.unwrap()
    };
    let first = answer(&program, &email()).await;
    assert_eq!(answer(&program, &email()).await, first, "answered as before");
    assert_ne!(answer(&other, &email()).await, first, "a word of another key");
    let changed = idempotent(&program, "order-17", &with(&json!({ "subject": "x" }))).await;
    let (status, name, _) = refused(changed).await;
    assert_eq!((status, name.as_str()), (409, "invalid_idempotent_request"));
    assert_eq!(count(&test, "emails").await, 2);
    for key in ["", &"x".repeat(257)] {
        let answer = idempotent(&program, key, &email()).await;
        assert_eq!(refused(answer).await.1, "invalid_idempotency_key");
    }
    // What was refused may be mended under the same word.
    assert_eq!(refused(idempotent(&program, "new", &json!({})).await).await.0, 422);
    assert_eq!(idempotent(&program, "new", &email()).await.status(), StatusCode::OK);
    run(&test, "UPDATE idempotency_keys SET created_at = now() - interval '25 hours'").await;
    assert_ne!(answer(&program, &email()).await, first, "a day later it is another");
}

#[tokio::test]
async fn of_many_at_the_same_moment_one_is_carried_out() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let email = email();
    let answers = futures::future::join_all((0..20).map(|_| idempotent(&program, "once", &email))).await;
    let mut ids = std::collections::BTreeSet::new();
    for answer in answers {
        if answer.status() == StatusCode::OK {
            ids.insert(answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned());
        } else {
            assert_eq!(refused(answer).await.1, "concurrent_idempotent_requests");
        }
    }
    assert_eq!((ids.len(), count(&test, "emails").await), (1, 1));
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_neither_email_nor_answer() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    // The answer's row is written last: where it cannot be, nothing of the email stays.
    run(&test, "ALTER TABLE idempotency_keys ADD CONSTRAINT broken CHECK (key <> 'crash')").await;
    let (status, name, _) = refused(idempotent(&program, "crash", &email()).await).await;
    assert_eq!((status, name.as_str()), (500, "internal_server_error"));
    assert_eq!((count(&test, "emails").await, count(&test, "queue").await), (0, 0));
    run(&test, "ALTER TABLE idempotency_keys DROP CONSTRAINT broken").await;
    assert_eq!(idempotent(&program, "crash", &email()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_template_is_filled_in_when_the_email_is_accepted() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let editor = test.editor().await;
    let to = editor.submit("/templates", &[("name", "Pesanan"), ("starter", "letter")]).await;
    let template = to.trim_start_matches("/templates/").split('?').next().unwrap().to_owned();
    let html = "<p>Halo {{ first_name }}, {{ order }}</p><a href=\"{{ unsubscribe_url }}\">x</a>";
    let page = editor.page(&to).await;
    let based_on = page.split("name=\"based_on\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [
        ("based_on", based_on),
        ("subject", "Pesanan {{ order }}"),
        ("html", html),
        ("preheader", ""),
        ("text", ""),
    ];
    editor.submit(&format!("/templates/{template}"), &fields).await;
    let email = |to: Value, variables: Value| json!({ "from": "halo@toko.example", "to": to, "template": { "id": template, "variables": variables } });
    let id = program.send(&email(json!("Ana Putri <ana@example.com>"), json!({ "order": 17 }))).await;
    let shown = program.email(&id).await;
    assert_eq!(shown["subject"], "Pesanan 17");
    let html = shown["html"].as_str().unwrap();
    assert!(html.contains("<p>Halo Ana, 17</p>"), "{html}");
    let link = html.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = link.strip_prefix(&test.base).unwrap();
    assert!(test.guest().page(path).await.contains("ana@example.com"), "the link is hers");

    let refused_with = async |email: Value| refused(program.post("/emails", &email).await).await;
    let (_, name, fields) = refused_with(email(json!("a@b.example"), json!({}))).await;
    assert_eq!((name.as_str(), fields[0].as_str()), ("template_fault", "template.variables.order"));
    let two = email(json!(["a@b.example", "c@d.example"]), json!({ "order": 1, "first_name": "x" }));
    assert_eq!(refused_with(two).await.1, "template_fault");
}

/// Waits until an email is in this state; what it looks like then.
pub(crate) async fn until_state(program: &Program, id: &str, state: &str) -> Value {
    let start = Instant::now();
    loop {
        let shown = program.email(id).await;
        if shown["state"] == state {
            return shown;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{shown}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Starts a sender.
pub(crate) fn send(test: &TestApp) -> CancellationToken {
    let stop = CancellationToken::new();
    let options = Options { hello: "[127.0.0.1]".to_owned(), ..Options::default() };
    let sender = Sender { db: test.db.clone(), key: MasterKey::new([7; 32]), options };
    tokio::spawn(sender.run(stop.clone()));
    stop
}

pub(crate) async fn add_relay(test: &TestApp, port: u16) {
    let settings = RelaySettings {
        name: "Relai".into(),
        preset: "custom".into(),
        host: "127.0.0.1".into(),
        port,
        security: Security::None,
        authentication: Authentication::None,
        username: String::new(),
        ca_pem: None,
        from_allowed: vec!["@toko.example".into()],
        per_second: None,
        per_minute: None,
        per_hour: None,
        per_day: None,
        connections: 4,
        per_connection: relays::PER_CONNECTION,
        warm_up: None,
    };
    let mut tx = test.db.begin().await.unwrap();
    relays::create(&mut tx, &MasterKey::new([7; 32]), &settings, None).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn of_a_batch_each_email_is_accepted_or_refused_by_itself() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let batch = json!([email(), { "from": "x" }, with(&json!({ "subjct": 1 })), with(&json!({ "to": "b@example.com" }))]);
    let post =
        || program.request(Method::POST, "/emails/batch").header("idempotency-key", "b").json(&batch).send();
    let answer = post().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        (&answer["data"][0]["index"], &answer["data"][1]["index"]),
        (&json!(0), &json!(3)),
        "{answer}"
    );
    assert_eq!(answer["errors"][0]["errors"][0]["field"], "from");
    assert_eq!(
        (&answer["errors"][1]["index"], &answer["errors"][1]["name"]),
        (&json!(2), &json!("unknown_field"))
    );
    assert_eq!(
        program.email(answer["data"][1]["id"].as_str().unwrap()).await["to"],
        json!(["b@example.com"])
    );
    assert_eq!(post().await.unwrap().json::<Value>().await.unwrap(), answer);
    assert_eq!(count(&test, "queue").await, 2);

    let none = refused(program.post("/emails/batch", &json!([{ "from": "x" }])).await).await;
    assert_eq!((none.0, none.2[0].as_str()), (422, "[0].from"));
    for wrong in [json!([]), json!(vec![email(); 501]), json!({})] {
        let (status, ..) = refused(program.post("/emails/batch", &wrong).await).await;
        assert!(status == 422 || status == 400, "{status}");
    }
    let full: Vec<Value> = (0..500).map(|n| with(&json!({ "to": format!("p{n}@example.com") }))).collect();
    let answer: Value = program.post("/emails/batch", &json!(full)).await.json().await.unwrap();
    assert_eq!(answer["data"].as_array().unwrap().len(), 500);
}

#[tokio::test]
async fn emails_are_found_by_recipient_tag_state_and_time_page_by_page() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    run(&test, "INSERT INTO suppressions (email, reason) VALUES ('c@example.com', 'hard_bounce')").await;
    let mut ids = Vec::new();
    for (to, tag) in [("a@example.com", "order"), ("b@example.com", "order"), ("c@example.com", "login")] {
        let email = json!({ "to": [to, "all@example.com"], "tags": [{ "name": "kind", "value": tag }] });
        ids.push(program.send(&with(&email)).await);
    }
    run(&test, "UPDATE messages SET state = 'sent' WHERE recipient = 'a@example.com'").await;
    run(&test, "DELETE FROM queue q USING messages m WHERE m.id = q.message_id AND m.state = 'sent'").await;
    let list = async |query: &str| -> (Vec<String>, bool) {
        let answer = program.get(&format!("/emails?{query}")).await;
        assert_eq!(answer.status(), StatusCode::OK, "{query}");
        let page: Value = answer.json().await.unwrap();
        let found = page["data"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        (found.collect(), page["has_more"].as_bool().unwrap())
    };
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    let soon = (Utc::now() + TimeDelta::hours(1)).to_rfc3339().replace('+', "%2B");
    for (query, expected) in [
        (String::new(), &newest[..]),
        ("recipient=B@Example.com".into(), &newest[1..2]),
        ("recipient=all@example.com".into(), &newest[..]),
        ("recipient=all@example.com&tag=kind:order".into(), &newest[1..]),
        ("tag=kind:order".into(), &newest[1..]),
        ("tag=kind:order&state=sent".into(), &newest[2..]),
        ("tag=kind:none".into(), &[]),
        ("state=sent".into(), &newest[2..]),
        ("state=suppressed".into(), &newest[..1]),
        ("state=queued".into(), &newest[..]),
        ("recipient=a@example.com&state=queued".into(), &[]),
        (format!("until={soon}"), &newest[..]),
        (format!("from={soon}"), &[]),
    ] {
        assert_eq!(list(&query).await, (expected.to_vec(), false), "{query}");
    }
    for query in ["", "recipient=all@example.com&", "state=queued&", "tag=kind:order&"] {
        let (first, more) = list(&format!("{query}limit=1")).await;
        let (all, _) = list(query).await;
        assert_eq!((first.as_slice(), more), (&all[..1], true), "{query}");
        let (rest, more) = list(&format!("{query}after={}", first[0])).await;
        assert_eq!((rest.as_slice(), more), (&all[1..], false), "{query}");
    }
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
        ("recipient=x", "recipient"),
        ("tag=x", "tag"),
        ("state=claimed", "state"),
        ("from=yesterday", "from"),
    ] {
        let (status, name, fields) = refused(program.get(&format!("/emails?{query}")).await).await;
        assert_eq!((status, name.as_str()), (400, "invalid_parameter"), "{query}");
        assert_eq!(fields, [field]);
    }
    assert_eq!(refused(program.get("/emails?nothing=1").await).await.1, "invalid_parameter");
}
