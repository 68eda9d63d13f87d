//! What becomes of messages of which nobody knows whether the relay took them, and of those that
//! somebody sends anew.

use chrono::Utc;
use sebar_domain::{Phase, Policy};
use sebar_store::settings::{self, Rules};
use sebar_store::{campaigns, recount};
use sebar_testkit::Act;

use crate::world::World;

const LATER: &str =
    "SELECT count(*)::text FROM queue WHERE campaign_id = $1 AND sender_id IS NULL AND due_at > now()";

#[tokio::test(flavor = "multi_thread")]
async fn at_least_once_sends_it_again_under_the_same_message_id() {
    let world = World::new().await;
    let rules = Rules { campaigns: Policy::AtLeastOnce, ..Rules::default() };
    settings::set_rules(world.db(), &rules).await.unwrap();
    world.relay.on_times(Phase::EndOfData, "p2@", Act::TakeAndDrop, 1);
    world.relay.on_times(Phase::EndOfData, "p3@", Act::Drop, 1);
    let list = world.people(40).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.text(LATER, campaign.0).await == "2" }).await;
    sqlx::query("UPDATE queue SET due_at = now()").execute(world.db()).await.unwrap();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["sent"], 40);
    let taken = world.relay.by_recipient();
    assert_eq!((taken["p2@example.com"], taken["p3@example.com"]), (2, 1), "nobody goes without it");
    let ids: Vec<_> = world
        .relay
        .taken()
        .iter()
        .filter(|mail| mail.to == "p2@example.com")
        .map(|mail| {
            let text = String::from_utf8_lossy(&mail.data).into_owned();
            text.lines().find(|line| line.starts_with("Message-ID:")).map(ToOwned::to_owned)
        })
        .collect();
    assert!(ids[0].is_some() && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_least_once_sends_again_what_a_killed_sender_had_begun() {
    let world = World::new().await;
    let rules = Rules { campaigns: Policy::AtLeastOnce, ..Rules::default() };
    settings::set_rules(world.db(), &rules).await.unwrap();
    world.relay.on(Phase::EndOfData, "", Act::Wait(std::time::Duration::from_millis(10)));
    let list = world.people(300).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send_until_killed();
    world.until(|| async { world.relay.count() > 100 }).await;
    sender.kill();
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["sent"], 300);
    let taken = world.relay.by_recipient();
    assert_eq!(taken.len(), 300, "nobody goes without it");
    let twice = taken.values().filter(|count| **count > 1).count();
    assert!(twice <= 4, "{twice}: no more than were being sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_and_what_is_in_doubt_goes_out_when_it_is_sent_anew() {
    let world = World::new().await;
    world.relay.on_times(Phase::Rcpt, "p1@", Act::Say("550 5.7.1 Not today"), 1);
    world.relay.on_times(Phase::EndOfData, "p2@", Act::Drop, 1);
    let list = world.people(20).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    let states = world.states(campaign).await;
    assert_eq!((states["failed"], states["in_doubt"]), (1, 1), "{states:?}");
    for (trouble, n) in [("failed", 1), ("in_doubt", 1)] {
        let mut tx = world.db().begin().await.unwrap();
        assert_eq!(campaigns::resend(&mut tx, campaign, trouble, Utc::now(), 100).await.unwrap(), n);
        tx.commit().await.unwrap();
        world.until_state(campaign, "sent").await;
    }
    sender.stop().await;
    assert_eq!(world.states(campaign).await["sent"], 20);
    assert_eq!(recount::recount(world.db()).await.unwrap().differences, []);
    // A recount finds what is wrong.
    sqlx::query("UPDATE campaign_counts SET sent = sent - 1").execute(world.db()).await.unwrap();
    sqlx::query("INSERT INTO queue (message_id) SELECT id FROM messages LIMIT 1")
        .execute(world.db())
        .await
        .unwrap();
    let wrong = recount::recount(world.db()).await.unwrap().differences;
    let told: Vec<_> = wrong.iter().map(|wrong| (wrong.what.as_str(), wrong.kept, wrong.counted)).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[2].0.ends_with(", sent") && (told[2].1, told[2].2) == (19, 20), "{told:?}");
    world.assert_each_once(20);
    let attempts = "SELECT string_agg(a.outcome, ' ' ORDER BY a.n) FROM attempts a JOIN messages m ON m.id = a.message_id
                     WHERE m.campaign_id = $1 AND m.recipient = 'p2@example.com'";
    assert_eq!(world.text(attempts, campaign.0).await, "in_doubt sent", "what was before stays on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_that_is_blocked_by_policy_pauses_itself_and_says_why() {
    let world = World::new().await;
    world.relay.on(Phase::Rcpt, "5@", Act::Say("550 5.7.1 Service unavailable, you are listed"));
    let list = world.people(600).await;
    let campaign = world.campaign(&[list], &[]).await;
    let rules = Rules { block_percent: Some(8), ..Rules::default() };
    settings::set_rules(world.db(), &rules).await.unwrap();
    let sender = world.send();
    world.until_state(campaign, "paused").await;
    let why = campaigns::paused_why(world.db(), campaign).await.unwrap().unwrap();
    assert!(why.blocked * 100 >= 8 * why.of && why.answer.contains("you are listed"), "{why:?}");
    // Without the rule it goes on.
    let rules = Rules { block_percent: None, ..Rules::default() };
    settings::set_rules(world.db(), &rules).await.unwrap();
    world.set_state(campaign, sebar_domain::CampaignState::Sending).await;
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(campaigns::paused_why(world.db(), campaign).await.unwrap(), None);
    let states = world.states(campaign).await;
    assert_eq!((states["sent"], states["failed"]), (540, 60), "{states:?}");
}

#[tokio::test]
async fn months_that_are_over_long_ago_are_dropped_unless_something_in_them_waits() {
    let world = World::new().await;
    let months = || async {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT relname FROM pg_class WHERE relname ~ '^(messages|attempts|message_events|emails|email_tags)_20[0-9]{2}_[0-9]{2}$'",
        )
        .fetch_all(world.db())
        .await
        .unwrap();
        names.len()
    };
    let now = months().await;
    sqlx::query("SELECT make_partitions(now() - interval '5 months', 0)").execute(world.db()).await.unwrap();
    assert_eq!(months().await, now + 20, "four months more, of five tables");
    sqlx::query("INSERT INTO queue (message_id) VALUES (uuid_floor(now() - interval '4 months'))")
        .execute(world.db())
        .await
        .unwrap();
    let dropped = sebar_store::partitions::drop_older(world.db(), 1).await.unwrap();
    assert_eq!(dropped, 5, "only the month before the one in which something waits");
    sqlx::query("DELETE FROM queue").execute(world.db()).await.unwrap();
    sebar_store::partitions::drop_older(world.db(), 1).await.unwrap();
    assert_eq!(months().await, now, "last month and those to come stay");
}
