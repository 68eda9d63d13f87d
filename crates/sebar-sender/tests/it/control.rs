use std::time::{Duration, Instant};

use chrono::{Timelike as _, Utc};
use sebar_domain::{CampaignPace, CampaignState, Phase, Window};
use sebar_store::campaigns;
use sebar_testkit::Act;
use tokio::time::sleep;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_stops_sending_at_once_and_resuming_goes_on_where_it_was() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(2)));
    let list = world.people(1000).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.relay.count() > 100 }).await;
    world.set_state(campaign, CampaignState::Paused).await;
    sleep(Duration::from_millis(700)).await;
    let at_pause = world.relay.count();
    sleep(Duration::from_millis(700)).await;
    assert_eq!(world.relay.count(), at_pause, "nothing leaves while it is paused");
    assert!(at_pause < 900, "it was stopped in the middle");
    assert_eq!(world.held().await, 0, "what was claimed is given back");
    world.set_state(campaign, CampaignState::Sending).await;
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_every_message_that_was_not_sent() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(2)));
    let list = world.people(1000).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.relay.count() > 100 }).await;
    world.set_state(campaign, CampaignState::Cancelled).await;
    let start = Instant::now();
    let settled = "SELECT (settled_at IS NOT NULL)::text FROM campaigns WHERE id = $1";
    world.until(|| async { world.text(settled, campaign.0).await == "true" }).await;
    assert!(start.elapsed() < Duration::from_secs(3));
    world.until_state(campaign, "cancelled").await;
    sender.stop().await;
    let states = world.states(campaign).await;
    let sent = i64::try_from(world.relay.count()).unwrap();
    let planned: i64 = states.values().sum();
    assert_eq!((states["sent"], states["cancelled"]), (sent, planned - sent), "{states:?}");
    assert_eq!(states.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribes_or_is_suppressed_or_deleted_after_planning_is_not_mailed() {
    let mut world = World::new().await;
    world.relay.down();
    let list = world.people(20).await;
    sqlx::query("UPDATE contacts SET unsubscribed_at = now() WHERE email = 'p1@example.com'")
        .execute(world.db())
        .await
        .unwrap();
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    let planned = "SELECT (planned_at IS NOT NULL)::text FROM campaigns WHERE id = $1";
    world.until(|| async { world.text(planned, campaign.0).await == "true" }).await;
    world.until(|| async { world.states(campaign).await.get("queued") == Some(&19) }).await;
    for statement in [
        "UPDATE contacts SET unsubscribed_at = now() WHERE email = 'p2@example.com'",
        "INSERT INTO suppressions (email, reason) VALUES ('p3@example.com', 'complaint')",
        "DELETE FROM contacts WHERE email = 'p4@example.com'",
    ] {
        sqlx::query(statement).execute(world.db()).await.unwrap();
    }
    world.relay.up().await;
    sqlx::query("UPDATE relays SET paused_until = now()").execute(world.db()).await.unwrap();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.relay.count(), 16);
    for who in ["p1@", "p2@", "p3@", "p4@"] {
        assert!(!world.relay.by_recipient().keys().any(|to| to.starts_with(who)), "{who}");
    }
    let reasons = "SELECT string_agg(reason, ' ' ORDER BY recipient) FROM messages
                    WHERE campaign_id = $1 AND state = 'suppressed'";
    assert_eq!(world.text(reasons, campaign.0).await, "unsubscribed suppressed contact_deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_died_leaves_its_campaign_mail_in_doubt_and_never_sends_it_twice() {
    let world = World::new().await;
    let list = world.people(10).await;
    let campaign = world.campaign(&[list], &[]).await;
    let dead = uuid::Uuid::now_v7();
    sqlx::query(
        "INSERT INTO senders (id, host, pid, alive_at) VALUES ($1, 'gone', 1, now() - interval '1 minute')",
    )
    .bind(dead)
    .execute(world.db())
    .await
    .unwrap();
    let content = world.text("SELECT content_id::text FROM campaigns WHERE id = $1", campaign.0).await;
    sqlx::query(
        "WITH made AS (
             INSERT INTO messages (id, stream, campaign_id, content_id, recipient)
             VALUES ($1, 'campaign', $2, $3::uuid, 'held@example.com') RETURNING id)
         INSERT INTO queue (message_id, campaign_id, sender_id) SELECT id, $2, $4 FROM made",
    )
    .bind(uuid::Uuid::now_v7())
    .bind(campaign.0)
    .bind(content)
    .bind(dead)
    .execute(world.db())
    .await
    .unwrap();
    sqlx::query("UPDATE campaign_counts SET planned = 1").execute(world.db()).await.unwrap();
    sqlx::query(
        "INSERT INTO webhooks (id, url, events, secret)
         VALUES (gen_random_uuid(), 'https://x.example/', '{email.in_doubt}', '')",
    )
    .execute(world.db())
    .await
    .unwrap();
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["in_doubt"], 1);
    let told = "SELECT string_agg(kind || ' ' || (facts ->> 'reason'), ', ') FROM webhook_events WHERE $1::uuid IS NOT NULL";
    assert_eq!(world.text(told, campaign.0).await, "email.in_doubt sender_died");
    assert!(!world.relay.by_recipient().contains_key("held@example.com"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_keeps_to_its_own_pace_and_hours_and_others_go_on() {
    let world = World::new().await;
    let list = world.people(100).await;
    let (slow, closed, free) = (
        world.campaign(&[list], &[]).await,
        world.campaign(&[list], &[]).await,
        world.campaign(&[list], &[]).await,
    );
    let set = |id, pace: CampaignPace| {
        let db = world.db().clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            campaigns::set_pace(&mut tx, id, &pace).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    // Twenty a second; and never at this hour.
    set(slow, CampaignPace { per_hour: Some(72_000), window: None, pool: None }).await;
    let hour = u16::try_from(Utc::now().hour()).unwrap();
    let window = Window { from: (hour + 2) % 24 * 60, to: (hour + 3) % 24 * 60, zone: "UTC".to_owned() };
    set(closed, CampaignPace { per_hour: None, window: Some(window), pool: None }).await;
    let began = Instant::now();
    let sender = world.send();
    world.until_state(free, "sent").await;
    assert!(began.elapsed() < Duration::from_secs(4), "it waits for nobody");
    world.until_state(slow, "sent").await;
    let took = began.elapsed();
    assert!(took > Duration::from_millis(4500), "a hundred at twenty a second: {took:?}");
    assert_eq!(world.states(closed).await, [("queued".to_owned(), 100)].into());
    set(closed, CampaignPace::default()).await;
    world.until_state(closed, "sent").await;
    sender.stop().await;
    assert_eq!(world.relay.count(), 300);
}
