//! What comes back: by the relay's refusal, and as real bounces of a real Postfix, by SMTP, IMAP and POP3.

use std::time::Duration;

use sebar_compose::{MessageIdKey, ReturnPath};
use sebar_domain::id::{CampaignId, MailboxId, MessageId};
use sebar_domain::{
    Address, BounceKind, MailProtocol, MailboxSettings, MatchedBy, Phase, Road, Security, SuppressionReason,
};
use sebar_intake::{Inbound, Limits};
use sebar_smtp::{Connection, Envelope, Target};
use sebar_store::keys::MasterKey;
use sebar_store::returned::{self, Bounce};
use sebar_store::settings::{self, Returns};
use sebar_store::{mailboxes, recount, relays, suppressions};
use sebar_testkit::{Act, Dovecot, HostileRelay, Postfix};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::{KEY, World, add_relay, settings as relay_settings};

const RETURN_PATH: &str = "bounces@returns.test";

async fn set_return_path(world: &World) -> ReturnPath {
    let base: Address = RETURN_PATH.parse().unwrap();
    let returns = Returns { return_path: Some(base.clone()), ..Returns::default() };
    settings::set_returns(world.db(), &returns).await.unwrap();
    ReturnPath::new(base, Some(&MasterKey::new(KEY).token_key()))
}

