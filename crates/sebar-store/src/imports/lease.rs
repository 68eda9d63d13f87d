//! Which process runs an import: one at a time in the whole cluster, and another one when it dies.

use std::time::Duration;

use sebar_domain::OnKnown;
use sebar_domain::id::ImportId;
use serde_json::Value;
use sqlx::postgres::types::PgInterval;
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

/// An import that is ours to run, from where it was left.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its key.
    pub id: ImportId,
    /// How the file is written (`sebar_import::Format`).
    pub format: Value,
    /// What its columns become (`sebar_import::Mapping`).
    pub mapping: Value,
    /// What happens to known addresses.
    pub on_known: OnKnown,
    /// Bytes that are done: the next record begins here.
    pub bytes_done: i64,
    /// Line ends before that.
    pub lines_done: i64,
}

/// The key of the advisory lock under which an import is chosen.
const LOCK: i64 = 0x5345_4241_5249;

/// Takes the import that waits longest, or one whose runner has given no sign of life for `lease`.
/// `None` if there is none, or if one is running: they run one after the other.
pub async fn claim(db: &PgPool, runner: Uuid, lease: Duration) -> sqlx::Result<Option<Claimed>> {
    let lease = PgInterval::try_from(lease).map_err(sqlx::Error::Encode)?;
    let mut tx = db.begin().await?;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", LOCK).execute(&mut *tx).await?;
    // A runner in the middle of a batch holds its row: however long the batch takes, SKIP LOCKED
    // leaves it alone.
    let row = sqlx::query!(
        r#"UPDATE imports
              SET state = 'running', runner = $1, alive_at = now(), started_at = coalesce(started_at, now())
            WHERE id = (SELECT id FROM imports
                         WHERE state IN ('queued', 'running') AND coalesce(alive_at < now() - $2::interval, true)
                           AND NOT EXISTS (SELECT FROM imports
                                            WHERE state = 'running' AND alive_at >= now() - $2::interval)
                         ORDER BY state DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, format AS "format!", mapping AS "mapping!", on_known, bytes_done, lines_done"#,
        runner,
        lease
    )
    .fetch_optional(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(row.map(|row| Claimed {
        id: row.id.into(),
        format: row.format,
        mapping: row.mapping,
        // The CHECK on the column allows no other word.
        on_known: row.on_known.parse().unwrap_or(OnKnown::Skip),
        bytes_done: row.bytes_done,
        lines_done: row.lines_done,
    }))
}

/// Says that the runner is alive. `false` if the import is no longer its.
pub async fn alive(db: impl PgExecutor<'_>, id: ImportId, runner: Uuid) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE imports SET alive_at = now() WHERE id = $1 AND runner = $2 AND state = 'running'",
        id.0,
        runner
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives an import back, so that another process goes on with it at once.
pub async fn release(db: impl PgExecutor<'_>, id: ImportId, runner: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE imports SET runner = NULL, alive_at = NULL WHERE id = $1 AND runner = $2 AND state = 'running'",
        id.0,
        runner
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every row is done. The file is no longer needed.
pub async fn finish(db: impl PgExecutor<'_>, id: ImportId, runner: Uuid) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH ended AS (
             UPDATE imports SET state = 'done', bytes_done = file_size, finished_at = now(), runner = NULL, alive_at = NULL
              WHERE id = $1 AND runner = $2 AND state = 'running' RETURNING id)
         DELETE FROM import_chunks c USING ended WHERE c.import_id = ended.id",
        id.0,
        runner
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It cannot go on, for a reason of its own. What was brought in stays.
pub async fn fail(db: impl PgExecutor<'_>, id: ImportId, runner: Uuid, fault: &Value) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH ended AS (
             UPDATE imports SET state = 'failed', fault = $3, finished_at = now(), runner = NULL, alive_at = NULL
              WHERE id = $1 AND runner = $2 AND state = 'running' RETURNING id)
         DELETE FROM import_chunks c USING ended WHERE c.import_id = ended.id",
        id.0,
        runner,
        fault
    )
    .execute(db)
    .await?;
    Ok(())
}
