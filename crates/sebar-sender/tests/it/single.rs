//! Single mails, as programs hand them in.

use std::time::{Duration, Instant};

use chrono::Utc;
use sebar_compose::{File, Letter, MessageIdKey, assemble};
use sebar_domain::Phase;
use sebar_domain::id::MessageId;
use sebar_store::emails::{self, NewEmail, Recipient};
use sebar_store::{blobs, queue, suppressions};
use sebar_testkit::Act;

use crate::world::World;

const FILE: &[u8] = b"tagihan 17";

/// Accepts a mail with a file to these addresses.
async fn accept(world: &World, from: &str, to: &[&str]) -> MessageId {
    let recipients: Vec<Recipient> =
        to.iter().map(|to| Recipient { message: MessageId::new(), address: to.parse().unwrap() }).collect();
    let from = from.parse().unwrap();
    let to: Vec<_> = to.iter().map(|to| to.parse().unwrap()).collect();
    let digest = blobs::Digest::of(FILE);
    let file = File { name: "a.txt", content_type: "text/plain", content_id: None, size: FILE.len() };
    let letter = Letter {
        id: recipients[0].message,
        message_id_domain: None,
        from: &from,
        to: &to,
        cc: &[],
        reply_to: &[],
        subject: "Pesanan",
        headers: &[],
        html: "",
        text: "Terima kasih",
        files: &[file],
    };
    let skeleton = letter.write(&MessageIdKey::new(&[7; 32]));
    let email = NewEmail {
        pool: None,
        api_key: None,
        from: from.address.clone(),
        subject: "Pesanan".into(),
        addressed: serde_json::json!({}),
        tags: serde_json::json!([]),
        metadata: serde_json::json!({}),
        scheduled_at: None,
        mime: skeleton.bytes,
        body: None,
        dated_at: Some(Utc::now()),
        files: vec![emails::File {
            at: skeleton.places[0],
            digest,
            name: "a.txt".into(),
            content_type: "text/plain".into(),
            content_id: None,
            size: FILE.len(),
        }],
        recipients,
    };
    let id = email.id();
    let mut tx = world.db().begin().await.unwrap();
    blobs::keep(&mut tx, &[(digest, FILE)].into()).await.unwrap();
    emails::accept(&mut tx, &[&email]).await.unwrap();
    queue::wake(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The states of a mail's messages.
async fn states(world: &World, id: MessageId) -> Vec<String> {
    let mut db = world.db().acquire().await.unwrap();
    let email = emails::get(&mut db, id).await.unwrap().unwrap();
    email.messages.iter().map(|message| message.state.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_sent_at_once_to_each_recipient_and_its_digest_is_that_of_its_parts() {
    let world = World::new().await;
    let sender = world.send();
    let first = accept(&world, "halo@toko.example", &["warm-up@example.com"]).await;
    world.until(|| async { states(&world, first).await == ["sent"] }).await;

    let start = Instant::now();
    let id = accept(&world, "halo@toko.example", &["a@example.com", "b@example.com"]).await;
    world.until(|| async { world.relay.count() == 3 }).await;
    assert!(start.elapsed() < Duration::from_millis(500), "woken, not polled: {:?}", start.elapsed());
    world.until(|| async { states(&world, id).await == ["sent", "sent"] }).await;
    sender.stop().await;
    let parts = emails::parts(world.db(), id.0.into()).await.unwrap().unwrap();
    let mail = assemble(&parts.mime, parts.dated_at, &parts.contents());
    let digests: Vec<Vec<u8>> = sqlx::query_scalar("SELECT digest FROM messages WHERE content_id = $1")
        .bind(id.0)
        .fetch_all(world.db())
        .await
        .unwrap();
    assert_eq!(digests, [mail.digest, mail.digest]);
    assert!(world.relay.taken().iter().any(|taken| taken.data == mail.bytes));
    assert_eq!(world.held().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_after_the_final_dot_sends_the_same_mail_again() {
    let world = World::new().await;
    world.relay.on_times(Phase::EndOfData, "", Act::TakeAndDrop, 1);
    let sender = world.send();
    let id = accept(&world, "halo@toko.example", &["a@example.com"]).await;
    world.until(|| async { states(&world, id).await == ["queued"] && attempts(&world, id).await == 1 }).await;
    // Nobody waits a minute for the next attempt.
    sqlx::raw_sql("UPDATE queue SET due_at = now(); UPDATE messages SET due_at = now()")
        .execute(world.db())
        .await
        .unwrap();
    world.until(|| async { states(&world, id).await == ["sent"] }).await;
    sender.stop().await;
    let outcomes: Vec<String> =
        sqlx::query_scalar("SELECT outcome FROM attempts ORDER BY n").fetch_all(world.db()).await.unwrap();
    assert_eq!(outcomes, ["in_doubt", "sent"], "at least once");
}

async fn attempts(world: &World, id: MessageId) -> usize {
    emails::attempts(world.db(), &[id]).await.unwrap().get(&id).map_or(0, Vec::len)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suppressed_after_it_was_accepted_gets_nothing() {
    let world = World::new().await;
    let id = accept(&world, "halo@toko.example", &["a@example.com", "b@example.com"]).await;
    sqlx::query("INSERT INTO suppressions (email, reason) VALUES ('a@example.com', 'hard_bounce')")
        .execute(world.db())
        .await
        .unwrap();
    assert!(suppressions::is_suppressed(world.db(), "a@example.com").await.unwrap());
    // One who wants no campaigns is not meant.
    sqlx::query("INSERT INTO suppressions (email, reason) VALUES ('b@example.com', 'unsubscribed')")
        .execute(world.db())
        .await
        .unwrap();
    let sender = world.send();
    world.until(|| async { states(&world, id).await == ["suppressed", "sent"] }).await;
    sender.stop().await;
    assert_eq!(world.relay.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_takes_only_mail_from_addresses_that_it_may_send_for() {
    let world = World::with_relay(|settings| settings.from_allowed = vec!["@toko.example".into()]).await;
    let sender = world.send();
    let foreign = accept(&world, "halo@other.example", &["a@example.com"]).await;
    let ours = accept(&world, "Halo@Toko.example", &["b@example.com"]).await;
    world.until(|| async { states(&world, ours).await == ["sent"] }).await;
    sender.stop().await;
    assert_eq!(states(&world, foreign).await, ["queued"]);
}
