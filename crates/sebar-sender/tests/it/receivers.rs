//! The rules for recipients' domains, and relays that ask to slow down.

use std::time::{Duration, Instant};

use sebar_domain::id::{DomainRuleId, ListId};
use sebar_domain::{DomainRule, Phase};
use sebar_store::{domain_rules, relays};
use sebar_testkit::{Act, Taken};

use crate::world::{World, settings};

async fn rule(world: &World, domain: &str, connections: Option<u32>, per_second: Option<f64>) {
    let domains = vec![domain.to_owned()];
    let rule =
        DomainRule { id: DomainRuleId::new(), name: domain.to_owned(), domains, connections, per_second };
    let mut tx = world.db().begin().await.unwrap();
    domain_rules::save(&mut tx, &rule).await.unwrap();
    tx.commit().await.unwrap();
}

/// People of another domain join a list.
async fn others(world: &World, list: ListId, n: i32) {
    sqlx::query(
        "WITH new AS (INSERT INTO contacts (id, email, name, attributes)
              SELECT gen_random_uuid(), 'o' || i || '@elsewhere.example', 'Other', '{\"city\": \"Bogor\"}'
                FROM generate_series(1, $2) i RETURNING id)
         INSERT INTO list_members (list_id, contact_id) SELECT $1, id FROM new",
    )
    .bind(list.0)
    .bind(n)
    .execute(world.db())
    .await
    .unwrap();
}

fn times(taken: &[Taken], domain: &str) -> Vec<Instant> {
    let mut times: Vec<Instant> =
        taken.iter().filter(|mail| mail.to.ends_with(domain)).map(|mail| mail.at).collect();
    times.sort_unstable();
    times
}

/// The most that came within any span of this length.
fn most_within(times: &[Instant], span: Duration) -> usize {
    (0..times.len())
        .map(|i| times[i..].iter().take_while(|at| **at - times[i] < span).count())
        .max()
        .unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_of_a_domain_holds_across_senders_is_used_and_holds_up_nobody_else() {
    let world = World::new().await;
    rule(&world, "example.*", None, Some(40.0)).await;
    let list = world.people(160).await;
    others(&world, list, 400).await;
    let campaign = world.campaign(&[list], &[]).await;
    let senders = [world.send(), world.send()];
    world.until(|| async { times(&world.relay.taken(), "@elsewhere.example").len() == 400 }).await;
    let limited = times(&world.relay.taken(), "@example.com").len();
    assert!(limited < 120, "the others are not held up: {limited}");
    world.until_state(campaign, "sent").await;
    for sender in senders {
        sender.stop().await;
    }
    let times = times(&world.relay.taken(), "@example.com");
    assert_eq!(times.len(), 160);
    assert!(
        most_within(&times, Duration::from_secs(1)) <= 40,
        "{}",
        most_within(&times, Duration::from_secs(1))
    );
    let took = *times.last().unwrap() - times[0];
    // How much of it is used, the benchmark measures (`limits --by-domain`).
    assert!(took < Duration::from_secs(20), "160 at 40 a second: {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_messages_to_a_domain_are_under_way_and_no_more() {
    const EACH: Duration = Duration::from_millis(60);
    let world = World::with_relay(|relay| relay.connections = 8).await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(EACH));
    rule(&world, "example.com", Some(2), None).await;
    let list = world.people(40).await;
    others(&world, list, 60).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let taken = world.relay.taken();
    let times_of = times(&taken, "@example.com");
    assert_eq!((times_of.len(), taken.len()), (40, 100));
    // Each takes 60 ms: three of them at once would end within less.
    assert!(most_within(&times_of, EACH / 2) <= 2, "{}", most_within(&times_of, EACH / 2));
    let took = *times_of.last().unwrap() - times_of[0];
    assert!(took >= EACH * 18 && took < EACH * 60, "two at a time, without gaps: {took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_asks_is_slowed_down_and_gets_faster_again() {
    let world = World::new().await;
    world.relay.on_times(Phase::EndOfData, "", Act::Wait(Duration::from_millis(5)), 400);
    world.relay.on_times(Phase::Rcpt, "p9", Act::Say("451 4.7.1 Too many messages, slow down"), 1);
    let list = world.people(900).await;
    world.campaign(&[list], &[]).await;
    let sender = world.send();
    let relay = async || relays::get(world.db(), world.relay_id).await.unwrap().unwrap();
    world.until(|| async { relay().await.slowed.is_some() }).await;
    let slowed = relay().await.slowed.unwrap();
    assert!((slowed.rate * 2.0 - slowed.from).abs() < 0.01, "half of what it took: {slowed:?}");
    assert_eq!(relay().await.rate(), Some(slowed.rate));
    assert!(relay().await.pause.is_none(), "it does not rest");

    // Ten seconds without a plea, and it is given a quarter more.
    let wait = "UPDATE relays SET slowed_at = now() - interval '11 seconds'";
    let mut before = slowed.rate;
    for _ in 0..3 {
        sqlx::query(wait).execute(world.db()).await.unwrap();
        world.until(|| async { relay().await.slowed.is_some_and(|slowed| slowed.rate > before) }).await;
        let now = relay().await.slowed.unwrap();
        assert!((now.rate / before - 1.25).abs() < 0.01, "{now:?}");
        before = now.rate;
    }
    sqlx::query(wait).execute(world.db()).await.unwrap();
    world.until(|| async { relay().await.slowed.is_none() }).await;
    sender.stop().await;
    assert_eq!(settings(1).per_second, None, "by its settings it knows no limit");
}
