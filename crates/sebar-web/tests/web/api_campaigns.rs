//! Campaigns over the API, from the draft to the numbers; relays, pools and bounces to look at.

use sebar_domain::BounceReason;
use sebar_testkit::{CalledProgram, HostileRelay};
use serde_json::{Value, json};

use crate::api::{Program, any_key, good, refused};
use crate::api_emails::{add_relay, send};
use crate::common::TestApp;
use crate::report::run;
use crate::returned::came_back;

/// A list with two contacts; its id.
async fn readers(program: &Program) -> String {
    let list = good(program.post("/lists", &json!({ "name": "Pembaca" })).await).await;
    let id = list["id"].as_str().unwrap().to_owned();
    for (email, name) in [("ana@example.com", "Ana Putri"), ("budi@example.com", "Budi")] {
        let contact = json!({ "email": email, "name": name, "lists": [id] });
        good(program.post("/contacts", &contact).await).await;
    }
    id
}

async fn state(program: &Program, path: &str) -> Value {
    good(program.get(path).await).await["state"].clone()
}

#[tokio::test]
async fn a_campaign_is_written_checked_sent_and_counted() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let template = json!({ "name": "Kabar", "subject": "Kabar untuk {{ first_name }}", "html":
        "<p>Halo {{ first_name }} <a href=\"https://kopi.example/\">lihat</a> <a href=\"{{ unsubscribe_url }}\">berhenti</a></p>" });
    let template = good(program.post("/templates", &template).await).await;
    let draft = json!({
        "name": "Desember", "template_id": template["id"], "subject": "Halo {{ first_name }}",
        "from_name": "Kopi", "from_email": "halo@toko.example", "tracking": "individual", "per_hour": 100_000,
        "window": { "from": "00:00", "to": "23:59", "time_zone": "Asia/Jakarta" },
    });
    let made = good(program.post("/campaigns", &draft).await).await;
    assert_eq!((&made["state"], &made["subject"]), (&json!("draft"), &json!("Halo {{ first_name }}")));
    assert_eq!((&made["html"], &made["per_hour"]), (&template["html"], &json!(100_000)));
    assert_eq!(made["window"]["time_zone"], "Asia/Jakarta");
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    let called = CalledProgram::start().await;
    let campaigns = ["scheduled", "unscheduled", "started", "paused", "resumed", "sent", "cancelled"];
    let events: Vec<String> = campaigns.iter().map(|what| format!("campaign.{what}")).collect();
    good(program.post("/webhooks", &json!({ "endpoint": called.url, "events": events })).await).await;

    // What must be mended is told, as the dashboard would.
    let (status, name, fields) = refused(program.post(&format!("{path}/start"), &json!({})).await).await;
    assert_eq!((status, name.as_str()), (409, "campaign_not_ready"));
    assert_eq!(fields, ["lists", "relays"]);
    let relay = HostileRelay::start().await;
    add_relay(&test, relay.port).await;
    let list = readers(&program).await;
    let changed = good(program.patch(&path, &json!({ "lists": [list], "window": null })).await).await;
    assert_eq!((&changed["lists"], &changed["window"]), (&json!([list]), &Value::Null));

    let tried = good(
        program
            .post(
                &format!("{path}/test"),
                &json!({ "to": ["saya@kopi.example"], "contact": "ana@example.com" }),
            )
            .await,
    )
    .await;
    assert_eq!(tried["messages"], 1);
    let soon = (chrono::Utc::now() + chrono::TimeDelta::hours(2)).to_rfc3339();
    let scheduled = good(
        program
            .post(&format!("{path}/schedule"), &json!({ "scheduled_at": soon, "time_zone": "Asia/Jakarta" }))
            .await,
    )
    .await;
    assert_eq!((&scheduled["state"], &scheduled["recipients"]), (&json!("scheduled"), &json!(2)));
    let fixed = refused(program.patch(&path, &json!({ "subject": "Lain" })).await).await;
    assert_eq!((fixed.0, fixed.1.as_str()), (409, "wrong_state"));
    good(program.post(&format!("{path}/unschedule"), &json!({})).await).await;
    assert_eq!(state(&program, &path).await, "draft");

    good(program.post(&format!("{path}/start"), &json!({})).await).await;
    good(program.post(&format!("{path}/pause"), &json!({})).await).await;
    assert_eq!(refused(program.post(&format!("{path}/pause"), &json!({})).await).await.1, "wrong_state");
    good(program.patch(&path, &json!({ "per_hour": null, "name": "Desember 2026" })).await).await;
    good(program.post(&format!("{path}/resume"), &json!({})).await).await;
    let stop = send(&test);
    for _ in 0..500 {
        if state(&program, &path).await == "sent" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stop.cancel();
    called.wait_for(6).await;
    assert_eq!(called.told(), events[..6], "a webhook heard of every step");
    let taken = relay.by_recipient();
    assert_eq!((taken["ana@example.com"], taken["budi@example.com"], taken["saya@kopi.example"]), (1, 1, 1));
    let numbers = good(program.get(&format!("{path}/statistics")).await).await;
    assert_eq!(
        (&numbers["planned"], &numbers["sent"], &numbers["failed"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!(numbers["links"][0]["url"], "https://kopi.example/");
    let listed = good(program.get("/campaigns?state=sent&q=desember").await).await;
    assert_eq!(
        (&listed["data"][0]["name"], &listed["data"][0]["sent"]),
        (&json!("Desember 2026"), &json!(2))
    );
    assert_eq!(refused(program.delete(&path).await).await.1, "wrong_state");

    let copy = good(program.post(&format!("{path}/duplicate"), &json!({})).await).await;
    let copy = format!("/campaigns/{}", copy["id"].as_str().unwrap());
    good(program.delete(&copy).await).await;
    assert_eq!(refused(program.get(&copy).await).await.1, "not_found");
}

#[tokio::test]
async fn a_campaign_that_is_cancelled_is_told_with_its_numbers() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let called = CalledProgram::start().await;
    let events = ["campaign.started", "campaign.cancelled"];
    good(program.post("/webhooks", &json!({ "endpoint": called.url, "events": events })).await).await;
    add_relay(&test, HostileRelay::start().await.port).await;
    let list = readers(&program).await;
    let draft = json!({ "name": "A", "lists": [list], "subject": "Halo", "html": "<p>Halo</p>", "from_email": "halo@toko.example" });
    let made = good(program.post("/campaigns", &draft).await).await;
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    good(program.post(&format!("{path}/start"), &json!({})).await).await;
    good(program.post(&format!("{path}/cancel"), &json!({})).await).await;
    called.wait_for(2).await;
    assert_eq!(called.told(), events);
    let told = &called.calls()[1]["data"];
    assert_eq!((&told["id"], &told["state"], &told["sent"]), (&made["id"], &json!("cancelled"), &json!(0)));
}

#[tokio::test]
async fn what_failed_is_sent_again_and_what_came_back_is_listed() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let relay = HostileRelay::start().await;
    add_relay(&test, relay.port).await;
    let list = readers(&program).await;
    let draft = json!({ "name": "A", "lists": [list], "subject": "Halo", "html": "<p>Halo</p>", "from_email": "halo@toko.example" });
    let made = good(program.post("/campaigns", &draft).await).await;
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    good(program.post(&format!("{path}/start"), &json!({})).await).await;
    let stop = send(&test);
    for _ in 0..500 {
        if state(&program, &path).await == "sent" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    stop.cancel();
    run(&test, "UPDATE messages SET state = 'failed' WHERE recipient = 'ana@example.com'").await;
    run(&test, "UPDATE campaign_counts SET sent = 1, failed = 1").await;
    let again = good(program.post(&format!("{path}/resend"), &json!({ "state": "failed" })).await).await;
    assert_eq!(again["messages"], 1);
    assert_eq!(state(&program, &path).await, "sending");
    let wrong = refused(program.post(&format!("{path}/resend"), &json!({ "state": "sent" })).await).await;
    assert_eq!(wrong.2, ["state"]);

    let budi: uuid::Uuid = sqlx::query_scalar("SELECT id FROM messages WHERE recipient = 'budi@example.com'")
        .fetch_one(&test.db)
        .await
        .unwrap();
    came_back(&test.db, budi.into(), BounceReason::RecipientUnknown, "it came back").await;
    let id = made["id"].as_str().unwrap();
    let found = good(program.get(&format!("/bounces?kind=hard&campaign={id}&email=budi")).await).await;
    let bounce = &found["data"][0];
    assert_eq!(
        (&bounce["email"], &bounce["reason"]),
        (&json!("budi@example.com"), &json!("recipient_unknown"))
    );
    assert_eq!((&bounce["trusted"], &bounce["enhanced_code"]), (&json!(true), &json!("5.1.1")));
    let mail = program.get(&format!("/bounces/{}/mail", bounce["id"].as_str().unwrap())).await;
    assert_eq!(mail.headers()["content-type"], "message/rfc822");
    assert_eq!(mail.text().await.unwrap(), "it came back");
    assert!(good(program.get("/bounces?unmatched=true").await).await["data"].as_array().unwrap().is_empty());
    let (status, _, fields) = refused(program.get("/bounces?kind=worse&from=yesterday").await).await;
    assert_eq!((status, fields), (400, vec!["kind".to_owned(), "from".to_owned()]));
}

#[tokio::test]
async fn a_key_runs_campaigns_of_its_domains_only_and_sees_no_secrets() {
    let test = TestApp::new().await;
    let program = Program::new(&test).await;
    let key = sebar_store::api_keys::NewApiKey { from_domains: vec!["toko.example".into()], ..any_key() };
    let shop = Program::with(&test, &key).await;
    let foreign = json!({ "name": "A", "from_email": "halo@teh.example" });
    assert_eq!(refused(shop.post("/campaigns", &foreign).await).await.1, "from_not_allowed");
    let made = good(program.post("/campaigns", &foreign).await).await;
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    for what in ["start", "duplicate"] {
        let answer = shop.post(&format!("{path}/{what}"), &json!({})).await;
        assert_eq!(refused(answer).await.1, "from_not_allowed", "{what}");
    }
    let (status, _, fields) = refused(
        program
            .post("/campaigns", &json!({
                "name": "B", "lists": ["x"], "template_id": "y", "from_email": "halo", "tracking": "all", "per_hour": 0,
                "window": { "from": "9", "to": "10:00", "time_zone": "Mars" }, "pool": "Z",
            }))
            .await,
    )
    .await;
    let wrong = [
        "lists[0]",
        "per_hour",
        "window.from",
        "window.time_zone",
        "pool",
        "template_id",
        "from_email",
        "tracking",
    ];
    assert_eq!((status, fields), (422, wrong.map(str::to_owned).to_vec()));
    for name in ["", "a\u{0}b", &"x".repeat(121)] {
        let (status, _, fields) = refused(program.post("/campaigns", &json!({ "name": name })).await).await;
        assert_eq!((status, fields), (422, vec!["name".to_owned()]), "{name:?}");
    }
    let all = good(program.get("/campaigns").await).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "what was refused left nothing behind");

    let relay = HostileRelay::start().await;
    add_relay(&test, relay.port).await;
    run(&test, "UPDATE relays SET secret = 'rahasia'::bytea, username = 'rahasia'").await;
    let relays = good(program.get("/relays").await).await;
    let id = relays["data"][0]["id"].as_str().unwrap();
    let one = good(program.get(&format!("/relays/{id}")).await).await;
    assert_eq!((&one["state"], &one["port"]), (&json!("active"), &json!(relay.port)));
    assert!(!relays.to_string().contains("rahasia") && one.get("password").is_none());
    run(&test, &format!("INSERT INTO pools (id, name, by_weight) VALUES (gen_random_uuid(), 'Toko', true); INSERT INTO pool_relays (pool_id, relay_id, rank, weight) SELECT id, '{id}', 1, 3 FROM pools")).await;
    let pools = good(program.get("/pools").await).await;
    assert_eq!(
        (&pools["data"][0]["name"], &pools["data"][0]["relays"][0]["weight"]),
        (&json!("Toko"), &json!(3))
    );
    let over = good(program.patch(&path, &json!({ "pool": "toko" })).await).await;
    assert_eq!(over["pool"], "Toko");
}
