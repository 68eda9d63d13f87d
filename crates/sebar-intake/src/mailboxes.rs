//! Mailboxes: each is looked into when its time has come, by one process.

use std::sync::Arc;
use std::time::Duration;

use sebar_domain::{MailProtocol, MailboxSettings};
use sebar_store::keys::MasterKey;
use sebar_store::mailboxes::{self, Lease, Mailbox};
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::imap::{Imap, Woken};
use crate::look::Look;
use crate::pop3::Pop3;
use crate::{Fault, Intake};

/// Octets of a mail that are read; bounces are small, and what is longer tells no more.
pub(crate) const MAX_SIZE: usize = 20_000_000;
/// The queue of mailboxes is looked at so often.
const PERIOD: Duration = Duration::from_secs(1);
/// A lease, and how often it is renewed while a mailbox is being looked into.
const LEASE_SECONDS: f64 = 120.0;
const RENEW: Duration = Duration::from_secs(30);
/// So many mailboxes are looked into at once; one that only waits for mail is none of them.
const AT_ONCE: usize = 4;

/// What looking into mailboxes takes.
struct Poller {
    db: PgPool,
    key: MasterKey,
    intake: Intake,
    /// A server that does not answer holds up no other.
    at_once: Arc<Semaphore>,
}

/// Looks into mailboxes until `shutdown`.
pub(crate) async fn poll(db: PgPool, key: MasterKey, intake: Intake, shutdown: CancellationToken) {
    let poller = Arc::new(Poller { db, key, intake, at_once: Arc::new(Semaphore::new(AT_ONCE)) });
    let mut watches = JoinSet::new();
    while !shutdown.is_cancelled() {
        while watches.try_join_next().is_some() {}
        if let Some(due) = poller.due().await {
            watches.spawn(Arc::clone(&poller).watch(due, shutdown.clone()));
            continue;
        }
        tokio::select! { () = shutdown.cancelled() => {} () = sleep(PERIOD) => {} }
    }
    while watches.join_next().await.is_some() {}
}

/// A mailbox whose time has come, and leave to look into it.
struct Due {
    mailbox: Mailbox,
    lease: Lease,
    leave: OwnedSemaphorePermit,
}

impl Poller {
    async fn due(&self) -> Option<Due> {
        let leave = Arc::clone(&self.at_once).try_acquire_owned().ok()?;
        match mailboxes::lease(&self.db, LEASE_SECONDS).await {
            Ok(found) => found.map(|(mailbox, lease)| Due { mailbox, lease, leave }),
            Err(fault) => {
                tracing::warn!(%fault, "mailboxes cannot be read");
                None
            }
        }
    }

    /// Looks into a mailbox; and again and again, where its server tells when something comes.
    async fn watch(self: Arc<Self>, due: Due, shutdown: CancellationToken) {
        let Due { mailbox, lease, leave } = due;
        tokio::select! {
            // What was stored is stored; the rest is fetched by whoever comes next.
            () = shutdown.cancelled() => {}
            () = self.hold(&lease) => {}
            () = self.looks(&mailbox, &lease, leave) => {}
        }
        if let Err(fault) = mailboxes::release(&self.db, &lease).await {
            tracing::warn!(%fault, "a mailbox's lease could not be given back");
        }
    }

    /// Renews a lease; returns when it is lost.
    async fn hold(&self, lease: &Lease) {
        loop {
            sleep(RENEW).await;
            match mailboxes::hold(&self.db, lease, LEASE_SECONDS).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(fault) => tracing::warn!(%fault, "a mailbox's lease could not be renewed"),
            }
        }
    }

    async fn looks(&self, mailbox: &Mailbox, lease: &Lease, leave: OwnedSemaphorePermit) {
        let mut open = None;
        let mut leave = Some(leave);
        let pause = Duration::from_secs(mailbox.settings.every_seconds.into());
        loop {
            let mut look = Look::new(&self.db, &self.intake, mailbox, lease);
            let looked = self.take(&mut look, &mut open).await;
            let is_ours = self.note(&look, looked.as_ref().err()).await;
            drop(leave.take());
            let (true, Ok(more)) = (is_ours, looked) else { return };
            if !more {
                let Some(imap) = &mut open else { return };
                match imap.wait(pause).await {
                    Ok(Woken::ByMail | Woken::ByTime) => {}
                    // It cannot tell; or the connection broke while nothing was to be done: the next look
                    // will see.
                    Ok(Woken::Never) | Err(_) => return,
                }
            }
            leave = Arc::clone(&self.at_once).acquire_owned().await.ok();
        }
    }

    /// Notes how a look went. `false`: the mailbox is another's now.
    async fn note(&self, look: &Look<'_>, fault: Option<&Fault>) -> bool {
        let fault = fault.map(|fault| fault.to_string().replace('\0', ""));
        if let Some(fault) = &fault {
            tracing::warn!(mailbox = %look.mailbox.settings.name, %fault, "a mailbox cannot be read");
        }
        match mailboxes::note(&self.db, look.lease, look.taken, fault.as_deref()).await {
            Ok(is_ours) => is_ours,
            Err(fault) => {
                tracing::warn!(%fault, "how a mailbox fares could not be noted");
                false
            }
        }
    }

    /// Takes what is there. `true`: there is more, and it is to be looked at again at once. A connection by
    /// which more can be waited for stays open.
    async fn take(&self, look: &mut Look<'_>, open: &mut Option<Imap>) -> Result<bool, Fault> {
        let settings = &look.mailbox.settings;
        let password = look.mailbox.password(&self.key).map_err(|_| Fault::Password)?;
        match settings.protocol {
            MailProtocol::Imap => {
                let mut imap = match open.take() {
                    Some(imap) => imap,
                    None => Imap::open(settings, &password).await?,
                };
                let done = imap.take(look).await;
                if done.is_ok() && imap.can_wait() {
                    *open = Some(imap);
                } else {
                    imap.quit().await;
                }
                done.map(|()| false)
            }
            MailProtocol::Pop3 => {
                let mut pop = Pop3::open(settings, &password).await?;
                let done = pop.take(look).await;
                // Also after a fault: what is marked as deleted has been stored.
                let quit = pop.quit().await;
                let more = done?;
                quit.map(|()| more)
            }
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
