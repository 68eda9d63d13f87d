use std::time::Duration;

use sebar_domain::Phase;
use sebar_testkit::Act;

use crate::world::World;

const CONNECTIONS: i64 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_senders_successor_goes_on_at_once_and_only_open_conversations_are_in_doubt() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(10)));
    let list = world.people(400).await;
    let campaign = world.campaign(&[list], &[]).await;
    let mut kills = 0;
    for taken in [50, 150, 250] {
        let sender = world.send_until_killed();
        world.until(|| async { world.relay.count() > taken }).await;
        sender.kill();
        kills += 1;
    }
    // Sooner than any lease would have run out: the world's patience ends before.
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;

    let states = world.states(campaign).await;
    let in_doubt = states.get("in_doubt").copied().unwrap_or_default();
    assert_eq!(states["sent"] + in_doubt, 400, "{states:?}");
    assert!(in_doubt <= CONNECTIONS * kills, "{states:?}");
    let taken = world.relay.by_recipient();
    assert!(taken.values().all(|count| *count == 1), "nobody got it twice");
    let missing = 400 - i64::try_from(taken.len()).unwrap();
    assert!(missing <= in_doubt, "{missing} did not arrive, {in_doubt} are in doubt");
    let doubts = "SELECT count(*)::text FROM attempts a JOIN messages m ON m.id = a.message_id
                   WHERE m.campaign_id = $1 AND m.state = 'in_doubt' AND a.outcome = 'in_doubt'";
    assert_eq!(world.text(doubts, campaign.0).await, in_doubt.to_string(), "each shows its attempt");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_takes_over_what_a_killed_sender_held() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(10)));
    let list = world.people(300).await;
    let campaign = world.campaign(&[list], &[]).await;
    let (one, neighbour) = (world.send_until_killed(), world.send());
    world.until(|| async { world.relay.count() > 80 }).await;
    one.kill();
    world.until_state(campaign, "sent").await;
    neighbour.stop().await;
    let states = world.states(campaign).await;
    let in_doubt = states.get("in_doubt").copied().unwrap_or_default();
    assert!(in_doubt <= CONNECTIONS && states["sent"] + in_doubt == 300, "{states:?}");
    assert!(world.relay.by_recipient().values().all(|count| *count == 1), "nobody got it twice");
}
