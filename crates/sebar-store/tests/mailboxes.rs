//! Mailboxes: who looks into one, and what is remembered of it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use sebar_domain::id::MailboxId;
use sebar_domain::{MailProtocol, MailboxSettings, Security};
use sebar_store::keys::MasterKey;
use sebar_store::mailboxes;
use sebar_testkit::TestDatabase;
use sqlx::PgPool;

fn settings() -> MailboxSettings {
    MailboxSettings {
        name: "Returns".to_owned(),
        protocol: MailProtocol::Imap,
        host: "mail.example".to_owned(),
        port: 993,
        security: Security::ImplicitTls,
        username: "bounces".to_owned(),
        ca: String::new(),
        folder: "INBOX".to_owned(),
        done_folder: String::new(),
        keep: false,
        every_seconds: 60,
        enabled: true,
    }
}

fn key() -> MasterKey {
    MasterKey::new([7; 32])
}

async fn add(db: &PgPool) -> MailboxId {
    let mut connection = db.acquire().await.unwrap();
    mailboxes::add(&mut connection, &key(), &settings(), "geheim").await.unwrap()
}

#[tokio::test]
async fn who_lost_a_lease_changes_nothing_for_who_has_it() {
    let db = TestDatabase::new().await;
    let id = add(&db.pool).await;
    let (_, slow) = mailboxes::lease(&db.pool, 60.0).await.unwrap().unwrap();
    assert!(mailboxes::lease(&db.pool, 60.0).await.unwrap().is_none(), "it is taken");
    assert!(mailboxes::hold(&db.pool, &slow, 0.0).await.unwrap());
    let (_, quick) = mailboxes::lease(&db.pool, 60.0).await.unwrap().unwrap();
    // The first one comes back late.
    assert!(!mailboxes::hold(&db.pool, &slow, 600.0).await.unwrap());
    assert!(!mailboxes::note(&db.pool, &slow, 5, Some("too late")).await.unwrap());
    assert!(!mailboxes::release(&db.pool, &slow).await.unwrap());
    assert!(mailboxes::lease(&db.pool, 60.0).await.unwrap().is_none(), "it is taken still");
    assert!(mailboxes::note(&db.pool, &quick, 3, None).await.unwrap());
    let mailbox = mailboxes::find(&db.pool, id).await.unwrap().unwrap();
    assert_eq!((mailbox.taken, mailbox.fault.as_str()), (3, ""));
    assert!(mailboxes::hold(&db.pool, &quick, 60.0).await.unwrap());
    assert!(mailboxes::release(&db.pool, &quick).await.unwrap());
    assert!(!mailboxes::release(&db.pool, &quick).await.unwrap(), "once");
}

#[tokio::test]
async fn a_change_takes_a_mailbox_from_who_looks_into_it_as_it_was() {
    let db = TestDatabase::new().await;
    let id = add(&db.pool).await;
    let (_, lease) = mailboxes::lease(&db.pool, 60.0).await.unwrap().unwrap();
    let off = MailboxSettings { enabled: false, ..settings() };
    let mut connection = db.pool.acquire().await.unwrap();
    assert!(mailboxes::change(&mut connection, &key(), id, &off, None).await.unwrap());
    assert!(!mailboxes::hold(&db.pool, &lease, 60.0).await.unwrap());
    assert!(mailboxes::lease(&db.pool, 60.0).await.unwrap().is_none(), "it is switched off");
    assert!(mailboxes::change(&mut connection, &key(), id, &settings(), None).await.unwrap());
    let (mailbox, _) = mailboxes::lease(&db.pool, 60.0).await.unwrap().unwrap();
    assert_eq!(mailbox.password(&key()).unwrap(), "geheim");
}
