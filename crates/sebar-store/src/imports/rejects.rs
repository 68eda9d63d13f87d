//! Rows that were not brought in.

use sebar_domain::id::ImportId;
use sqlx::PgExecutor;

/// A row that was not brought in.
#[derive(Clone, Debug)]
pub struct Reject {
    /// Where it stands in the file.
    pub line: i64,
    /// `email`, `name`, `language`, `time_zone`, an attribute's key; empty for the whole row.
    pub field: String,
    /// A word of `sebar_import::Reason`.
    pub reason: String,
    /// What stood there, cut.
    pub value: String,
}

/// Rejected rows after line `after`, in the file's order.
pub async fn rejects(
    db: impl PgExecutor<'_>,
    id: ImportId,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<Reject>> {
    sqlx::query_as!(
        Reject,
        "SELECT line, field, reason, value FROM import_rejects
          WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3",
        id.0,
        after,
        limit
    )
    .fetch_all(db)
    .await
}
