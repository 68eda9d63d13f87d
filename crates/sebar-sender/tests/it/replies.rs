use sebar_domain::Phase;
use sebar_testkit::Act;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_refusal_is_tried_again_later_and_then_succeeds() {
    let world = World::new().await;
    world.relay.on_times(Phase::Rcpt, "p7@", Act::Say("451 4.7.1 Greylisted, come back"), 1);
    let list = world.people(20).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.relay.count() == 19 }).await;
    world
        .until(|| async {
            let due = "SELECT CASE WHEN due_at > now() + interval '40 seconds' THEN reason END
                         FROM messages WHERE campaign_id = $1 AND state = 'queued'";
            let reason: Option<Option<String>> =
                sqlx::query_scalar(due).bind(campaign.0).fetch_optional(world.db()).await.unwrap();
            reason.flatten().as_deref() == Some("try_later")
        })
        .await;
    assert_eq!(world.state_of(campaign).await, "sending", "one is still to come");
    sqlx::query("UPDATE queue SET due_at = now()").execute(world.db()).await.unwrap();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.assert_each_once(20);
    let attempts = "SELECT string_agg(a.n || ' ' || a.outcome || ' ' || a.reply_code, ', ' ORDER BY a.n)
                      FROM attempts a JOIN messages m ON m.id = a.message_id
                     WHERE m.campaign_id = $1 AND m.recipient LIKE 'p7@%'";
    assert_eq!(world.text(attempts, campaign.0).await, "1 retry 451, 2 sent 250");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_final_refusal_fails_the_message_with_a_reason_and_no_other() {
    let world = World::new().await;
    world.relay.on(Phase::Rcpt, "p3@", Act::Say("550 5.1.1 No such user"));
    world.relay.on(Phase::Rcpt, "p4@", Act::Say("552 5.2.2 Mailbox full"));
    world.relay.on(Phase::EndOfData, "p5@", Act::Say("554 5.7.1 Looks like spam"));
    let list = world.people(50).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.relay.count(), 47);
    let failed = "SELECT string_agg(split_part(recipient, '@', 1) || ' ' || reason || ' ' || enhanced_code || ' ' || reply,
                                    '; ' ORDER BY recipient)
                    FROM messages WHERE campaign_id = $1 AND state = 'failed'";
    assert_eq!(
        world.text(failed, campaign.0).await,
        "p3 recipient_unknown 5.1.1 No such user; p4 mailbox_full 5.2.2 Mailbox full; \
         p5 content_refused 5.7.1 Looks like spam"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_recipient_lacks_a_value_fails_alone_and_says_which() {
    let world = World::new().await;
    let list = world.people(10).await;
    sqlx::query("UPDATE contacts SET attributes = '{}' WHERE email = 'p5@example.com'")
        .execute(world.db())
        .await
        .unwrap();
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.relay.count(), 9);
    let failed = "SELECT reason || ': ' || reply FROM messages WHERE campaign_id = $1 AND state = 'failed'";
    let why = world.text(failed, campaign.0).await;
    assert!(why.starts_with("content_fault: ") && why.contains("city"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_relay_took_without_saying_so_is_in_doubt_and_not_sent_again() {
    let world = World::new().await;
    world.relay.on(Phase::EndOfData, "p2@", Act::TakeAndDrop);
    world.relay.on(Phase::EndOfData, "p3@", Act::Drop);
    let list = world.people(40).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await["in_doubt"], 2);
    assert_eq!(world.relay.by_recipient()["p2@example.com"], 1);
    assert_eq!(world.relay.count(), 39);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_tried_for_too_long_expires() {
    let world = World::new().await;
    world.relay.on(Phase::Rcpt, "p1@", Act::Say("450 4.2.1 Not now"));
    let list = world.people(1).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    let retried = "SELECT count(*)::text FROM attempts WHERE $1 IS NOT NULL";
    world.until(|| async { world.text(retried, campaign.0).await == "1" }).await;
    sqlx::query("UPDATE attempts SET started_at = now() - interval '3 days'")
        .execute(world.db())
        .await
        .unwrap();
    sqlx::query("UPDATE queue SET due_at = now()").execute(world.db()).await.unwrap();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let reason = "SELECT reason || ' ' || reply FROM messages WHERE campaign_id = $1";
    assert_eq!(world.text(reason, campaign.0).await, "expired Not now");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_announces_too_small_a_size_is_given_nothing_of_the_message() {
    let world = World::new().await;
    world.relay.on(Phase::Ehlo, "", Act::Say("250-hostile.example\r\n250-PIPELINING\r\n250 SIZE 200"));
    let list = world.people(3).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.relay.count(), 0);
    let failed =
        "SELECT string_agg(DISTINCT state || ' ' || reason, ', ') FROM messages WHERE campaign_id = $1";
    assert_eq!(world.text(failed, campaign.0).await, "failed too_big");
    let paused = "SELECT coalesce(pause_reason::text, '') FROM relays WHERE id = $1";
    assert_eq!(world.text(paused, world.relay_id.0).await, "", "the relay goes on with others");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_beyond_ascii_goes_only_where_it_is_welcome() {
    for (offers, outcome, taken) in [("250 SMTPUTF8", "sent -", 1), ("250 HELP", "failed address_invalid", 0)]
    {
        let world = World::new().await;
        let hello = if offers == "250 HELP" {
            "250-hostile.example\r\n250 HELP"
        } else {
            "250-hostile.example\r\n250-8BITMIME\r\n250 SMTPUTF8"
        };
        world.relay.on(Phase::Ehlo, "", Act::Say(hello));
        let list = world.people(1).await;
        sqlx::query("UPDATE contacts SET email = 'wú@example.com'").execute(world.db()).await.unwrap();
        let campaign = world.campaign(&[list], &[]).await;
        let sender = world.send();
        world.until_state(campaign, "sent").await;
        sender.stop().await;
        let outcomes = "SELECT string_agg(state || ' ' || coalesce(reason, '-'), ', ') FROM messages WHERE campaign_id = $1";
        assert_eq!(world.text(outcomes, campaign.0).await, outcome);
        assert_eq!(world.relay.count(), taken);
    }
}
