//! Mails that come together are stored together: one transaction, one commit.

use sebar_store::emails::{self, NewEmail};
use sebar_store::queue;
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Most mails in one transaction, and most octets.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 8 << 20;
/// Mails that may wait before those who bring them have to.
const WAITING: usize = 100;
/// Transactions at once: while one waits for the disk, the other is being written.
const WORKERS: usize = 2;

#[derive(Debug)]
struct Waiting {
    email: NewEmail,
    stored: oneshot::Sender<()>,
}

/// Takes mails; clones hand to the same workers.
#[derive(Clone, Debug)]
pub(crate) struct Accepting(mpsc::Sender<Waiting>);

impl Accepting {
    /// The way in, and the work, which ends when the last clone is gone and all is stored.
    pub(crate) fn start(db: PgPool) -> (Self, impl Future<Output = ()> + Send) {
        let (sender, waiting) = mpsc::channel(WAITING);
        (Self(sender), work(db, waiting))
    }

    /// Stores a mail; whether it is stored for good.
    pub(crate) async fn accept(&self, email: NewEmail) -> bool {
        let (stored, answer) = oneshot::channel();
        self.0.send(Waiting { email, stored }).await.is_ok() && answer.await.is_ok()
    }
}

async fn work(db: PgPool, mut waiting: mpsc::Receiver<Waiting>) {
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
        let mut bytes = first.email.mime.len();
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(one) = waiting.try_recv()
        {
            bytes += one.email.mime.len();
            if bytes > BATCH_BYTES {
                next = Some(one);
                break;
            }
            batch.push(one);
        }
        workers.spawn(store_all(db.clone(), batch));
    }
    while workers.join_next().await.is_some() {}
}

/// Stores a batch; if that does not succeed, its mails one by one.
async fn store_all(db: PgPool, batch: Vec<Waiting>) {
    let together: Vec<&NewEmail> = batch.iter().map(|one| &one.email).collect();
    match store(&db, &together).await {
        // Who brought it may have gone meanwhile.
        Ok(()) => batch.into_iter().for_each(|one| _ = one.stored.send(())),
        Err(fault) => {
            tracing::warn!(%fault, mails = batch.len(), "mails cannot be stored together");
            for one in batch {
                match store(&db, &[&one.email]).await {
                    Ok(()) => _ = one.stored.send(()),
                    Err(fault) => tracing::warn!(%fault, "a mail cannot be stored"),
                }
            }
        }
    }
    // After the commit, and on its own: transactions that notify commit one after the other.
    if let Err(fault) = queue::wake(&db).await {
        tracing::warn!(%fault, "the senders could not be told of new mails");
    }
}

async fn store(db: &PgPool, mails: &[&NewEmail]) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    emails::accept(&mut tx, mails).await?;
    tx.commit().await
}
