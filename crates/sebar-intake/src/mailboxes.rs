//! Mailboxes: each is looked into when its time has come, by one process.

use std::time::Duration;

use sebar_domain::{MailProtocol, MailboxSettings};
use sebar_store::keys::MasterKey;
use sebar_store::mailboxes::{self, Lease, Mailbox};
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::imap::Imap;
use crate::pop3::Pop3;
use crate::{Fault, Intake};

/// Octets of a mail that are read; bounces are small, and what is longer tells no more.
pub(crate) const MAX_SIZE: usize = 20_000_000;
/// The queue of mailboxes is looked at so often.
const PERIOD: Duration = Duration::from_secs(1);
/// A lease, and how often it is renewed while a mailbox is being looked into.
const LEASE_SECONDS: f64 = 120.0;
const RENEW: Duration = Duration::from_secs(30);

/// So many mails one after the other that could not be stored end a look: it is not for the mails then.
pub(crate) const GIVE_UP: usize = 5;
/// So many mailboxes at once: a server that does not answer holds up no other.
const AT_ONCE: usize = 4;

/// Looks into mailboxes until `shutdown`.
pub(crate) async fn poll(db: PgPool, key: MasterKey, intake: Intake, shutdown: CancellationToken) {
    let pollers = (0..AT_ONCE).map(|_| poll_one_by_one(&db, &key, &intake, &shutdown));
    futures::future::join_all(pollers).await;
}

async fn poll_one_by_one(db: &PgPool, key: &MasterKey, intake: &Intake, shutdown: &CancellationToken) {
    while !shutdown.is_cancelled() {
        match mailboxes::lease(db, LEASE_SECONDS).await {
            Ok(Some((mailbox, lease))) => {
                tokio::select! {
                    () = shutdown.cancelled() => {
                        // What was stored is stored; the rest is fetched by whoever comes next, at once.
                        give_back(db, &lease).await;
                        return;
                    }
                    () = one(db, key, &mailbox, &lease, intake) => {
                        give_back(db, &lease).await;
                        continue;
                    }
                }
            }
            Ok(None) => {}
            Err(fault) => tracing::warn!(%fault, "mailboxes cannot be read"),
        }
        tokio::select! { () = shutdown.cancelled() => return, () = sleep(PERIOD) => {} }
    }
}

async fn give_back(db: &PgPool, lease: &Lease) {
    if let Err(fault) = mailboxes::release(db, lease).await {
        tracing::warn!(%fault, "a mailbox's lease could not be given back");
    }
}

/// Renews a lease; returns when it is lost.
async fn hold(db: &PgPool, lease: &Lease) {
    loop {
        sleep(RENEW).await;
        match mailboxes::hold(db, lease, LEASE_SECONDS).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(fault) => tracing::warn!(%fault, "a mailbox's lease could not be renewed"),
        }
    }
}

async fn one(db: &PgPool, key: &MasterKey, mailbox: &Mailbox, lease: &Lease, intake: &Intake) {
    let mut taken = 0;
    let looked = tokio::select! {
        looked = take(db, key, mailbox, intake, &mut taken) => looked,
        () = hold(db, lease) => return,
    };
    let fault = looked.err().map(|fault| fault.to_string());
    if let Some(fault) = &fault {
        tracing::warn!(mailbox = %mailbox.settings.name, %fault, "a mailbox cannot be read");
    }
    let fault = fault.map(|fault| fault.replace('\0', ""));
    if let Err(fault) = mailboxes::note(db, lease, taken, fault.as_deref()).await {
        tracing::warn!(%fault, "how a mailbox fares could not be noted");
    }
}

async fn take(
    db: &PgPool,
    key: &MasterKey,
    mailbox: &Mailbox,
    intake: &Intake,
    taken: &mut i64,
) -> Result<(), Fault> {
    let password = mailbox.password(key).map_err(|_| Fault::Password)?;
    match mailbox.settings.protocol {
        MailProtocol::Imap => {
            let mut imap = Imap::open(&mailbox.settings, &password).await?;
            let done = imap.take(mailbox, intake, taken).await;
            imap.quit().await;
            done
        }
        MailProtocol::Pop3 => {
            let mut pop = Pop3::open(&mailbox.settings, &password).await?;
            let done = pop.take(db, mailbox, intake, taken).await;
            // Also after a fault: what is marked as deleted has been stored.
            let quit = pop.quit().await;
            done.and(quit)
        }
    }
}

/// Looks into a mailbox without taking anything: how many mails wait in it.
///
/// # Errors
/// What is wrong with the settings or the server, for the person who entered them.
pub async fn look(settings: &MailboxSettings, password: &str) -> Result<u32, Fault> {
    match settings.protocol {
        MailProtocol::Imap => {
            let mut imap = Imap::open(settings, password).await?;
            let waiting = imap.count(settings).await;
            imap.quit().await;
            waiting
        }
        MailProtocol::Pop3 => {
            let mut pop = Pop3::open(settings, password).await?;
            let waiting = pop.count().await;
            let _ = pop.quit().await;
            waiting
        }
    }
}
