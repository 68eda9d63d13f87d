//! A sender from its first heartbeat to its last.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sebar_compose::TokenKey;
use sebar_domain::id::SenderId;
use sebar_smtp::Timeouts;
use sebar_store::keys::MasterKey;
use sebar_store::{partitions, senders};
use sqlx::PgPool;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::contents::Contents;
use crate::journal::Journal;
use crate::lease::Lease;
use crate::login::Logins;
use crate::receivers::Receivers;
use crate::shared::Shared;
use crate::shares::Shares;
use crate::{board, dispatch, lease, plan, record, recover, schedule, settle, upkeep};

/// How long deliveries that have begun may take to end when the sender is told to stop.
const DRAIN: Duration = Duration::from_secs(25);
/// How long the last outcomes may take to be recorded after that.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Connections to Postgres: one listens, one records, one plans, one feeds for each relay that is
/// busy at that moment.
const CONNECTIONS: u32 = 8;

/// A sender, ready to run.
#[derive(Debug)]
pub struct Sender {
    /// Postgres. The sender opens connections of its own to the same database, up to eight.
    pub db: PgPool,
    /// Opens the relays' passwords and signs the links in mails.
    pub key: MasterKey,
    /// What can be chosen.
    pub options: Options,
}

/// What can be chosen about a sender.
#[derive(Clone, Debug)]
pub struct Options {
    /// Our name in EHLO (RFC 5321 §4.1.1.1): a host name, or an address in brackets.
    pub hello: String,
    /// How long to wait for a relay at each step.
    pub timeouts: Timeouts,
    /// Where the senders of this host keep their journals: a local folder that outlives the process.
    /// Without it, all that a killed sender held counts as begun.
    pub journals: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        let host = host();
        Self {
            hello: if host.contains('.') { host } else { "[127.0.0.1]".to_owned() },
            timeouts: Timeouts::default(),
            journals: None,
        }
    }
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

impl Sender {
    /// Works until `shutdown`, then ends deliveries that have begun and gives the rest back, in half
    /// a minute at most. Faults of the database are waited out.
    pub async fn run(self, shutdown: CancellationToken) {
        let key = Arc::new(self.key);
        let db = sebar_store::pool_with_fixed_plans(&self.db, CONNECTIONS);
        while !shutdown.is_cancelled() {
            let id = SenderId::new();
            let journal = match sign_on(&db, &self.options, id).await {
                Ok(journal) => journal,
                Err(fault) => {
                    error!(%fault, "the sender cannot sign on; trying again");
                    tokio::select! { () = shutdown.cancelled() => {}, () = sleep(Duration::from_secs(2)) => {} }
                    continue;
                }
            };
            info!(sender = %id, "sending");
            work(&db, &key, &self.options, id, journal, &shutdown).await;
            if !shutdown.is_cancelled() {
                // Taken for dead by another sender: what it held is dealt with, a new one begins.
                warn!(sender = %id, "the lease was lost; beginning anew");
            }
        }
        db.close().await;
    }
}

/// Takes over from senders of this host that are dead, and signs a new one on. What can be written
/// is tried first: a sender without its journal must not send.
async fn sign_on(db: &PgPool, options: &Options, id: SenderId) -> sqlx::Result<Option<Journal>> {
    partitions::make(db).await?;
    let pid = i32::try_from(std::process::id()).unwrap_or_default();
    if let Some(journals) = &options.journals {
        recover::dead_neighbours(db, journals).await?;
    }
    senders::register(db, id, &host(), pid).await?;
    match &options.journals {
        Some(journals) => match Journal::open(journals, id) {
            Ok(journal) => Ok(Some(journal)),
            Err(fault) => {
                senders::end(db, id).await?;
                Err(sqlx::Error::Io(fault))
            }
        },
        None => Ok(None),
    }
}

/// One life of a sender: until shutdown, or until its lease is lost.
async fn work(
    db: &PgPool,
    key: &Arc<MasterKey>,
    options: &Options,
    id: SenderId,
    journal: Option<Journal>,
    shutdown: &CancellationToken,
) {
    let stop = shutdown.child_token();
    let (board_tx, board) = watch::channel(Arc::default());
    let (wake, woken) = watch::channel(0);
    let shared = Arc::new(Shared {
        id,
        db: db.clone(),
        key: Arc::clone(key),
        tokens: TokenKey::new(&key.token_key()),
        options: options.clone(),
        lease: Lease::new(),
        journal,
        contents: Contents::default(),
        logins: Logins::default(),
        shares: Shares::default(),
        receivers: Receivers::default(),
        board,
        woken,
    });
    let (outcomes, recorded) = mpsc::channel(record::BATCH);

    let mut loops = JoinSet::new();
    loops.spawn(board::watch(Arc::clone(&shared), board_tx, wake, stop.clone()));
    loops.spawn(schedule::schedule(Arc::clone(&shared), stop.clone()));
    loops.spawn(plan::plan(Arc::clone(&shared), stop.clone()));
    loops.spawn(settle::settle(Arc::clone(&shared), stop.clone()));
    loops.spawn(upkeep::upkeep(Arc::clone(&shared), stop.clone()));
    // These two outlast the others: what is being delivered still counts on the lease, and is recorded.
    let beating = tokio::spawn(lease::keep(Arc::clone(&shared), stop.clone()));
    let recording = tokio::spawn(record::record(Arc::clone(&shared), recorded));

    dispatch::dispatch(&shared, outcomes, &stop, DRAIN).await;
    if timeout(LAST_WORDS, recording).await.is_err() {
        error!("the last outcomes could not be recorded; their messages are in doubt");
    }
    loops.shutdown().await;
    beating.abort();
    match sign_off(db, options, id).await {
        Ok(0) => info!(sender = %id, "stopped"),
        Ok(in_doubt) => warn!(sender = %id, in_doubt, "stopped in the middle of deliveries"),
        Err(fault) => error!(%fault, "the sender cannot sign off; its lease will run out"),
    }
}

async fn sign_off(db: &PgPool, options: &Options, id: SenderId) -> sqlx::Result<u64> {
    let journals = options.journals.as_deref();
    let mut tx = db.begin().await?;
    senders::end(&mut *tx, id).await?;
    let in_doubt = recover::settle(&mut tx, journals, id).await?;
    tx.commit().await?;
    if let Some(journals) = journals {
        recover::forget(journals, id);
    }
    Ok(in_doubt)
}
