//! Pools: which relay carries which mail, and who steps in.

use std::time::{Duration, Instant};

use sebar_domain::id::{PoolId, RelayId};
use sebar_domain::{Member, Phase, Stream};
use sebar_store::routing::{self, PoolSettings};
use sebar_store::{campaigns, relays};
use sebar_testkit::{Act, HostileRelay};

use crate::world::{World, add_relay, settings};

async fn pool(world: &World, by_weight: bool, members: &[(RelayId, u8, u8)]) -> PoolId {
    let member = |&(relay, rank, weight): &(RelayId, u8, u8)| Member { relay, rank, weight };
    let members = members.iter().map(member).collect();
    let settings = PoolSettings { name: format!("Pool {}", PoolId::new()), by_weight, members };
    let mut tx = world.db().begin().await.unwrap();
    let id = routing::create_pool(&mut tx, &settings).await.unwrap();
    tx.commit().await.unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_rank_carries_until_it_fails_and_others_are_left_alone() {
    let mut world = World::new().await;
    let [second, third, outside] =
        [HostileRelay::start().await, HostileRelay::start().await, HostileRelay::start().await];
    let mut ids = Vec::new();
    for relay in [&second, &third, &outside] {
        ids.push(add_relay(world.db(), &settings(relay.port)).await);
    }
    let pool = pool(&world, false, &[(world.relay_id, 1, 1), (ids[0], 2, 1), (ids[1], 3, 1)]).await;
    let list = world.people(60).await;
    let first = world.campaign_over(pool, list).await;
    let sender = world.send();
    world.until_state(first, "sent").await;
    assert_eq!((world.relay.count(), second.count(), third.count(), outside.count()), (60, 0, 0, 0));

    world.relay.down();
    let again = world.campaign_over(pool, list).await;
    world.until_state(again, "sent").await;
    assert_eq!((world.relay.count(), second.count(), third.count(), outside.count()), (60, 60, 0, 0));

    // Mail that no pool concerns goes over any relay that works.
    let free = world.campaign(&[list], &[]).await;
    world.until_state(free, "sent").await;
    assert_eq!(second.count() + third.count() + outside.count(), 120);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_share_a_campaign_by_their_weights() {
    let world = World::new().await;
    let other = HostileRelay::start().await;
    let id = add_relay(world.db(), &settings(other.port)).await;
    // The one with the large share is the slower one.
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(2)));
    let pool = pool(&world, true, &[(world.relay_id, 1, 80), (id, 1, 20)]).await;
    let list = world.people(1000).await;
    let campaign = world.campaign_over(pool, list).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let took = world.relay.count();
    assert_eq!(took + other.count(), 1000);
    assert!((750..=850).contains(&took), "{took} of 1000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_its_relay_does_not_want_goes_over_the_next_one_and_only_this_one() {
    let world = World::new().await;
    let fallback = HostileRelay::start().await;
    let id = add_relay(world.db(), &settings(fallback.port)).await;
    let pool = pool(&world, false, &[(world.relay_id, 1, 1), (id, 2, 1)]).await;
    let too_big = Act::Say("552 5.3.4 Message size exceeds fixed limit of this server");
    for someone in ["p1@", "p2@", "p3@"] {
        world.relay.on(Phase::EndOfData, someone, too_big.clone());
    }
    // Nobody takes this one.
    fallback.on(Phase::EndOfData, "p3@", too_big);
    let list = world.people(40).await;
    let campaign = world.campaign_over(pool, list).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!((world.relay.count(), fallback.count()), (37, 2));
    let states = world.states(campaign).await;
    assert_eq!(states, [("failed".to_owned(), 1), ("sent".to_owned(), 39)].into());
    let why =
        "SELECT reason || ' after ' || attempts FROM messages WHERE campaign_id = $1 AND state = 'failed'";
    assert_eq!(world.text(why, campaign.0).await, "too_big after 2");
    assert_eq!(world.text("SELECT pause_reason::text FROM relays WHERE id = $1", world.relay_id.0).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_passes_on_nothing_for_us_rests_and_each_message_goes_over_the_other() {
    let world = World::new().await;
    world.relay.on(Phase::Rcpt, "", Act::Say("554 5.7.1 Relay access denied"));
    let other = HostileRelay::start().await;
    add_relay(world.db(), &settings(other.port)).await;
    let list = world.people(100).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!((world.relay.count(), other.count()), (0, 100));
    let rests = "SELECT pause_reason->>'kind' FROM relays WHERE id = $1";
    assert_eq!(world.text(rests, world.relay_id.0).await, "relaying_denied");
    let blamed = "SELECT count(*)::text FROM messages WHERE campaign_id = $1 AND state <> 'sent'";
    assert_eq!(world.text(blamed, campaign.0).await, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_relay_carries_what_a_used_up_quota_leaves() {
    let world = World::with_relay(|relay| relay.per_day = Some(25)).await;
    let other = HostileRelay::start().await;
    let id = add_relay(world.db(), &settings(other.port)).await;
    let pool = pool(&world, false, &[(world.relay_id, 1, 1), (id, 2, 1)]).await;
    let list = world.people(80).await;
    let campaign = world.campaign_over(pool, list).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!((world.relay.count(), other.count()), (25, 55));
    let relay = relays::get(world.db(), world.relay_id).await.unwrap().unwrap();
    let reopens = relay.parked_until.unwrap() - chrono::Utc::now();
    assert!((23..=24).contains(&reopens.num_hours()), "{reopens}");
    assert!(!relay.is_well(chrono::Utc::now()) && relay.is_usable(chrono::Utc::now()));
}

#[tokio::test(flavor = "multi_thread")]
async fn single_mail_goes_where_the_rules_lead_it() {
    let world = World::new().await;
    let [shop, tests] = [HostileRelay::start().await, HostileRelay::start().await];
    let shop_id = add_relay(world.db(), &settings(shop.port)).await;
    let tests_id = add_relay(world.db(), &settings(tests.port)).await;
    let shop_pool = pool(&world, false, &[(shop_id, 1, 1), (world.relay_id, 2, 1)]).await;
    let tests_pool = pool(&world, false, &[(tests_id, 1, 1)]).await;
    let mut tx = world.db().begin().await.unwrap();
    routing::add_route(&mut tx, None, Some("Shop.example"), shop_pool).await.unwrap();
    routing::add_route(&mut tx, Some(Stream::Test), None, tests_pool).await.unwrap();
    tx.commit().await.unwrap();

    let list = world.people(1).await;
    let campaign = world.campaign_from("a@shop.example", &[list], &[]).await;
    let test = async |from: &str, to: &str| {
        let content = world.content(from).await;
        let mut tx = world.db().begin().await.unwrap();
        let to = [to.parse().unwrap()];
        let merge = serde_json::json!({"name": "Saya", "city": "Depok"});
        campaigns::queue_tests(&mut tx, campaign, content, &to, &merge).await.unwrap();
        tx.commit().await.unwrap();
    };
    let sender = world.send();
    test("a@shop.example", "one@example.org").await;
    test("a@news.example", "two@example.org").await;
    world.until(|| async { shop.count() == 2 && tests.count() == 1 }).await;
    assert!(tests.by_recipient().contains_key("two@example.org"), "the domain tells more than the stream");

    // The shop's relay fails: what stands by takes its mail, nobody else.
    shop.on(Phase::Greeting, "", Act::Say("554 5.7.1 Your host is blocked"));
    shop.on(Phase::Mail, "", Act::Say("421 4.3.2 Service not available"));
    test("a@shop.example", "three@example.org").await;
    let began = Instant::now();
    world.until(|| async { world.relay.by_recipient().contains_key("three@example.org") }).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    sender.stop().await;
    assert_eq!((world.relay.count(), shop.count(), tests.count()), (1, 2, 1));
}
