//! Mails from all roads, recorded many in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use sebar_store::returned::{NewBounce, NewMail};
use sebar_store::{record, returned};
use sebar_together::Together;
use sqlx::PgPool;
use tokio::sync::watch;

use crate::{Arrival, Marks};

/// Transactions at once. With more each would be smaller, and one costs as much as some twenty mails in it.
const AT_ONCE: usize = 1;
/// Its connection, and one more for telling who watches.
const CONNECTIONS: u32 = 2;
/// What one transaction brings at most, in octets, unless one mail alone brings more.
const MOST: usize = 8_000_000;
/// What a mail takes beside its own octets: so 250 small ones go together.
const BESIDE: usize = 32_000;
/// Between two tries to record.
const AGAIN: Duration = Duration::from_millis(200);

/// A mail was not stored; who brought it should try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStored;

/// Takes mails that came back. Clones store together.
#[derive(Clone)]
pub struct Intake {
    db: PgPool,
    marks: watch::Receiver<Marks>,
    storing: Arc<Together<Understood, Result<(), NotStored>>>,
}

/// A mail, and what it says.
type Understood = (NewMail, Vec<NewBounce>);

impl Intake {
    /// An intake; `marks` are what our mails are known by now.
    pub fn new(db: &PgPool, marks: watch::Receiver<Marks>) -> Self {
        let db = sebar_store::pool_with_fixed_plans(db, CONNECTIONS);
        Self {
            db,
            marks,
            storing: Arc::new(Together::new(AT_ONCE, MOST, |(mail, _)| BESIDE + mail.raw.len())),
        }
    }

    /// Takes a mail; returns when it is stored for good, with all that follows.
    pub async fn take(&self, arrival: Arrival) -> Result<(), NotStored> {
        let (db, marks) = (self.db.clone(), self.marks.borrow().clone());
        let understood = tokio::task::spawn_blocking(move || understood(&arrival, &marks)).await;
        let work = move |group| record_all(db.clone(), group);
        self.storing.ask(understood.map_err(|_| NotStored)?, work).await.unwrap_or(Err(NotStored))
    }
}

/// Records a group. If that does not succeed, its mails one by one: one that Postgres cannot take must
/// not keep the others out.
async fn record_all(db: PgPool, group: Vec<Understood>) -> Vec<Result<(), NotStored>> {
    let n = group.len();
    let (mails, bounces): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    let all: Vec<_> = bounces.iter().flatten().cloned().collect();
    let Err(fault) = record(&db, &mails, &all).await else { return vec![Ok(()); n] };
    tracing::warn!(%fault, mails = n, "mails that came back could not be stored together");
    tokio::time::sleep(AGAIN).await;
    let mut answers = Vec::with_capacity(n);
    for (mail, bounces) in mails.into_iter().zip(bounces) {
        let stored = record(&db, &[mail], &bounces).await;
        answers.push(stored.map_err(|fault| {
            tracing::warn!(%fault, "a mail that came back could not be stored");
            NotStored
        }));
    }
    answers
}

/// Understands a mail. Should that panic, which no bytes are known to bring about, it is kept to be read, and
/// the others of its group are not lost.
fn understood(arrival: &Arrival, marks: &Marks) -> Understood {
    catch_unwind(AssertUnwindSafe(|| arrival.understand(marks))).unwrap_or_else(|_| {
        tracing::error!("a mail that came back could not be understood: it is kept as it came");
        (arrival.unread(), Vec::new())
    })
}

async fn record(
    db: &PgPool,
    mails: &[returned::NewMail],
    bounces: &[returned::NewBounce],
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let recorded = returned::record(&mut tx, mails, bounces).await?;
    tx.commit().await?;
    tell(db, &recorded).await;
    Ok(())
}

/// Tells those who watch a campaign that its numbers have changed.
pub(crate) async fn tell(db: &PgPool, recorded: &returned::Recorded) {
    if !recorded.campaigns.is_empty()
        && let Err(fault) = record::tell(db, &recorded.campaigns).await
    {
        tracing::warn!(%fault, "viewers could not be told");
    }
}
