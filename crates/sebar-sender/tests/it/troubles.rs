use std::time::Duration;

use sebar_domain::{Authentication, Phase};
use sebar_testkit::{Act, HostileRelay};
use tokio::time::sleep;

use crate::world::{World, add_relay, settings};

const TROUBLE: &str =
    "SELECT pause_reason->>'kind' || ' ' || coalesce(pause_reason->>'code', '-') || ' ' || faults
       FROM relays WHERE id = $1";

async fn retry_now(world: &World) {
    sqlx::query(
        "UPDATE relays SET paused_until = now() - interval '1 second' WHERE paused_until IS NOT NULL",
    )
    .execute(world.db())
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_refuses_the_password_is_paused_and_blames_nobody() {
    let world = World::with_relay(|relay| {
        relay.authentication = Authentication::Password;
        relay.username = "budi".to_owned();
    })
    .await;
    world.relay.on(Phase::Auth, "", Act::Say("535 5.7.8 Wrong password"));
    let list = world.people(30).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "login 535 1" }).await;
    sleep(Duration::from_millis(500)).await;
    assert!(world.relay.connections() <= 4, "nobody hammers at it");
    assert_eq!(world.relay.count(), 0);

    // The user mends it; unpausing sends everything, with no trace of the trouble at the messages.
    world.relay.obey();
    retry_now(&world).await;
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(30);
    let attempts = "SELECT max(attempts)::text FROM messages WHERE campaign_id = $1";
    assert_eq!(world.text(attempts, campaign.0).await, "1");
    assert_eq!(world.text(TROUBLE, world.relay_id.0).await, "", "it has proved itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_sender_address_pauses_the_relay_and_the_messages_pay_nothing() {
    let world = World::new().await;
    world.relay.on(Phase::Mail, "", Act::Say("550 5.7.1 Not allowed to send as this address"));
    let list = world.people(10).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "sender_refused 550 1" }).await;
    world.until(|| async { world.states(campaign).await.get("queued") == Some(&10) }).await;
    world.relay.obey();
    retry_now(&world).await;
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(10);
    let outcomes =
        "SELECT string_agg(DISTINCT a.outcome, ' ') FROM attempts a JOIN messages m ON m.id = a.message_id
                     WHERE m.campaign_id = $1";
    assert_eq!(world.text(outcomes, campaign.0).await, "relay_fault sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_goes_down_and_comes_back_loses_nothing() {
    let mut world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(3)));
    let list = world.people(800).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.relay.count() > 100 }).await;
    world.relay.down();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await.starts_with("unreachable - ") }).await;
    world.relay.up().await;
    retry_now(&world).await;
    sqlx::query("UPDATE queue SET due_at = now()").execute(world.db()).await.unwrap();
    world
        .until(|| async {
            // Messages that were lost with their connection wait a minute: not in a test.
            sqlx::query("UPDATE queue SET due_at = now() WHERE due_at > now()")
                .execute(world.db())
                .await
                .unwrap();
            world.state_of(campaign).await == "sent"
        })
        .await;
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let states = world.states(campaign).await;
    let in_doubt = states.get("in_doubt").copied().unwrap_or_default();
    assert_eq!(states["sent"] + in_doubt, 800, "{states:?}");
    assert!(in_doubt <= 4, "no more than the connections that broke");
    assert!(world.relay.by_recipient().values().all(|count| *count == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_relay_takes_over_from_one_that_fails() {
    let world = World::new().await;
    world.relay.on(Phase::Greeting, "", Act::Say("554 5.7.1 Your host is blocked"));
    let other = HostileRelay::start().await;
    add_relay(world.db(), &settings(other.port)).await;
    let list = world.people(200).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!((world.relay.count(), other.count()), (0, 200));
    assert_eq!(world.text(TROUBLE, world.relay_id.0).await, "blocked 554 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_its_connections_now_and_then_is_not_at_fault() {
    let world = World::with_relay(|relay| relay.connections = 1).await;
    world.relay.on_times(Phase::Mail, "", Act::Wait(Duration::ZERO), 20);
    world.relay.on_times(Phase::Mail, "", Act::Say("421 4.7.0 Enough on this connection"), 1);
    world.relay.on_times(Phase::Mail, "", Act::Wait(Duration::ZERO), 20);
    world.relay.on_times(Phase::Mail, "", Act::Drop, 1);
    let list = world.people(60).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(60);
    assert_eq!(world.relay.connections(), 3);
    let attempts = "SELECT max(attempts)::text FROM messages WHERE campaign_id = $1";
    assert_eq!(world.text(attempts, campaign.0).await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_drops_every_message_is_paused() {
    let world = World::with_relay(|relay| relay.connections = 1).await;
    world.relay.on(Phase::Data, "", Act::Drop);
    let list = world.people(30).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "drops - 1" }).await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["queued"], 30);
    assert_eq!(world.relay.connections(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_asks_to_slow_down_again_and_again_rests_and_nothing_fails() {
    let world = World::with_relay(|relay| relay.connections = 1).await;
    world.relay.on(Phase::Rcpt, "", Act::Say("451 4.7.1 Too many messages, slow down"));
    let list = world.people(20).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "busy 451 1" }).await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["queued"], 20);
    let tried = "SELECT count(*)::text FROM messages WHERE campaign_id = $1 AND reason = 'try_later'";
    let tried: usize = world.text(tried, campaign.0).await.parse().unwrap();
    assert!((3..=10).contains(&tried), "it was slowed down, the others pay nothing: {tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_whose_quota_is_used_up_rests_and_the_messages_wait_unharmed() {
    let world = World::with_relay(|relay| relay.connections = 1).await;
    world.relay.on(Phase::EndOfData, "", Act::Say("454 Throttling failure: Daily message quota exceeded."));
    let list = world.people(10).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(TROUBLE, world.relay_id.0).await == "quota 454 1" }).await;
    world.until(|| async { world.states(campaign).await.get("queued") == Some(&10) }).await;
    sender.stop().await;
    let blamed = "SELECT count(*)::text FROM messages WHERE campaign_id = $1 AND reason IS NOT NULL";
    assert_eq!(world.text(blamed, campaign.0).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_for_which_the_relay_rests_steps_aside_and_does_not_hold_up_the_others() {
    let world = World::with_relay(|relay| relay.connections = 1).await;
    world.relay.on(Phase::Rcpt, "p1@", Act::Say("554 5.7.1 Relay access denied"));
    let list = world.people(20).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world
        .until(|| async { world.text(TROUBLE, world.relay_id.0).await.starts_with("relaying_denied") })
        .await;
    retry_now(&world).await;
    world.until(|| async { world.relay.count() == 19 }).await;
    sender.stop().await;
    let waits =
        "SELECT state || ' ' || reason FROM messages WHERE campaign_id = $1 AND recipient LIKE 'p1@%'";
    assert_eq!(world.text(waits, campaign.0).await, "queued policy");
}
