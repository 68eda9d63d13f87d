//! Webhooks against a real Postgres and a real HTTP server.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use sebar_domain::id::{MessageId, WebhookId};
use sebar_domain::{EventKind, EventState};
use sebar_store::keys::MasterKey;
use sebar_store::webhooks::{self, NewEvent, Settings, Webhook};
use sebar_testkit::{CalledProgram, TestDatabase};
use sebar_webhooks::{Targets, new_secret};
use serde_json::json;
use sqlx::PgPool;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const KEY: [u8; 32] = [7; 32];

struct World {
    database: TestDatabase,
    stop: CancellationToken,
}

impl World {
    async fn new() -> Self {
        Self { database: TestDatabase::new().await, stop: CancellationToken::new() }
    }

    fn db(&self) -> &PgPool {
        &self.database.pool
    }

    fn run(&self, targets: Targets) {
        let key = Arc::new(MasterKey::new(KEY));
        tokio::spawn(sebar_webhooks::run(self.db().clone(), key, targets, self.stop.clone()));
    }

    async fn add(&self, url: &str) -> (WebhookId, String) {
        let secret = new_secret().unwrap();
        let settings = Settings {
            url: url.to_owned(),
            description: String::new(),
            events: EventKind::choices().collect(),
            campaigns: true,
        };
        let mut db = self.db().acquire().await.unwrap();
        let id = webhooks::add(&mut db, &MasterKey::new(KEY), &settings, &secret).await.unwrap();
        (id, secret)
    }

    async fn tell(&self, message: MessageId, kind: EventKind) {
        let event =
            NewEvent { kind, message, of_campaign: false, at: Utc::now(), facts: json!({ "reason": "x" }) };
        webhooks::tell(self.db(), &[event]).await.unwrap();
    }

    /// As if the time to wait were over.
    async fn hurry(&self) {
        sqlx::query("UPDATE webhook_events SET due_at = now() WHERE state = 'pending' AND attempts > 0")
            .execute(self.db())
            .await
            .unwrap();
        sqlx::query("UPDATE webhooks SET not_before = NULL").execute(self.db()).await.unwrap();
    }

