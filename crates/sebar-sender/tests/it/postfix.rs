//! Through a real Postfix, to a next hop that is ours.

use std::time::Duration;

use sebar_domain::Phase;
use sebar_store::relays;
use sebar_testkit::{Act, HostileRelay, Postfix};

use crate::world::{World, add_relay, settings};

/// Says why a test of Postfix does nothing here.
fn is_missing() -> bool {
    let missing = !Postfix::is_there();
    if missing {
        println!("SKIPPED: Postfix is not installed, or we are not root");
    }
    missing
}

/// The relay of the world is switched off: all goes over Postfix.
async fn over(world: &World, postfix: &Postfix) {
    let mut tx = world.db().begin().await.unwrap();
    relays::set_enabled(&mut tx, world.relay_id, false).await.unwrap();
    tx.commit().await.unwrap();
    let mut settings = settings(postfix.port);
    settings.connections = 8;
    add_relay(world.db(), &settings).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postfix_takes_each_message_once_and_finds_nothing_to_object_to() {
    if is_missing() {
        return;
    }
    let world = World::new().await;
    let next_hop = HostileRelay::start().await;
    let postfix = Postfix::start(next_hop.port, "").await.unwrap();
    over(&world, &postfix).await;
    let list = world.people(500).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    world.until(|| async { next_hop.count() == 500 }).await;
    let each_once = next_hop.by_recipient();
    assert!(each_once.len() == 500 && each_once.values().all(|n| *n == 1));
    let answer = "SELECT min(reply_code) || ' ' || min(enhanced_code) || ' ' || left(min(reply), 10)
                    FROM messages WHERE campaign_id = $1";
    assert_eq!(world.text(answer, campaign.0).await, "250 2.0.0 Ok: queued");
    let log = postfix.log();
    let smtpd = log.lines().filter(|line| line.contains("postfix/smtpd"));
    // That was who asked whether it listens already.
    let smtpd: Vec<&str> = smtpd.filter(|line| !line.contains("lost connection after CONNECT")).collect();
    assert!(smtpd.iter().any(|line| line.contains("disconnect from")), "{log}");
    for word in ["improper command pipelining", "warning: ", "lost connection", "NOQUEUE", "too many errors"]
    {
        assert!(!smtpd.iter().any(|line| line.contains(word)), "{word}: {log}");
    }
    let mail = &next_hop.taken()[0].data;
    let mail = String::from_utf8_lossy(mail);
    assert!(mail.contains("by relay.test (Postfix)") && mail.contains("List-Unsubscribe-Post"), "{mail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postfix_refuses_is_the_recipients_fault_or_ours_as_it_says() {
    if is_missing() {
        return;
    }
    let world = World::new().await;
    let next_hop = HostileRelay::start().await;
    next_hop.on(Phase::Rcpt, "", Act::Wait(Duration::ZERO));
    let checks = "smtpd_recipient_restrictions = check_recipient_access inline:{\
                  {p1@example.com = 550 5.1.1 No such user}, {p2@example.com = 450 4.2.0 Greylisted, see you later},\
                  {p3@example.com = 552 5.2.2 Mailbox full}}, permit\nmessage_size_limit = 20000\n\
                  smtpd_client_message_rate_limit = 0\n";
    let postfix = Postfix::start(next_hop.port, checks).await.unwrap();
    over(&world, &postfix).await;
    let list = world.people(30).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until(|| async { world.states(campaign).await.get("sent") == Some(&27) }).await;
    world.until(|| async { world.states(campaign).await.get("failed") == Some(&2) }).await;
    sender.stop().await;
    let why = "SELECT string_agg(split_part(recipient, '@', 1) || ' ' || state || ' ' || reason, ', ' ORDER BY recipient)
                 FROM messages WHERE campaign_id = $1 AND state <> 'sent'";
    assert_eq!(
        world.text(why, campaign.0).await,
        "p1 failed recipient_unknown, p2 queued try_later, p3 failed mailbox_full"
    );
}
