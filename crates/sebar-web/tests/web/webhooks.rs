//! Webhooks: what programs are told, and how they are looked after, over the API and in the dashboard.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use sebar_domain::id::MessageId;
use sebar_domain::{BounceKind, BounceReason, Phase, Role};
use sebar_testkit::{Act, CalledProgram, HostileRelay};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::api::{Program, email, good, refused};
use crate::api_emails::{add_relay, send, until_state};
use crate::common::{TestApp, location};
use crate::report::{Sent, run};
use crate::returned::{came_back, came_back_as};

/// What a webhook can ask for.
fn every_event() -> Vec<&'static str> {
    sebar_domain::EventKind::choices().map(sebar_domain::EventKind::as_str).collect()
}

async fn add(program: &Program, called: &CalledProgram) -> Value {
    let webhook = json!({ "endpoint": called.url, "events": every_event(), "campaigns": true });
    good(program.post("/webhooks", &webhook).await).await
}

/// What was told of one recipient, in order.
fn told_of<'a>(calls: &'a [Value], recipient: &str) -> Vec<&'a str> {
    let of = calls.iter().filter(|body| body["data"]["recipient"] == recipient);
    of.map(|body| body["type"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_program_hears_what_becomes_of_its_email() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    let webhook = add(&program, &called).await;
    let secret = webhook["signing_secret"].as_str().unwrap();
    run(&test, "INSERT INTO suppressions (email, reason) VALUES ('mati@example.com', 'manual')").await;

    let relay = HostileRelay::start().await;
    add_relay(&test, relay.port).await;
    let mut order = email();
    order["to"] = json!(["ana@example.com", "mati@example.com"]);
    order["tags"] = json!([{ "name": "kind", "value": "order" }]);
    order["metadata"] = json!({ "order": 17 });
    let id = program.send(&order).await;
    let stop = send(&test);
    called.wait_for(4).await;
    stop.cancel();
    let calls = called.calls();
    assert_eq!(told_of(&calls, "ana@example.com"), ["email.accepted", "email.sent"]);
    assert_eq!(told_of(&calls, "mati@example.com"), ["email.accepted", "email.suppressed"]);
    let verifier = standardwebhooks::Webhook::new(secret).unwrap();
    for (headers, body) in called.raw_calls() {
        verifier.verify(body.as_bytes(), &headers).unwrap();
    }
    for body in &calls {
        assert_eq!(body["data"]["email_id"], id.as_str());
        assert_eq!(body["data"]["subject"], "Halo");
        assert_eq!(body["data"]["metadata"]["order"], 17);
        assert_eq!(body["data"]["tags"][0]["value"], "order");
    }
    let sent = calls.iter().find(|body| body["type"] == "email.sent").unwrap();
    assert_eq!(sent["data"]["delivery"]["code"], 250);

    // It came back.
    let message: MessageId = id.strip_prefix("msg_").unwrap().parse().unwrap();
    came_back(&test.db, message, BounceReason::RecipientUnknown, "it came back").await;
    called.wait_for(5).await;
    let bounced = called.calls().pop().unwrap();
    assert_eq!(bounced["type"], "email.bounced");
    let bounce = &bounced["data"]["bounce"];
    assert_eq!((&bounce["kind"], &bounce["reason"]), (&json!("hard"), &json!("recipient_unknown")));
    assert_eq!((&bounce["code"], &bounce["enhanced_code"]), (&json!(550), &json!("5.1.1")));
    assert!(bounce["reply"].as_str().unwrap().contains("No such user"));

    // The same stands with the email.
    let shown = program.email(&id).await;
    let of_ana =
        shown["events"].as_array().unwrap().iter().filter(|event| event["recipient"] == "ana@example.com");
    let kinds: Vec<_> = of_ana.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["email.accepted", "email.sent", "email.bounced"]);
}

