//! The uploaded file, in pieces.

use sebar_domain::id::{ImportId, UserId};
use serde_json::Value;
use sqlx::PgExecutor;

/// The size of every piece but the last, in bytes.
pub const CHUNK: usize = 1 << 20;

/// Begins an upload. Without a user it is the program's own (sample data).
pub async fn begin(db: impl PgExecutor<'_>, user: Option<UserId>, file_name: &str) -> sqlx::Result<ImportId> {
    let id = ImportId::new();
    sqlx::query!(
        "INSERT INTO imports (id, user_id, file_name) VALUES ($1, $2, $3)",
        id.0,
        user.map(|user| user.0),
        file_name
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Keeps piece `n` of the file: [`CHUNK`] bytes, the last one fewer.
pub async fn add_chunk(db: impl PgExecutor<'_>, id: ImportId, n: i32, data: &[u8]) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO import_chunks (import_id, n, data) VALUES ($1, $2, $3)", id.0, n, data)
        .execute(db)
        .await?;
    Ok(())
}

/// The whole file is here, written in `format` as far as we can tell.
pub async fn received(db: impl PgExecutor<'_>, id: ImportId, size: i64, format: &Value) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE imports SET state = 'uploaded', file_size = $2, format = $3
          WHERE id = $1 AND state = 'uploading'",
        id.0,
        size,
        format
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Removes an import whose file was refused or cut off.
pub async fn discard(db: impl PgExecutor<'_>, id: ImportId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM imports WHERE id = $1 AND state = 'uploading'", id.0).execute(db).await?;
    Ok(())
}

/// The first `bytes` of the file (at most [`CHUNK`]).
pub async fn head(db: impl PgExecutor<'_>, id: ImportId, bytes: i32) -> sqlx::Result<Vec<u8>> {
    let head = sqlx::query_scalar!(
        r#"SELECT substring(data FOR $2) AS "head!" FROM import_chunks WHERE import_id = $1 AND n = 0"#,
        id.0,
        bytes
    )
    .fetch_optional(db)
    .await?;
    Ok(head.unwrap_or_default())
}

/// Piece `n` of the file; `None` past its end.
pub async fn chunk(db: impl PgExecutor<'_>, id: ImportId, n: i32) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("SELECT data FROM import_chunks WHERE import_id = $1 AND n = $2", id.0, n)
        .fetch_optional(db)
        .await
}

/// Clears away uploads that were cut off a day ago, and files that nobody mapped for a month.
/// Returns how many.
pub async fn clear_abandoned(db: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM imports
          WHERE state = 'uploading' AND created_at < now() - interval '1 day'
             OR state = 'uploaded' AND created_at < now() - interval '30 days'"
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