/// `sebar inbound`, and the port on which it listens.
struct Listening {
    port: u16,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Listening {
    async fn start(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inbound = Inbound {
            db: world.db().clone(),
            key: MasterKey::new(KEY),
            listener: Some(listener),
            limits: Limits::default(),
        };
        let stop = CancellationToken::new();
        let running = inbound.run(stop.clone());
        Self { port, stop, work: tokio::spawn(async move { running.await.unwrap() }) }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }
}

async fn message_to(world: &World, campaign: CampaignId, recipient: &str) -> MessageId {
    let id: uuid::Uuid =
        sqlx::query_scalar("SELECT id FROM messages WHERE campaign_id = $1 AND recipient = $2")
            .bind(campaign.0)
            .bind(recipient)
            .fetch_one(world.db())
            .await
            .unwrap();
    MessageId(id)
}

async fn reason(world: &World, email: &str) -> Option<SuppressionReason> {
    suppressions::get(world.db(), email).await.unwrap().map(|entry| entry.reason)
}

async fn of(world: &World, message: MessageId) -> Vec<Bounce> {
    returned::of_message(world.db(), message).await.unwrap()
}

/// Hands a mail to a server, as another server would.
async fn hand_over(port: u16, from: Option<&str>, to: &str, mail: &str) -> Result<u16, u16> {
    let target = Target::new("127.0.0.1", port, Security::None);
    let mut connection = Connection::connect(&target).await.unwrap();
    let from: Option<Address> = from.map(|from| from.parse().unwrap());
    let to: Address = to.parse().unwrap();
    let envelope = Envelope { mail_from: from.as_ref(), rcpt_to: &to };
    let answer = connection.send(&envelope, mail.replace('\n', "\r\n").as_bytes()).await;
    answer.map(|reply| reply.code).map_err(|error| error.reply().map_or(0, |reply| reply.code))
}

#[tokio::test]
async fn a_relays_refusal_has_the_same_consequences_as_a_bounce() {
    let world = World::new().await;
    world.relay.on(Phase::Rcpt, "p1@", Act::Say("550 5.1.1 No such user"));
    world.relay.on(Phase::Rcpt, "p2@", Act::Say("552 5.2.2 Mailbox full"));
    world.relay.on(Phase::EndOfData, "p3@", Act::Say("554 5.7.1 Looks like spam"));
    let path = set_return_path(&world).await;
    let list = world.people(5).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    for (to, kind) in [("p1", BounceKind::Hard), ("p2", BounceKind::Soft), ("p3", BounceKind::Blocked)] {
        let message = message_to(&world, campaign, &format!("{to}@example.com")).await;
        let found = of(&world, message).await;
        let [found] = &found[..] else { panic!("{to}: {found:?}") };
        assert_eq!((found.kind, found.road, found.trusted), (kind, Road::Relay, true));
        assert!(found.source.starts_with("relay "), "{}", found.source);
    }
    assert_eq!(reason(&world, "p1@example.com").await, Some(SuppressionReason::HardBounce));
    for other in ["p2", "p3", "p4"] {
        assert_eq!(reason(&world, &format!("{other}@example.com")).await, None, "{other}");
    }
    // Each message went out with a return path of its own.
    for taken in world.relay.taken() {
        let message = message_to(&world, campaign, &taken.to).await;
        assert_eq!(taken.from, path.of(message).as_str());
    }
    // The next campaign leaves out who is dead.
    let again = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(again, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(again).await.values().sum::<i64>(), 4);
}

#[tokio::test]
async fn a_domain_that_is_suppressed_after_planning_is_held_back_when_it_is_claimed() {
    let world = World::new().await;
    let enable = async |on| {
        let mut tx = world.db().begin().await.unwrap();
        relays::set_enabled(&mut tx, world.relay_id, on).await.unwrap();
        tx.commit().await.unwrap();
    };
    enable(false).await;
    let list = world.people(3).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    let planned = "SELECT count(*)::text FROM queue WHERE campaign_id = $1";
    world.until(|| async { world.text(planned, campaign.0).await == "3" }).await;
    let entry = suppressions::New {
        email: "@example.com".to_owned(),
        reason: SuppressionReason::Manual,
        note: String::new(),
        until: None,
    };
    let mut tx = world.db().begin().await.unwrap();
    suppressions::put(&mut tx, &[entry], "file", None).await.unwrap();
    tx.commit().await.unwrap();
    enable(true).await;
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    assert_eq!(world.states(campaign).await.get("suppressed"), Some(&3));
    assert_eq!(world.relay.count(), 0);
}

#[tokio::test]
async fn our_listener_takes_bounces_once_and_no_mail_for_others() {
    let world = World::new().await;
    let path = set_return_path(&world).await;
    let list = world.people(2).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let listening = Listening::start(&world).await;
    let message = message_to(&world, campaign, "p1@example.com").await;
    let to = path.of(message).as_str().to_uppercase();
    let bounce = "From: MAILER-DAEMON@mx.example\nTo: x@returns.test\nSubject: Undelivered Mail\n\
        Message-ID: <1@mx.example>\nMIME-Version: 1.0\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nNo such user.\n\
        --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
        Final-Recipient: rfc822; p1@example.com\nAction: failed\nStatus: 5.1.1\n\
        Diagnostic-Code: smtp; 550 5.1.1 No such user\n\n--b--\n";
    // The settings are read in a moment.
    world
        .until(|| async {
            hand_over(listening.port, None, "postmaster@returns.test", "Subject: Hi\n\nHi\n").await == Ok(250)
        })
        .await;
    for _ in 0..2 {
        assert_eq!(hand_over(listening.port, None, &to, bounce).await, Ok(250));
    }
    assert_eq!(of(&world, message).await.len(), 1, "twice is once");
    assert_eq!(reason(&world, "p1@example.com").await, Some(SuppressionReason::HardBounce));
    for other in ["ida@example.com", "bounces+abc@returns.test", "ida@returns.test"] {
        assert_eq!(
            hand_over(listening.port, Some("p1@example.com"), other, bounce).await,
            Err(550),
            "{other}"
        );
    }
    // A person who answers, and a machine that answers for one.
    let second = message_to(&world, campaign, "p2@example.com").await;
    let to = path.of(second);
    let vacation =
        "From: p2@example.com\nSubject: Automatic reply: Halo\nAuto-Submitted: auto-replied\n\nI am away.\n";
    assert_eq!(hand_over(listening.port, Some("p2@example.com"), to.as_str(), vacation).await, Ok(250));
    let found = of(&world, second).await;
    assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [BounceKind::AutoReply]);
    assert_eq!(reason(&world, "p2@example.com").await, None);
    let unrecognised =
        returned::mails(world.db(), Some(BounceKind::NotBounce), returned::Position::Start, 10)
            .await
            .unwrap();
    assert_eq!(
        unrecognised.iter().map(|mail| mail.subject.as_str()).collect::<Vec<_>>(),
        ["Hi"],
        "kept to be read"
    );
    // What was sent before the return path was changed comes back to the former one.
    let returns = Returns { return_path: Some("back@elsewhere.test".parse().unwrap()), ..Returns::default() };
    settings::set_returns(world.db(), &returns).await.unwrap();
    world
        .until(|| async {
            hand_over(listening.port, None, "back@elsewhere.test", "Subject: New\n\nHi\n").await == Ok(250)
        })
        .await;
    let gone = bounce.replace("<1@mx.example>", "<2@mx.example>").replace("p1@", "p2@");
    assert_eq!(hand_over(listening.port, None, to.as_str(), &gone).await, Ok(250));
    assert_eq!(reason(&world, "p2@example.com").await, Some(SuppressionReason::HardBounce));
    listening.stop().await;
    assert_eq!(recount::recount(world.db()).await.unwrap().differences, []);
}

