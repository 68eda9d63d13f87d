use sebar_domain::Phase;
use sebar_testkit::{Act, HostileRelay};
use std::time::Duration;

use crate::world::{World, add_relay, settings};

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_reaches_each_person_once_with_their_own_words() {
    let world = World::new().await;
    let list = world.people(3000).await;
    let again = world.people(1000).await;
    let excluded = world.people(100).await;
    let campaign = world.campaign(&[list, again], &[excluded]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;

    world.assert_each_once(2900);
    let taken = world.relay.taken();
    let mail = taken.iter().find(|mail| mail.to == "p2999@example.com").unwrap();
    let text = String::from_utf8_lossy(&mail.data);
    assert_eq!(mail.from, "news@example.com");
    assert!(text.contains("Subject: Halo Person\r\n") && text.contains("Bogor"), "{text}");
    assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"));
    let row: (Vec<u8>, i32, serde_json::Value, i16, String) = sqlx::query_as(
        "SELECT m.digest, m.size, m.merge, m.attempts, a.outcome
           FROM messages m JOIN attempts a ON a.message_id = m.id WHERE recipient = 'p2999@example.com'",
    )
    .fetch_one(world.db())
    .await
    .unwrap();
    assert_eq!(usize::try_from(row.1).unwrap(), mail.data.len());
    assert_eq!(
        row.2,
        serde_json::json!({"name": "Person 2999", "city": "Bogor"}),
        "only what the content needs"
    );
    assert_eq!((row.0.len(), row.3, row.4.as_str()), (32, 1, "sent"));
    assert_eq!(
        world.text("SELECT audience_size::text FROM campaigns WHERE id = $1", campaign.0).await,
        "2900"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_campaign_starts_by_itself_at_its_time() {
    let world = World::new().await;
    let list = world.people(10).await;
    let campaign = world.campaign(&[list], &[]).await;
    sqlx::query(
        "UPDATE campaigns SET state = 'scheduled', scheduled_at = now() + interval '1 second' WHERE id = $1",
    )
    .bind(campaign.0)
    .execute(world.db())
    .await
    .unwrap();
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(10);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_share_a_campaign_without_duplicates() {
    let world = World::new().await;
    let list = world.people(3000).await;
    let campaign = world.campaign(&[list], &[]).await;
    let (one, two) = (world.send(), world.send());
    world.until_state(campaign, "sent").await;
    tokio::join!(one.stop(), two.stop());
    world.assert_each_once(3000);
    let senders = world
        .text("SELECT count(*)::text FROM senders WHERE stopped_at IS NOT NULL OR $1 IS NULL", campaign.0);
    assert_eq!(senders.await, "2", "both signed off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_loses_and_duplicates_nothing() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(5)));
    let list = world.people(1500).await;
    let campaign = world.campaign(&[list], &[]).await;
    let mut restarts = 0;
    while world.state_of(campaign).await != "sent" {
        let (sender, before) = (world.send(), world.relay.count());
        let some =
            || async { world.relay.count() > before + 150 || world.state_of(campaign).await == "sent" };
        world.until(some).await;
        sender.stop().await;
        let left = world.states(campaign).await;
        assert!(world.held().await == 0 && !left.contains_key("in_doubt"), "{left:?}");
        restarts += 1;
        assert!(restarts <= 11);
    }
    world.until_state(campaign, "sent").await;
    assert!(restarts > 1, "it was stopped in the middle");
    world.assert_each_once(1500);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_relay_sends_only_from_its_addresses_and_several_share_the_work() {
    let world = World::with_relay(|relay| relay.from_allowed = vec!["@example.com".to_owned()]).await;
    let other = HostileRelay::start().await;
    let only = HostileRelay::start().await;
    add_relay(world.db(), &settings(other.port)).await;
    let mut narrow = settings(only.port);
    narrow.from_allowed = vec!["boss@example.org".to_owned()];
    add_relay(world.db(), &narrow).await;
    for relay in [&world.relay, &other, &only] {
        relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(2)));
    }
    let list = world.people(600).await;
    let from_com = world.campaign_from("News@Example.com", &[list], &[]).await;
    let from_org = world.campaign_from("boss@example.org", &[list], &[]).await;
    let sender = world.send();
    world.until_state(from_com, "sent").await;
    world.until_state(from_org, "sent").await;
    sender.stop().await;
    assert!(world.relay.taken().iter().all(|mail| mail.from == "News@example.com"));
    assert!(only.taken().iter().all(|mail| mail.from == "boss@example.org"));
    for relay in [&world.relay, &other, &only] {
        assert!(relay.count() > 50, "each had its part");
    }
    assert_eq!(world.relay.count() + other.count() + only.count(), 1200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_campaigns_go_out_side_by_side() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(1)));
    let list = world.people(1000).await;
    let first = world.campaign_from("first@example.com", &[list], &[]).await;
    let second = world.campaign_from("second@example.com", &[list], &[]).await;
    let sender = world.send();
    world.until_state(first, "sent").await;
    world.until_state(second, "sent").await;
    sender.stop().await;
    let taken = world.relay.taken();
    let early = taken[..1000].iter().filter(|mail| mail.from.starts_with("second")).count();
    assert!((300..700).contains(&early), "the second had {early} of the first 1000");
}
