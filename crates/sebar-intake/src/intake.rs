//! Mails from all roads, recorded many in one transaction.

use std::time::Duration;

use sebar_compose::ReturnPath;
use sebar_store::{record, returned};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use crate::Arrival;

/// Most mails in one transaction, and most octets.
const BATCH: usize = 250;
const BATCH_BYTES: usize = 8_000_000;
/// Mails that may wait before those who bring them have to.
const WAITING: usize = 500;
/// Transactions at once.
const WORKERS: usize = 2;
/// Between two tries to record.
const AGAIN: Duration = Duration::from_millis(200);

/// A mail was not stored; who brought it should try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStored;

struct Waiting {
    arrival: Arrival,
    stored: oneshot::Sender<()>,
}

/// Takes mails that came back. Clones hand to the same workers.
#[derive(Clone, Debug)]
pub struct Intake(mpsc::Sender<Waiting>);

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.arrival.fmt(f)
    }
}

impl Intake {
    /// An intake, and its work, which ends when the last clone is gone and all is stored.
    pub fn start(
        db: PgPool,
        path: watch::Receiver<Option<ReturnPath>>,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, waiting) = mpsc::channel(WAITING);
        (Self(sender), work(db, path, waiting))
    }

    /// Takes a mail; returns when it is stored for good, with all that follows.
    pub async fn take(&self, arrival: Arrival) -> Result<(), NotStored> {
        let (stored, answer) = oneshot::channel();
        self.0.send(Waiting { arrival, stored }).await.map_err(|_| NotStored)?;
        answer.await.map_err(|_| NotStored)
    }
}

async fn work(db: PgPool, path: watch::Receiver<Option<ReturnPath>>, mut waiting: mpsc::Receiver<Waiting>) {
    let mut workers = JoinSet::new();
    let mut next = None;
    loop {
        while workers.len() >= WORKERS {
            workers.join_next().await;
        }
        let first = match next.take() {
            Some(first) => first,
            None => match waiting.recv().await {
                Some(first) => first,
                None => break,
            },
        };
        let mut bytes = first.arrival.raw.len();
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(one) = waiting.try_recv()
        {
            bytes += one.arrival.raw.len();
            if bytes > BATCH_BYTES {
                next = Some(one);
                break;
            }
            batch.push(one);
        }
        let path = path.borrow().clone();
        workers.spawn(record_all(db.clone(), path, batch));
    }
    while workers.join_next().await.is_some() {}
}

/// Records a batch. If that does not succeed, its mails one by one: one that Postgres cannot take must
/// not keep the others out.
async fn record_all(db: PgPool, path: Option<ReturnPath>, batch: Vec<Waiting>) {
    let (arrivals, answers): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|one| (one.arrival, one.stored)).unzip();
    let understood = tokio::task::spawn_blocking(move || {
        arrivals.iter().map(|arrival| arrival.understand(path.as_ref())).collect::<Vec<_>>()
    });
    let Ok(understood) = understood.await else {
        tracing::error!("a mail that came back could not be understood");
        return;
    };
    let (mails, bounces): (Vec<_>, Vec<_>) = understood.into_iter().unzip();
    let all: Vec<_> = bounces.iter().flatten().cloned().collect();
    match record(&db, &mails, &all).await {
        // Who brought it may have gone meanwhile.
        Ok(()) => answers.into_iter().for_each(|stored| _ = stored.send(())),
        Err(fault) => {
            tracing::warn!(%fault, mails = mails.len(), "mails that came back could not be stored together");
            tokio::time::sleep(AGAIN).await;
            for ((mail, bounces), stored) in mails.into_iter().zip(bounces).zip(answers) {
                match record(&db, &[mail], &bounces).await {
                    Ok(()) => _ = stored.send(()),
                    Err(fault) => tracing::warn!(%fault, "a mail that came back could not be stored"),
                }
            }
        }
    }
}

async fn record(
    db: &PgPool,
    mails: &[returned::NewMail],
    bounces: &[returned::NewBounce],
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let recorded = returned::record(&mut tx, mails, bounces).await?;
    tx.commit().await?;
    if !recorded.campaigns.is_empty()
        && let Err(fault) = record::tell(db, &recorded.campaigns).await
    {
        tracing::warn!(%fault, "viewers could not be told");
    }
    Ok(())
}
