//! Imports: the uploaded file, what is to become of it, its progress, and the merge of its rows.
//!
//! `upload` keeps the file, this module the import itself, `lease` says which process runs it,
//! `batch` and `merge` bring rows in, `rejects` keeps what was not brought in.
mod batch;
mod copy;
mod lease;
mod merge;
mod rejects;
mod upload;

use chrono::{DateTime, Utc};
use sebar_domain::id::{ImportId, ListId};
use sebar_domain::{ImportState, OnKnown};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

pub use batch::{Batch, NewRow};
pub use lease::{Claimed, alive, claim, fail, finish, release};
pub use merge::{Merged, merge};
pub use rejects::{Reject, rejects};
pub use upload::{CHUNK, add_chunk, begin, chunk, clear_abandoned, discard, head, received};

/// An import as its pages show it.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its key.
    pub id: ImportId,
    /// Name of the uploaded file.
    pub file_name: String,
    /// Its size in bytes.
    pub file_size: i64,
    /// Where it stands.
    pub state: ImportState,
    /// How the file is written (`sebar_import::Format`).
    pub format: Option<Value>,
    /// What its columns become (`sebar_import::Mapping`).
    pub mapping: Option<Value>,
    /// Lists that its contacts join.
    pub list_ids: Vec<Uuid>,
    /// What happens to known addresses.
    pub on_known: OnKnown,
    /// How these people agreed to be mailed.
    pub consent: String,
    /// Bytes of the file that are done.
    pub bytes_done: i64,
    /// Rows that are done: the sum of the counts below.
    pub rows_read: i64,
    /// New contacts.
    pub added: i64,
    /// Known contacts whose data changed.
    pub updated: i64,
    /// Known contacts whose data stayed.
    pub unchanged: i64,
    /// Rows whose address stood in an earlier row.
    pub duplicate: i64,
    /// Rows that were not brought in.
    pub rejected: i64,
    /// Contacts of this import who had unsubscribed before.
    pub unsubscribed: i64,
    /// Contacts of this import whose address is suppressed.
    pub suppressed: i64,
    /// Why it failed: `{"kind": …, "line": …}`.
    pub fault: Option<Value>,
    /// When the upload began.
    pub created_at: DateTime<Utc>,
    /// When the first row was read.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who uploaded it.
    pub user_name: Option<String>,
}

struct Row {
    id: Uuid,
    file_name: String,
    file_size: i64,
    state: String,
    format: Option<Value>,
    mapping: Option<Value>,
    list_ids: Vec<Uuid>,
    on_known: String,
    consent: String,
    bytes_done: i64,
    rows_read: i64,
    added: i64,
    updated: i64,
    unchanged: i64,
    duplicate: i64,
    rejected: i64,
    unsubscribed: i64,
    suppressed: i64,
    fault: Option<Value>,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    user_name: Option<String>,
}

impl From<Row> for Import {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            file_name: row.file_name,
            file_size: row.file_size,
            // The CHECKs on these columns allow no other words.
            state: row.state.parse().unwrap_or(ImportState::Failed),
            on_known: row.on_known.parse().unwrap_or(OnKnown::Skip),
            format: row.format,
            mapping: row.mapping,
            list_ids: row.list_ids,
            consent: row.consent,
            bytes_done: row.bytes_done,
            rows_read: row.rows_read,
            added: row.added,
            updated: row.updated,
            unchanged: row.unchanged,
            duplicate: row.duplicate,
            rejected: row.rejected,
            unsubscribed: row.unsubscribed,
            suppressed: row.suppressed,
            fault: row.fault,
            created_at: row.created_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            user_name: row.user_name,
        }
    }
}

/// One import.
pub async fn get(db: impl PgExecutor<'_>, id: ImportId) -> sqlx::Result<Option<Import>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT i.id, file_name, file_size, state, format, mapping, list_ids, on_known, consent, bytes_done,
                  rows_read, added, updated, unchanged, duplicate, rejected, unsubscribed, suppressed, fault,
                  i.created_at, started_at, finished_at, u.name AS "user_name?"
             FROM imports i LEFT JOIN users u ON u.id = i.user_id
            WHERE i.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Import::from))
}