#[tokio::test]
async fn a_delay_a_refusal_and_a_complaint_are_told() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    add(&program, &called).await;
    let relay = HostileRelay::start().await;
    relay.on(Phase::Rcpt, "nanti", Act::Say("450 4.2.1 Try again later"));
    relay.on(Phase::Rcpt, "tiada", Act::Say("550 5.1.1 No such user here"));
    add_relay(&test, relay.port).await;
    let mut order = email();
    order["to"] = json!(["nanti@example.com", "tiada@example.com", "ana@example.com"]);
    let id = program.send(&order).await;
    let stop = send(&test);
    called.wait_for(7).await;
    stop.cancel();
    let calls = called.calls();
    assert_eq!(told_of(&calls, "nanti@example.com"), ["email.accepted", "email.delivery_delayed"]);
    assert_eq!(told_of(&calls, "ana@example.com"), ["email.accepted", "email.sent"]);
    assert_eq!(
        told_of(&calls, "tiada@example.com"),
        ["email.accepted", "email.failed", "email.bounced"],
        "a refused recipient is a bounce too"
    );
    let of = |kind: &str| &calls.iter().find(|body| body["type"] == kind).unwrap()["data"];
    assert_eq!(of("email.delivery_delayed")["delivery"]["enhanced_code"], "4.2.1");
    assert!(of("email.delivery_delayed")["delivery"]["again_at"].is_string());
    assert_eq!(of("email.failed")["delivery"]["reason"], "recipient_unknown");
    assert_eq!(of("email.bounced")["bounce"]["road"], "relay");

    let sent: uuid::Uuid = sqlx::query_scalar("SELECT id FROM messages WHERE recipient = 'ana@example.com'")
        .fetch_one(&test.db)
        .await
        .unwrap();
    came_back_as(&test.db, sent.into(), BounceKind::Complaint, BounceReason::Unknown, "it is spam").await;
    called.wait_for(8).await;
    let last = called.calls().split_off(7);
    let complained = last.iter().find(|body| body["type"] == "email.complained").unwrap();
    assert_eq!(
        (&complained["data"]["email_id"], &complained["data"]["complaint"]["kind"]),
        (&json!(id), &json!("complaint"))
    );
}

#[tokio::test]
async fn a_mail_whose_fate_nobody_knows_is_told() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    add(&program, &called).await;
    run(&test, "UPDATE settings SET single_policy = 'at_most_once'").await;
    let relay = HostileRelay::start().await;
    relay.on(Phase::EndOfData, "", Act::TakeAndDrop);
    add_relay(&test, relay.port).await;
    let id = program.send(&email()).await;
    let stop = send(&test);
    called.wait_for(2).await;
    stop.cancel();
    assert_eq!(called.told(), ["email.accepted", "email.in_doubt"]);
    let told = &called.calls()[1]["data"];
    assert_eq!((&told["email_id"], &told["state"]), (&json!(id), &json!("in_doubt")));
    assert_eq!(told["delivery"]["attempt"], 1);
}

#[tokio::test]
async fn scheduling_and_cancelling_are_told_in_order() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    add(&program, &called).await;
    let mut later = email();
    later["scheduled_at"] = json!((chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339());
    let id = program.send(&later).await;
    let moved = json!({ "scheduled_at": (chrono::Utc::now() + chrono::TimeDelta::hours(2)).to_rfc3339() });
    let answer = program.request(Method::PATCH, &format!("/emails/{id}")).json(&moved).send().await.unwrap();
    good(answer).await;
    good(program.post(&format!("/emails/{id}/cancel"), &json!({})).await).await;
    called.wait_for(4).await;
    assert_eq!(called.told(), ["email.accepted", "email.scheduled", "email.scheduled", "email.cancelled"]);
    until_state(&program, &id, "cancelled").await;
}

#[tokio::test]
async fn what_readers_of_a_campaign_do_is_told_with_the_link() {
    let sent = Sent::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&sent.test).await;
    add(&program, &called).await;
    sent.hit(0, None).await;
    sent.hit(0, Some(0)).await;
    let mut tx = sent.test.db.begin().await.unwrap();
    sebar_store::consent::unsubscribe(&mut tx, sent.messages[0]).await.unwrap();
    tx.commit().await.unwrap();
    called.wait_for(4).await;
    let calls = called.calls();
    let of = |kind: &str| &calls.iter().find(|body| body["type"] == kind).unwrap()["data"];
    assert_eq!(of("email.opened")["open"]["user_agent"], "Thunderbird <115>");
    assert_eq!(of("email.clicked")["click"]["link"], "https://kopi.example/baru");
    assert_eq!(of("email.clicked")["campaign"]["name"], "Kopi Desember");
    assert_eq!(of("email.unsubscribed")["stream"], "campaign");
    assert_eq!(of("contact.unsubscribed")["unsubscribed"], true);
}

