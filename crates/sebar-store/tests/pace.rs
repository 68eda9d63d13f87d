//! Limits of relays, reserved by several senders at once.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::time::{Duration, Instant};

use sebar_domain::id::RelayId;
use sebar_domain::{Authentication, Security, WarmUp};
use sebar_store::keys::MasterKey;
use sebar_store::pace::{self, Slots, Usage};
use sebar_store::relays::{self, RelaySettings};
use sebar_testkit::TestDatabase;
use sqlx::PgPool;

async fn relay(db: &PgPool, change: impl FnOnce(&mut RelaySettings)) -> RelayId {
    let mut settings = RelaySettings {
        name: "relay".to_owned(),
        preset: "custom".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: 25,
        security: Security::None,
        authentication: Authentication::None,
        username: String::new(),
        ca_pem: None,
        from_allowed: Vec::new(),
        per_second: None,
        per_minute: None,
        per_hour: None,
        per_day: None,
        connections: 4,
        per_connection: relays::PER_CONNECTION,
        warm_up: None,
    };
    change(&mut settings);
    let mut connection = db.acquire().await.unwrap();
    relays::create(&mut connection, &MasterKey::new([1; 32]), &settings, None).await.unwrap()
}

async fn reserve(db: &PgPool, relay: RelayId, wanted: u32) -> Slots {
    let mut tx = db.begin().await.unwrap();
    let slots = pace::reserve(&mut tx, relay, wanted).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    slots
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_together_never_exceed_the_rate_in_any_second_and_use_it() {
    let database = TestDatabase::new().await;
    let relay = relay(&database.pool, |of| of.per_second = Some(200.0)).await;
    let before = Instant::now();
    // Two seconds' worth, in which the senders begin: no slot passes because they are not there yet.
    let first = reserve(&database.pool, relay, 400).await.granted;
    let after_first = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for wanted in [7, 20, 100] {
        let db = database.pool.clone();
        senders.spawn(async move {
            let mut slots = 0;
            while slots < 400 {
                slots += reserve(&db, relay, wanted).await.granted;
            }
            slots
        });
    }
    let all = first + senders.join_all().await.into_iter().sum::<u32>();
    // The next slot tells where the last one ended: logic, not the clock of a busy machine.
    let next = reserve(&database.pool, relay, 1).await;
    let used = |since: Instant| f64::from(all) / (since.elapsed() + next.first_in).as_secs_f64() / 200.0;
    assert!(used(before) < 0.975, "used {}", used(before));
    assert!(used(after_first) > 0.90, "used {}", used(after_first));
    assert!(next.interval > Duration::from_millis(5), "slots are further apart than 1/200 s");
}

#[tokio::test]
async fn slots_follow_each_other_without_overlap_and_idle_time_is_not_saved_up() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let relay = relay(db, |of| of.per_second = Some(10.0)).await;
    let first = reserve(db, relay, 5).await;
    let second = reserve(db, relay, 5).await;
    assert!(first.first_in < Duration::from_millis(50), "the first may go at once");
    let gap = second.first_in.as_secs_f64() - first.at(4).as_secs_f64();
    assert!((0.0..=0.104).contains(&gap), "the second begins one interval after the first ends: {gap}");
    sqlx::query("UPDATE relays SET next_slot = now() - interval '1 hour'").execute(db).await.unwrap();
    let third = reserve(db, relay, 5).await;
    assert!(third.at(4) > Duration::from_millis(400), "no burst after an hour of silence");
}