/// The imports before one (the latest ones without), the latest first. Uploads under way are left out.
pub async fn list(
    db: impl PgExecutor<'_>,
    before: Option<ImportId>,
    limit: i64,
) -> sqlx::Result<Vec<Import>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT i.id, file_name, file_size, state, format, mapping, list_ids, on_known, consent, bytes_done,
                  rows_read, added, updated, unchanged, duplicate, rejected, unsubscribed, suppressed, fault,
                  i.created_at, started_at, finished_at, u.name AS "user_name?"
             FROM imports i LEFT JOIN users u ON u.id = i.user_id
            WHERE ($1::uuid IS NULL OR i.id < $1) AND state <> 'uploading'
            ORDER BY i.id DESC LIMIT $2"#,
        before.map(|id| id.0),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Import::from).collect())
}

/// The imports that wait or run, the first one first: for Home.
pub async fn running(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Import>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT i.id, file_name, file_size, state, format, mapping, list_ids, on_known, consent, bytes_done,
                  rows_read, added, updated, unchanged, duplicate, rejected, unsubscribed, suppressed, fault,
                  i.created_at, started_at, finished_at, u.name AS "user_name?"
             FROM imports i LEFT JOIN users u ON u.id = i.user_id
            WHERE state IN ('queued', 'running')
            ORDER BY i.id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Import::from).collect())
}

/// What is to become of an uploaded file.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// How the file is written (`sebar_import::Format`).
    pub format: &'a Value,
    /// What its columns become (`sebar_import::Mapping`).
    pub mapping: &'a Value,
    /// Lists that its contacts join.
    pub lists: &'a [ListId],
    /// What happens to known addresses.
    pub on_known: OnKnown,
    /// How these people agreed to be mailed.
    pub consent: &'a str,
}

/// Puts an uploaded import into the queue. `false` if it is not (or no longer) waiting for that.
pub async fn queue(db: impl PgExecutor<'_>, id: ImportId, plan: &Plan<'_>) -> sqlx::Result<bool> {
    let lists: Vec<Uuid> = plan.lists.iter().map(|list| list.0).collect();
    let done = sqlx::query!(
        "UPDATE imports
            SET state = 'queued', format = $2, mapping = $3, list_ids = $4, on_known = $5, consent = $6
          WHERE id = $1 AND state = 'uploaded'",
        id.0,
        plan.format,
        plan.mapping,
        &lists,
        plan.on_known.as_str(),
        plan.consent
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends an import that waits or runs; what it brought in stays. `false` if it had ended already.
///
/// Waits for the batch that is being merged: the runner holds the row while it does.
pub async fn cancel(db: impl PgExecutor<'_>, id: ImportId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH ended AS (
             UPDATE imports SET state = 'cancelled', finished_at = now(), runner = NULL, alive_at = NULL
              WHERE id = $1 AND state IN ('uploaded', 'queued', 'running') RETURNING id)
         DELETE FROM import_chunks c USING ended WHERE c.import_id = ended.id
         RETURNING c.n",
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(!done.is_empty())
}

/// A list of this name (without regard to case): the one that exists, else a new one.
pub async fn list_named(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<ListId> {
    let id = sqlx::query_scalar!(
        // The update changes nothing; it makes the statement return the row that was there.
        "INSERT INTO lists (id, name) VALUES ($1, $2)
         ON CONFLICT (lower(name)) DO UPDATE SET name = lists.name RETURNING id",
        Uuid::now_v7(),
        name
    )
    .fetch_one(db)
    .await?;
    Ok(id.into())
}

/// A list to choose from: its key, name and size.
#[derive(Clone, Debug)]
pub struct TargetList {
    /// Its key.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// How many contacts are on it.
    pub members: i64,
}

/// Lists to choose from, by name.
pub async fn target_lists(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<TargetList>> {
    sqlx::query_as!(TargetList, "SELECT id, name, members FROM lists ORDER BY lower(name) LIMIT 1000")
        .fetch_all(db)
        .await
}