#[tokio::test]
async fn a_webhook_for_single_mails_hears_nothing_of_campaigns_mails() {
    let sent = Sent::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&sent.test).await;
    let webhook = json!({ "endpoint": called.url, "events": every_event() });
    good(program.post("/webhooks", &webhook).await).await;
    sent.hit(0, None).await;
    run(&sent.test, "UPDATE campaigns SET state = 'paused'").await;
    run(&sent.test, "UPDATE campaigns SET state = 'sending', finished_at = NULL").await;
    called.wait_for(2).await;
    assert_eq!(called.told(), ["campaign.paused", "campaign.resumed"]);
    assert_eq!(called.calls()[0]["data"]["name"], "Kopi Desember");
}

#[tokio::test]
async fn contacts_are_told_of_however_they_change() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    add(&program, &called).await;
    let ana = json!({ "email": "ana@example.com", "name": "Ana", "attributes": { "kota": "Ciamis" } });
    let made = good(program.post("/contacts", &ana).await).await;
    let id = made["id"].as_str().unwrap();
    good(program.post("/contacts", &json!({ "email": "ana@example.com", "name": "Ana Putri" })).await).await;
    test.editor().await.submit(&format!("/contacts/{id}/unsubscribe"), &[("note", "")]).await;
    good(program.request(Method::DELETE, &format!("/contacts/{id}")).send().await.unwrap()).await;
    called.wait_for(4).await;
    assert_eq!(
        called.told(),
        ["contact.created", "contact.updated", "contact.unsubscribed", "contact.deleted"]
    );
    let deleted = &called.calls()[3]["data"];
    assert_eq!((&deleted["id"], &deleted["email"]), (&json!(id), &json!("ana@example.com")));
}

#[tokio::test]
async fn a_contact_that_is_suppressed_and_let_go_is_told() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    add(&program, &called).await;
    let made = good(program.post("/contacts", &json!({ "email": "ana@example.com" })).await).await;
    good(program.post("/suppressions", &json!({ "email": "Ana@example.com" })).await).await;
    good(program.delete("/suppressions/ana@example.com").await).await;
    called.wait_for(3).await;
    assert_eq!(called.told(), ["contact.created", "contact.suppressed", "contact.unsuppressed"]);
    for call in called.calls() {
        assert_eq!((&call["data"]["id"], &call["data"]["email"]), (&made["id"], &json!("ana@example.com")));
    }
}

#[tokio::test]
async fn a_program_looks_after_its_webhook() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let program = Program::new(&test).await;
    let first = add(&program, &called).await;
    let path = format!("/webhooks/{}", first["id"].as_str().unwrap());
    let shown = good(program.get(&path).await).await;
    assert_eq!((&shown["status"], &shown["signing_secret"]), (&json!("enabled"), &Value::Null));

    called.answers(&[500]);
    let call = good(program.post(&format!("{path}/test"), &json!({})).await).await;
    called.wait_for(1).await;
    let calls = loop {
        let calls = good(program.get(&format!("{path}/calls")).await).await;
        if calls["data"][0]["attempts"] == 1 {
            break calls;
        }
        sleep(Duration::from_millis(20)).await;
    };
    let failed = &calls["data"][0];
    assert_eq!((&failed["id"], &failed["state"]), (&call["id"], &json!("pending")));
    assert_eq!((&failed["response_status"], &failed["response_body"]), (&json!(500), &json!("so it is")));
    assert_eq!(failed["payload"]["type"], "webhook.test");
    good(program.post(&format!("{path}/calls/{}/replay", call["id"]), &json!({})).await).await;
    called.wait_for(2).await;
    let calls = called.raw_calls();
    let (before, after) = (&calls[0].0, &calls[1].0);
    assert_eq!(before["webhook-id"], after["webhook-id"]);

    let rotated = good(program.post(&format!("{path}/rotate"), &json!({})).await).await;
    assert_ne!(rotated["signing_secret"], first["signing_secret"]);
    let change = json!({ "events": ["email.sent"], "status": "disabled", "description": "Toko" });
    let changed = program.request(Method::PATCH, &path).json(&change).send().await.unwrap();
    let changed = good(changed).await;
    assert_eq!((&changed["status"], &changed["events"]), (&json!("disabled"), &json!(["email.sent"])));
    assert_eq!((&changed["endpoint"], &changed["campaigns"]), (&json!(called.url), &json!(true)));
    good(program.request(Method::DELETE, &path).send().await.unwrap()).await;
    assert_eq!(refused(program.get(&path).await).await.1, "not_found");
    assert_eq!(good(program.get("/webhooks").await).await["data"], json!([]));

    for (webhook, fields) in [
        (json!({ "endpoint": "example.com", "events": [] }), vec!["endpoint", "events"]),
        (
            json!({ "endpoint": called.url, "events": ["email.sent", "webhook.test", "x"] }),
            vec!["events[1]", "events[2]"],
        ),
        (json!({ "endpoint": "https://a:b@example.com", "events": ["email.sent"] }), vec!["endpoint"]),
    ] {
        let (status, _, told) = refused(program.post("/webhooks", &webhook).await).await;
        assert_eq!((status, told), (422, fields.iter().map(ToString::to_string).collect()), "{webhook}");
    }
}