#[tokio::test]
async fn a_quota_is_granted_to_the_last_message_and_reopens_when_its_window_has_passed() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let relay = relay(db, |of| (of.per_hour, of.per_day) = (Some(100), Some(150))).await;
    assert_eq!(reserve(db, relay, 80).await.granted, 80);
    let last = reserve(db, relay, 80).await;
    assert_eq!((last.granted, last.interval), (20, Duration::ZERO));
    let opens_in = |slots: Slots| (slots.parked_until.unwrap() - chrono::Utc::now()).num_minutes();
    assert!((59..=61).contains(&opens_in(last)), "{}", opens_in(last));
    assert_eq!(reserve(db, relay, 1).await.granted, 0);
    assert_eq!(pace::usage(db, relay).await.unwrap(), Usage { hour: 100, day: 100 });

    let age = "UPDATE relay_usage SET minute = minute - $1 * interval '1 minute'";
    sqlx::query(age).bind(59).execute(db).await.unwrap();
    assert_eq!(reserve(db, relay, 1).await.granted, 0, "the minute has not wholly left the hour");
    sqlx::query(age).bind(2).execute(db).await.unwrap();
    let day = reserve(db, relay, 80).await;
    assert_eq!(day.granted, 50, "what is left of the day");
    assert!((22 * 60..23 * 60 + 1).contains(&opens_in(day)), "{}", opens_in(day));
    sqlx::query(age).bind(24 * 60 + 1).execute(db).await.unwrap();
    assert_eq!(reserve(db, relay, 1000).await.granted, 100);
    sqlx::query(age).bind(25 * 60 + 1).execute(db).await.unwrap();
    pace::forget_old(db).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM relay_usage").fetch_one(db).await.unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_together_never_exceed_a_minutes_limit_wherever_the_minute_begins_and_use_it() {
    let database = TestDatabase::new().await;
    let relay = relay(&database.pool, |of| of.per_minute = Some(300)).await;
    let mut senders = tokio::task::JoinSet::new();
    for wanted in [1, 7, 50] {
        let db = database.pool.clone();
        senders.spawn(async move {
            let mut times = Vec::new();
            while times.len() < 400 {
                let asked_at = Instant::now();
                let slots = reserve(&db, relay, wanted).await;
                times.extend((0..slots.granted).map(|n| asked_at + slots.at(n)));
            }
            times
        });
    }
    let mut times: Vec<Instant> = senders.join_all().await.into_iter().flatten().collect();
    times.sort();
    let minute = Duration::from_secs(60);
    let within = |from: usize| times[from..].iter().take_while(|at| **at - times[from] < minute).count();
    let most = (0..times.len()).map(within).max().unwrap();
    assert!((285..=300).contains(&most), "{most} messages in a minute");
}

#[tokio::test]
async fn a_limit_for_a_second_holds_beside_one_for_a_minute() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    for (per_minute, longer_than, why) in [
        (600, 500, "2 a second is less than 600 a minute"),
        (60, 1000, "60 a minute is less than 2 a second"),
    ] {
        let change = |of: &mut RelaySettings| {
            of.name = format!("{per_minute} a minute");
            (of.per_second, of.per_minute) = (Some(2.0), Some(per_minute));
        };
        let relay = relay(db, change).await;
        assert!(reserve(db, relay, 3).await.interval > Duration::from_millis(longer_than), "{why}");
    }
}

#[tokio::test]
async fn a_warm_up_lets_through_what_its_day_allows_and_ends_at_its_cap() {
    let database = TestDatabase::new().await;
    let db = &database.pool;
    let since = chrono::Utc::now();
    let plan = WarmUp { start: 10, growth: 100.0, cap: 50, since };
    let relay = relay(db, |of| of.warm_up = Some(plan)).await;
    assert!(relays::get(db, relay).await.unwrap().unwrap().settings.is_paced());
    let first = reserve(db, relay, 30).await;
    assert_eq!(first.granted, 10);
    let parked = relays::get(db, relay).await.unwrap().unwrap().parked_until;
    assert_eq!(parked, first.parked_until, "everybody can see it");
    assert!(parked.is_some());
    // A day later: twice as many in 24 hours, of which 10 still count.
    for (age, granted) in [(1, 10), (2, 20), (30, 1000)] {
        sqlx::query("UPDATE relays SET warmup_since = now() - $1 * interval '1 day 1 minute'")
            .bind(age)
            .execute(db)
            .await
            .unwrap();
        assert_eq!(reserve(db, relay, 1000).await.granted, granted, "after {age} days");
    }
}