/// What a server sends back that lost the mark: to the bare return path, with the Message-ID alone.
fn without_mark(n: u32, message_id: &str, recipient: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\nTo: {RETURN_PATH}\nSubject: Undelivered Mail\n\
         Message-ID: <{n}@mx.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\nContent-Type: text/plain\n\nNo such user.\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n\
         Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\
         Diagnostic-Code: smtp; 550 5.1.1 No such user\n\n\
         --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}>\nTo: {recipient}\n\
         Subject: Promo\n\n--b--\n"
    )
}

#[tokio::test]
async fn without_the_mark_a_signed_message_id_proves_it_and_a_forged_one_does_not() {
    let world = World::new().await;
    set_return_path(&world).await;
    let list = world.people(4).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let sent: Vec<(String, String)> = world
        .relay
        .taken()
        .into_iter()
        .map(|taken| {
            let text = String::from_utf8_lossy(&taken.data).into_owned();
            let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: <")).unwrap();
            (taken.to, line.trim_end().trim_end_matches('>').to_owned())
        })
        .collect();
    let signed = |n: u32| {
        let to = format!("p{n}@example.com");
        sent.iter().find(|(recipient, _)| *recipient == to).map(|(_, id)| id.clone()).unwrap()
    };
    let second = message_to(&world, campaign, "p2@example.com").await;
    let forged = MessageIdKey::new(&[9; 32]).of(second, "example.com");
    let third = message_to(&world, campaign, "p3@example.com").await;
    let bare = format!("{}@example.com", third.0.simple());
    let truncated = signed(4)[1..].to_owned();
    let listening = Listening::start(&world).await;
    for (n, message_id) in [(1, signed(1).to_uppercase()), (2, forged), (3, bare), (4, truncated)] {
        let mail = without_mark(n, &message_id, &format!("p{n}@example.com"));
        assert_eq!(hand_over(listening.port, None, RETURN_PATH, &mail).await, Ok(250));
    }
    // In another's name it is a forwarding that broke.
    let mail = without_mark(5, &signed(4), "p3@example.com");
    assert_eq!(hand_over(listening.port, None, RETURN_PATH, &mail).await, Ok(250));
    listening.stop().await;
    assert_eq!(reason(&world, "p1@example.com").await, Some(SuppressionReason::HardBounce));
    for other in ["p2@example.com", "p3@example.com", "p4@example.com"] {
        assert_eq!(reason(&world, other).await, None, "{other}");
    }
    let found = async |n: u32| {
        let message = message_to(&world, campaign, &format!("p{n}@example.com")).await;
        let found = of(&world, message).await;
        found.iter().map(|one| (one.matched_by, one.trusted)).collect::<Vec<_>>()
    };
    assert_eq!(found(1).await, [(Some(MatchedBy::MessageId), true)]);
    assert_eq!(found(2).await, [(Some(MatchedBy::Recipient), false)], "a guess, whatever it quotes");
    assert_eq!(found(3).await, [(Some(MatchedBy::MessageId), false)], "it is shown");
    assert_eq!(recount::recount(world.db()).await.unwrap().differences, []);
}

