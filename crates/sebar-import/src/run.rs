//! Brings imports in, one after the other.

use std::time::Duration;

use sebar_domain::id::ImportId;
use sebar_store::imports::{self, Claimed, Merged};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::format::Format;
use crate::mapping::Mapping;
use crate::pipeline::{Gatherer, Step, read_ahead};
use crate::records::{Place, Records, Unreadable};
use crate::row::Interpreter;
use crate::upload::UploadError;

/// How long the loop waits before it looks for work again.
const IDLE: Duration = Duration::from_millis(500);
/// How long it waits when the database failed.
const AFTER_FAULT: Duration = Duration::from_secs(2);
/// How often what was abandoned is cleared away.
const CLEANING: Duration = Duration::from_hours(1);

/// Why an import, or the runner, could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database does not answer as it should: the import can be gone on with.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The file was refused.
    #[error(transparent)]
    Upload(#[from] UploadError),
    /// What was stored cannot be read.
    #[error(transparent)]
    Stored(#[from] serde_json::Error),
    /// The part that reads the file ended without a word.
    #[error("the reader of the file stopped")]
    ReaderStopped,
}

/// One process that brings imports in.
#[derive(Clone, Debug)]
pub struct Runner {
    db: PgPool,
    id: Uuid,
    /// Without a sign of life for this long, its import goes to another runner.
    pub lease: Duration,
    /// Rows in a batch. More are quicker, fewer show progress sooner and hold locks shorter.
    pub batch_rows: i64,
}

/// Runs imports until shutdown: the background service of the web app. Safe in many processes at once.
pub async fn run(db: PgPool, shutdown: CancellationToken) {
    let runner = Runner::new(db);
    let mut cleaned: Option<Instant> = None;
    while !shutdown.is_cancelled() {
        if cleaned.is_none_or(|at| at.elapsed() >= CLEANING) {
            cleaned = Some(Instant::now());
            clean(&runner.db).await;
        }
        match runner.run_next_until(&shutdown).await {
            Ok(true) => {}
            Ok(false) => wait(&shutdown, IDLE).await,
            Err(fault) => {
                tracing::error!(%fault, "an import stopped and will be gone on with");
                wait(&shutdown, AFTER_FAULT).await;
            }
        }
    }
}

/// Whether Postgres refuses the data themselves (class 22) or what they break (class 23): trying again
/// would end the same.
fn is_of_the_data(fault: &sqlx::Error) -> bool {
    let code = fault.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"))
}

async fn clean(db: &PgPool) {
    match imports::clear_abandoned(db).await {
        Ok(0) => {}
        Ok(n) => tracing::info!(n, "abandoned uploads were cleared away"),
        Err(fault) => tracing::warn!(%fault, "abandoned uploads could not be cleared away"),
    }
}

async fn wait(shutdown: &CancellationToken, time: Duration) {
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = sleep(time) => {}
    }
}

impl Runner {
    /// A runner on this database.
    pub fn new(db: PgPool) -> Self {
        Self { db, id: Uuid::new_v4(), lease: Duration::from_secs(15), batch_rows: 20_000 }
    }

    /// Runs the next import to its end. `false` if there is none to run.
    ///
    /// # Errors
    /// If the database fails; the import is gone on with later.
    pub async fn run_next(&self) -> Result<bool, Error> {
        self.run_next_until(&CancellationToken::new()).await
    }

    async fn run_next_until(&self, shutdown: &CancellationToken) -> Result<bool, Error> {
        let Some(import) = imports::claim(&self.db, self.id, self.lease).await? else {
            return Ok(false);
        };
        tracing::info!(import = %import.id, from = import.bytes_done, "an import begins");
        let done = tokio::select! {
            done = self.run_claimed(&import) => done,
            // What is in the middle of a transaction is rolled back; all before it is checkpointed.
            () = shutdown.cancelled() => Ok(()),
        };
        if done.is_err() || shutdown.is_cancelled() {
            imports::release(&self.db, import.id, self.id).await?;
        }
        done.map(|()| true)
    }

    async fn run_claimed(&self, import: &Claimed) -> Result<(), Error> {
        let format = serde_json::from_value::<Format>(import.format.clone());
        let mapping = serde_json::from_value::<Mapping>(import.mapping.clone());
        let (Ok(format), Some(interpreter)) = (format, mapping.ok().and_then(|m| Interpreter::new(&m)))
        else {
            return self.fail(import.id, &json!({ "kind": "mapping" })).await;
        };
        let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
        let place = Place { bytes: unsigned(import.bytes_done), lines: unsigned(import.lines_done) };
        let records = Records::resume(format, place);
        let skip_header = format.header && place.bytes == 0;
        let gatherer = Gatherer::new(import.id, records, interpreter, skip_header, self.batch_rows);
        // One batch waits while one is merged and one is gathered: that bounds the memory.
        let (to, from) = mpsc::channel(1);
        let reader = read_ahead(self.db.clone(), import.id, place, gatherer, to);
        // Out of the pool: when this is dropped in the middle of a COPY, the connection is of no use to
        // anybody else. Dropping it ends the session, and Postgres rolls back.
        let mut db = self.db.acquire().await?.detach();
        tokio::select! {
            done = self.merge_all(&mut db, import, from) => done,
            () = self.keep_alive(import.id) => Ok(()),
            () = async { reader.await; std::future::pending().await } => Ok(()),
        }
    }

    async fn merge_all(
        &self,
        db: &mut PgConnection,
        import: &Claimed,
        mut steps: mpsc::Receiver<Step>,
    ) -> Result<(), Error> {
        loop {
            match steps.recv().await.ok_or(Error::ReaderStopped)? {
                Step::Batch(batch) => {
                    let merged = match imports::merge(db, import.id, self.id, import.on_known, &batch).await {
                        Err(fault) if is_of_the_data(&fault) => {
                            tracing::error!(import = %import.id, ?fault, "Postgres refused a batch");
                            return self.fail(import.id, &json!({ "kind": "refused" })).await;
                        }
                        merged => merged?,
                    };
                    if merged == Merged::NotOurs {
                        tracing::info!(import = %import.id, "an import was taken from us or cancelled");
                        return Ok(());
                    }
                }
                Step::End => {
                    imports::finish(&mut *db, import.id, self.id).await?;
                    tracing::info!(import = %import.id, "an import is done");
                    return Ok(());
                }
                Step::Unreadable(fault) => {
                    let (Unreadable::LineTooLong { line } | Unreadable::OpenQuotes { line }) = fault;
                    return self.fail(import.id, &json!({ "kind": fault.to_string(), "line": line })).await;
                }
                Step::Failed(fault) => return Err(fault.into()),
            }
        }
    }

    /// Ends when the import is no longer ours.
    async fn keep_alive(&self, import: ImportId) {
        let mut beat = interval(self.lease / 5);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            match imports::alive(&self.db, import, self.id).await {
                Ok(true) => {}
                Ok(false) => return,
                // The merge finds out for itself whether the database is gone.
                Err(fault) => tracing::warn!(%fault, "an import's sign of life could not be given"),
            }
        }
    }

    async fn fail(&self, import: ImportId, fault: &Value) -> Result<(), Error> {
        tracing::info!(%import, %fault, "an import failed");
        Ok(imports::fail(&self.db, import, self.id, fault).await?)
    }
}
