use std::time::{Duration, Instant};

use sebar_domain::Phase;
use sebar_store::campaigns;
use sebar_testkit::Act;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_test_mail_overtakes_a_running_campaign_and_counts_nowhere() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "", Act::Wait(Duration::from_millis(5)));
    let list = world.people(2000).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.relay.count() > 50 }).await;

    let content = world.content("test@example.com").await;
    let to = ["me@example.org".parse().unwrap()];
    let merge = serde_json::json!({"name": "Saya", "city": "Depok"});
    let mut tx = world.db().begin().await.unwrap();
    let ids = campaigns::queue_tests(&mut tx, campaign, content, &to, &merge).await.unwrap();
    tx.commit().await.unwrap();
    let start = Instant::now();
    world.until(|| async { world.relay.by_recipient().contains_key("me@example.org") }).await;
    assert!(start.elapsed() < Duration::from_secs(1), "after {:?}", start.elapsed());
    assert!(world.relay.count() < 2000, "the campaign was still running");

    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["sent"], 2000);
    assert_eq!(world.text("SELECT state FROM messages WHERE id = $1", ids[0].0).await, "sent");
    let taken = world.relay.taken();
    let mail = taken.iter().find(|mail| mail.to == "me@example.org").unwrap();
    assert!(
        String::from_utf8_lossy(&mail.data).contains("List-Unsubscribe-Post"),
        "it is as the real ones will be"
    );
}