#[tokio::test]
async fn an_owner_adds_tests_and_mends_a_webhook() {
    let test = TestApp::new().await;
    let called = CalledProgram::start().await;
    let owner = test.owner().await;
    assert!(owner.page("/settings/webhooks").await.contains("No webhook yet"));
    let faulty = owner.post("/settings/webhooks", &[("url", "toko.example"), ("description", "Toko")]).await;
    assert_eq!(faulty.status(), StatusCode::OK);
    let faulty = faulty.text().await.unwrap();
    assert!(faulty.contains("This is no address of the web") && faulty.contains("Choose at least one event"));
    assert!(faulty.contains("value=\"toko.example\""), "what was typed stays");

    let fields = [
        ("url", called.url.as_str()),
        ("description", "Toko <b>"),
        ("event", "email.sent"),
        ("event", "email.bounced"),
    ];
    let place = owner.submit("/settings/webhooks", &fields).await;
    let page = owner.page(&place).await;
    assert!(page.contains("whsec_") && page.contains("Not called yet") && page.contains("Toko &#60;b&#62;"));
    called.answers(&[503]);
    let to = owner.submit(&format!("{place}/test"), &[]).await;
    let page = owner.page(&to).await;
    assert!(page.contains("Status 503") && page.contains("so it is") && page.contains("webhook.test"));
    let page = owner.page(&place).await;
    assert!(page.contains("Calls have been failing since"));
    assert!(owner.page("/settings/webhooks").await.contains("HTTP 503"));
    owner.submit(&format!("{to}/replay"), &[]).await;
    let page = owner.page(&to).await;
    assert!(page.contains("Status 204"));
    let (_, earlier) = page.split_once("Calls before that").unwrap();
    assert!(earlier.contains("503") && earlier.contains("so it is"), "the call that failed stands there too");
    assert!(owner.page(&format!("{place}?state=delivered")).await.contains("webhook.test"));
    assert!(owner.page(&format!("{place}?state=failed")).await.contains("None."));

    // After three days it is turned off, and the owner is told.
    run(&test, "UPDATE webhooks SET enabled = false, disabled_why = 'failing'").await;
    assert!(owner.page("/").await.contains("A webhook was turned off"));
    assert!(owner.page(&place).await.contains("Turned off: calls failed for three days"));
    let refused = owner.post(&format!("{place}/test"), &[]).await;
    assert_eq!(location(&refused), place);
    owner.submit(&format!("{place}/enable"), &[]).await;
    assert!(!owner.page("/").await.contains("A webhook was turned off"));

    assert!(owner.page(&format!("{place}/rotate")).await.contains("24 hours"));
    owner.submit(&format!("{place}/rotate"), &[]).await;
    assert!(owner.page(&place).await.contains("The secret before it is valid until"));
    owner.submit(&format!("{place}/edit"), &[("url", &called.url), ("event", "contact.created")]).await;
    let page = owner.page(&place).await;
    assert!(page.contains("contact.created") && !page.contains("email.bounced"));
    assert_eq!(
        test.login(Role::Viewer).await.get("/settings/webhooks").await.status(),
        StatusCode::FORBIDDEN
    );
    owner.submit(&format!("{place}/delete"), &[]).await;
    assert_eq!(owner.get(&place).await.status(), StatusCode::NOT_FOUND);
}