/// A mailbox of the private Dovecot.
async fn add_mailbox(world: &World, dovecot: &Dovecot, protocol: MailProtocol) -> MailboxId {
    let (port, security) = match protocol {
        MailProtocol::Imap => (dovecot.imap, Security::StartTls),
        MailProtocol::Pop3 => (dovecot.pop3s, Security::ImplicitTls),
    };
    let settings = MailboxSettings {
        name: "Returns".to_owned(),
        protocol,
        host: "localhost".to_owned(),
        port,
        security,
        username: Dovecot::USER.to_owned(),
        ca: dovecot.certificate.clone(),
        folder: "INBOX".to_owned(),
        done_folder: if protocol == MailProtocol::Imap { "Done".to_owned() } else { String::new() },
        keep: false,
        every_seconds: 10,
        enabled: true,
    };
    assert_eq!(sebar_intake::look(&settings, Dovecot::PASSWORD).await.unwrap(), 0);
    let wrong = sebar_intake::look(&settings, "wrong").await.unwrap_err();
    assert!(matches!(wrong, sebar_intake::Fault::Login(_)), "{wrong}");
    let mut tx = world.db().begin().await.unwrap();
    let id = mailboxes::add(&mut tx, &MasterKey::new(KEY), &settings, Dovecot::PASSWORD).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Whatever the mailbox holds is taken at the next look, which is now.
async fn look_now(world: &World, id: MailboxId) {
    sqlx::query("UPDATE mailboxes SET polled_at = NULL WHERE id = $1")
        .bind(id.0)
        .execute(world.db())
        .await
        .unwrap();
}

/// A campaign goes to a Postfix, which hands it to another, which refuses p1; the real bounce comes back
/// by this road.
async fn real_bounce(road: Road) {
    let missing = !Postfix::is_there() || (road != Road::Smtp && !Dovecot::is_there());
    if missing {
        println!("SKIPPED: Postfix or Dovecot is not installed, or we are not root");
        return;
    }
    let world = World::new().await;
    set_return_path(&world).await;
    let listening = Listening::start(&world).await;
    let dovecot = if road == Road::Smtp { None } else { Some(Dovecot::start().await.unwrap()) };
    let mailbox = match (&dovecot, road) {
        (Some(dovecot), Road::Imap) => Some(add_mailbox(&world, dovecot, MailProtocol::Imap).await),
        (Some(dovecot), _) => Some(add_mailbox(&world, dovecot, MailProtocol::Pop3).await),
        (None, _) => None,
    };
    let back = match &dovecot {
        Some(dovecot) => format!("lmtp:inet:127.0.0.1:{}", dovecot.lmtp),
        None => format!("smtp:[127.0.0.1]:{}", listening.port),
    };
    let next_hop = HostileRelay::start().await;
    let refusing = "smtpd_recipient_restrictions = check_recipient_access inline:{\
                    {p1@example.com = 550 5.1.1 No such user here}}, permit\n";
    let second = Postfix::start(next_hop.port, refusing).await.unwrap();
    let transport = format!("transport_maps = inline:{{{{returns.test = {back}}}}}\n");
    let first = Postfix::start(second.port, &transport).await.unwrap();
    let mut tx = world.db().begin().await.unwrap();
    relays::set_enabled(&mut tx, world.relay_id, false).await.unwrap();
    tx.commit().await.unwrap();
    add_relay(world.db(), &relay_settings(first.port)).await;

    let list = world.people(3).await;
    let campaign = world.campaign(&[list], &[]).await;
    let sender = world.send();
    world.until_state(campaign, "sent").await;
    sender.stop().await;
    let message = message_to(&world, campaign, "p1@example.com").await;
    if let (Some(dovecot), Some(mailbox)) = (&dovecot, mailbox) {
        world.until(|| async { dovecot.count("") == 1 || !of(&world, message).await.is_empty() }).await;
        // An automatic answer comes to the same mailbox.
        let away = message_to(&world, campaign, "p2@example.com").await;
        let to =
            ReturnPath::new(RETURN_PATH.parse().unwrap(), Some(&MasterKey::new(KEY).token_key())).of(away);
        let vacation =
            "From: p2@example.com\nSubject: Away\nAuto-Submitted: auto-replied (vacation)\n\nI am away.\n";
        assert_eq!(hand_over(first.port, Some("p2@example.com"), to.as_str(), vacation).await, Ok(250));
        world
            .until(|| async {
                look_now(&world, mailbox).await;
                tokio::time::sleep(Duration::from_millis(200)).await;
                !of(&world, message).await.is_empty() && !of(&world, away).await.is_empty()
            })
            .await;
        let found = of(&world, away).await;
        assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [BounceKind::AutoReply]);
        let expected = if road == Road::Imap { 2 } else { 0 };
        world.until(|| async { dovecot.count("") == 0 && dovecot.count("Done") == expected }).await;
        let after = mailboxes::find(world.db(), mailbox).await.unwrap().unwrap();
        assert_eq!(after.fault, "");
    }
    world.until(|| async { !of(&world, message).await.is_empty() }).await;
    listening.stop().await;

    let found = of(&world, message).await;
    let [found] = &found[..] else { panic!("{found:?}") };
    assert_eq!((found.kind, found.road, found.trusted), (BounceKind::Hard, road, true));
    assert_eq!((found.matched_by, found.enhanced_code.as_deref()), (Some(MatchedBy::Token), Some("5.1.1")));
    assert!(found.reply.contains("No such user here"), "{}", found.reply);
    assert_eq!(reason(&world, "p1@example.com").await, Some(SuppressionReason::HardBounce));
    for other in ["p2@example.com", "p3@example.com"] {
        assert_eq!(reason(&world, other).await, None);
    }
    let raw = returned::raw(world.db(), found.mail.unwrap()).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&raw).contains("Reporting-MTA: dns; relay.test"));
    assert_eq!(recount::recount(world.db()).await.unwrap().differences, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_bounce_comes_back_by_smtp() {
    real_bounce(Road::Smtp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_bounce_comes_back_by_imap() {
    real_bounce(Road::Imap).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_bounce_comes_back_by_pop3() {
    real_bounce(Road::Pop3).await;
}

/// A mail that Postgres cannot take stays in its mailbox; those before and behind it are taken.
async fn a_mail_that_cannot_be_stored(protocol: MailProtocol) {
    if !Dovecot::is_there() {
        println!("SKIPPED: Dovecot is not installed, or we are not root");
        return;
    }
    let world = World::new().await;
    let dovecot = Dovecot::start().await.unwrap();
    let mailbox = add_mailbox(&world, &dovecot, protocol).await;
    sqlx::raw_sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT ON returned_mails FOR EACH ROW WHEN (NEW.subject = 'Poison')
             EXECUTE FUNCTION refuse()",
    )
    .execute(world.db())
    .await
    .unwrap();
    for (name, subject) in [("1", "First"), ("2", "Poison"), ("3", "Last")] {
        dovecot.put(name, &format!("From: p1@example.com\nSubject: {subject}\n\nHi\n")).unwrap();
    }
    let listening = Listening::start(&world).await;
    look_now(&world, mailbox).await;
    world.until(|| async { dovecot.count("") == 1 }).await;
    world
        .until(|| async {
            let mailbox = mailboxes::find(world.db(), mailbox).await.unwrap().unwrap();
            mailbox.fault.contains("could not be stored") && mailbox.taken == 2
        })
        .await;
    let kept = returned::mails(world.db(), None, returned::Position::Start, 10).await.unwrap();
    let mut subjects: Vec<_> = kept.iter().map(|mail| mail.subject.as_str()).collect();
    subjects.sort_unstable();
    assert_eq!(subjects, ["First", "Last"]);
    // Mended, it is taken too.
    sqlx::query("DROP TRIGGER refuse ON returned_mails").execute(world.db()).await.unwrap();
    world
        .until(|| async {
            look_now(&world, mailbox).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            dovecot.count("") == 0
        })
        .await;
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_be_stored_keeps_no_other_out_by_imap() {
    a_mail_that_cannot_be_stored(MailProtocol::Imap).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_cannot_be_stored_keeps_no_other_out_by_pop3() {
    a_mail_that_cannot_be_stored(MailProtocol::Pop3).await;
}