    async fn until(&self, id: WebhookId, what: impl Fn(&Webhook) -> bool) -> Webhook {
        for _ in 0..500 {
            let webhook = webhooks::find(self.db(), id).await.unwrap().unwrap();
            if what(&webhook) {
                return webhook;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?}", webhooks::find(self.db(), id).await);
    }

    async fn settled(&self, id: WebhookId) -> Vec<webhooks::Entry> {
        for _ in 0..500 {
            let entries = webhooks::listing(self.db(), id, None, None, 100).await.unwrap();
            if entries.iter().all(|entry| entry.state == EventState::Delivered) {
                return entries;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("{:?}", webhooks::listing(self.db(), id, None, None, 100).await);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn a_call_is_signed_and_its_secret_can_be_rotated() {
    let world = World::new().await;
    let program = CalledProgram::start().await;
    let (id, old) = world.add(&program.url).await;
    let new = new_secret().unwrap();
    let mut db = world.db().acquire().await.unwrap();
    webhooks::rotate(&mut db, &MasterKey::new(KEY), id, &new).await.unwrap();
    world.run(Targets::Any);
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    program.wait_for(1).await;
    let (headers, body) = program.raw_calls().remove(0);
    for secret in [&old, &new] {
        let verifier = standardwebhooks::Webhook::new(secret).unwrap();
        verifier.verify(body.as_bytes(), &headers).unwrap();
    }
    assert_eq!(headers["content-type"], "application/json");
    assert!(headers["webhook-id"].to_str().unwrap().starts_with("evt_"));
    assert!(body.starts_with("{\"type\":\"email.sent\",\"timestamp\":\""), "{body}");
    assert!(program.calls()[0]["data"]["email_id"].as_str().unwrap().starts_with("msg_"));

    let entries = world.settled(id).await;
    assert_eq!((entries[0].status, entries[0].attempts), (Some(204), 1));
    assert_eq!(entries[0].body.as_deref(), Some(body.as_str()));
}

#[tokio::test]
async fn events_of_a_message_keep_their_order_and_hold_up_no_other() {
    let world = World::new().await;
    let program = CalledProgram::start().await;
    let (id, _) = world.add(&program.url).await;
    let (first, second) = (MessageId::new(), MessageId::new());
    world.tell(first, EventKind::EmailAccepted).await;
    program.answers(&[500]);
    world.run(Targets::Any);
    program.wait_for(1).await;
    world.until(id, |webhook| webhook.failures == 1).await;
    world.tell(first, EventKind::EmailSent).await;
    world.tell(second, EventKind::EmailAccepted).await;
    program.wait_for(2).await;
    assert_eq!(program.calls()[1]["data"]["email_id"], format!("msg_{}", second.0.simple()));
    sleep(Duration::from_millis(600)).await;
    assert_eq!(program.told().len(), 2, "the first message's other event waits behind the one that failed");

    world.hurry().await;
    // What waited behind comes when the first was told.
    let until = Instant::now() + Duration::from_secs(20);
    while program.told().len() < 4 {
        assert!(Instant::now() < until, "{:?}", program.told());
        world.hurry().await;
        sqlx::query("UPDATE webhook_events SET due_at = now() WHERE state = 'pending'")
            .execute(world.db())
            .await
            .unwrap();
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(program.told(), ["email.accepted", "email.accepted", "email.accepted", "email.sent"]);
    let ids: Vec<_> = program.raw_calls().iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
    assert_eq!(ids[0], ids[2], "told again, it has the same id");
    let entries = world.settled(id).await;
    assert_eq!(entries.iter().map(|entry| entry.attempts).collect::<Vec<_>>(), [1, 1, 2]);
    assert_eq!(world.until(id, |_| true).await.failures, 0);
}

#[tokio::test]
async fn two_processes_tell_each_event_once() {
    let world = World::new().await;
    let program = CalledProgram::start().await;
    let (id, _) = world.add(&program.url).await;
    world.run(Targets::Any);
    world.run(Targets::Any);
    let messages: Vec<MessageId> = (0..100).map(|_| MessageId::new()).collect();
    for kind in [EventKind::EmailAccepted, EventKind::EmailSent] {
        for message in &messages {
            world.tell(*message, kind).await;
        }
    }
    world.settled(id).await;
    program.wait_for(200).await;
    sleep(Duration::from_millis(600)).await;
    let calls = program.calls();
    assert_eq!(calls.len(), 200);
    for message in &messages {
        let email = format!("msg_{}", message.0.simple());
        let told: Vec<_> = calls
            .iter()
            .filter(|body| body["data"]["email_id"] == email.as_str())
            .map(|body| body["type"].as_str().unwrap())
            .collect();
        assert_eq!(told, ["email.accepted", "email.sent"]);
    }
}

#[tokio::test]
async fn a_webhook_that_is_down_is_let_alone_and_turned_off_after_three_days() {
    let world = World::new().await;
    let program = CalledProgram::start().await;
    let (id, _) = world.add(&program.url).await;
    program.answers(&[500; 200]);
    for _ in 0..50 {
        world.tell(MessageId::new(), EventKind::EmailSent).await;
    }
    world.run(Targets::Any);
    let webhook = world.until(id, |webhook| webhook.failures >= 5).await;
    assert!(webhook.enabled && webhook.failing_since.is_some());
    assert_eq!(webhook.fault, "HTTP 500");
    sleep(Duration::from_millis(800)).await;
    let calls = program.told().len();
    assert!(calls < 50, "{calls} calls to a webhook that is down");

    sqlx::query("UPDATE webhooks SET failing_since = now() - interval '4 days'")
        .execute(world.db())
        .await
        .unwrap();
    world.hurry().await;
    let webhook = world.until(id, |webhook| !webhook.enabled).await;
    assert_eq!(webhook.disabled_why.as_deref(), Some("failing"));
    assert_eq!(webhooks::given_up(world.db()).await.unwrap(), 1);
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    let waiting = webhooks::listing(world.db(), id, Some(EventState::Pending), None, 100).await.unwrap();
    assert_eq!(waiting.len(), 50, "what happens while it is off it is not told of; what waited is kept");

    // Mended and turned on again, it is told all.
    program.recovers();
    webhooks::set_enabled(&mut world.db().acquire().await.unwrap(), id, true).await.unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while webhooks::listing(world.db(), id, Some(EventState::Delivered), None, 100).await.unwrap().len() < 50
    {
        assert!(Instant::now() < until, "{:?}", webhooks::find(world.db(), id).await);
        world.hurry().await;
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn gone_redirects_and_private_addresses() {
    let world = World::new().await;
    let program = CalledProgram::start().await;
    let (gone, _) = world.add(&program.url).await;
    program.answers(&[410]);
    world.run(Targets::Any);
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    let webhook = world.until(gone, |webhook| !webhook.enabled).await;
    assert_eq!(webhook.disabled_why.as_deref(), Some("gone"));

    let (redirected, _) = world.add(&program.url).await;
    program.answers(&[302]);
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    let webhook = world.until(redirected, |webhook| webhook.failures == 1).await;
    assert_eq!(webhook.fault, "HTTP 303");
    assert_eq!(program.told().len(), 2, "a redirect is not followed");

    // With the rules as they are unless somebody changes them, nothing of our own network is called.
    let inside = World::new().await;
    for (target, why) in [
        (program.url.as_str(), "it does not begin with https://"),
        (&program.url.replace("http://127.0.0.1", "https://localhost"), "it leads to a private address"),
    ] {
        let (id, _) = inside.add(target).await;
        inside.run(Targets::Public);
        inside.tell(MessageId::new(), EventKind::EmailSent).await;
        assert_eq!(inside.until(id, |webhook| webhook.failures > 0).await.fault, why);
    }
    assert_eq!(program.told().len(), 2);
}

#[tokio::test]
async fn every_call_stands_with_its_event_and_goes_with_it() {
    let world = World::new().await;
    let program = CalledProgram::start().await;
    let (id, _) = world.add(&program.url).await;
    program.answers(&[500, 503]);
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    world.run(Targets::Any);
    for failures in 1..=2 {
        world.until(id, |webhook| webhook.failures >= failures).await;
        world.hurry().await;
    }
    let mut calls = Vec::new();
    for _ in 0..500 {
        world.hurry().await;
        let entries = webhooks::listing(world.db(), id, None, None, 100).await.unwrap();
        if entries.iter().all(|entry| entry.state == EventState::Delivered) {
            for entry in entries {
                assert_eq!(entry.status, Some(204), "the last call stands with the event");
                let earlier = webhooks::earlier(world.db(), entry.n, 100).await.unwrap();
                assert_eq!(earlier.len(), usize::from(entry.attempts.unsigned_abs()) - 1);
                calls.extend(earlier.iter().map(|call| (call.status, call.answer.clone())));
            }
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    calls.sort();
    assert_eq!(calls, [500, 503].map(|status| (Some(status), "so it is".to_owned())));

    sqlx::query("UPDATE webhook_events SET at = now() - interval '31 days'")
        .execute(world.db())
        .await
        .unwrap();
    assert_eq!(webhooks::forget_old(world.db(), 30, 10).await.unwrap(), 2);
    assert_eq!(count(&world, "webhook_calls").await, 0);
}

async fn count(world: &World, table: &str) -> i64 {
    let counted = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
    counted.fetch_one(world.db()).await.unwrap()
}

#[tokio::test]
async fn what_a_deleted_webhook_was_told_goes_piece_by_piece() {
    let world = World::new().await;
    let (id, _) = world.add("http://127.0.0.1:9/").await;
    let (other, _) = world.add("http://127.0.0.1:9/").await;
    for _ in 0..5 {
        world.tell(MessageId::new(), EventKind::EmailSent).await;
    }
    sqlx::query(
        "INSERT INTO webhook_calls (event_n, tried_at, duration_ms) SELECT n, now(), 1 FROM webhook_events",
    )
    .execute(world.db())
    .await
    .unwrap();
    let n = webhooks::listing(world.db(), id, None, None, 1).await.unwrap()[0].n;
    let mut db = world.db().acquire().await.unwrap();
    assert!(webhooks::delete(&mut db, id).await.unwrap());
    assert!(!webhooks::delete(&mut db, id).await.unwrap(), "it is gone already");
    assert!(webhooks::find(world.db(), id).await.unwrap().is_none());
    assert!(!webhooks::replay(world.db(), id, n).await.unwrap());
    assert_eq!(count(&world, "webhook_events").await, 10, "nothing of that is touched at once");
    world.tell(MessageId::new(), EventKind::EmailSent).await;
    assert_eq!(count(&world, "webhook_events").await, 11, "it is told nothing more");

    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(webhooks::forget_deleted(&mut db, 3).await.unwrap());
    }
    assert_eq!(gone, [3, 2, 0]);
    assert_eq!((count(&world, "webhook_events").await, count(&world, "webhook_calls").await), (6, 5));
    assert_eq!(webhooks::listing(world.db(), other, None, None, 100).await.unwrap().len(), 6);
    // What was under way when it was deleted is awaited.
    assert_eq!(count(&world, "webhook_leftovers").await, 1);
    sqlx::query("UPDATE webhook_leftovers SET deleted_at = now() - interval '2 hours'")
        .execute(world.db())
        .await
        .unwrap();
    assert_eq!(webhooks::forget_deleted(&mut db, 3).await.unwrap(), 0);
    assert_eq!(count(&world, "webhook_leftovers").await, 0);
}
