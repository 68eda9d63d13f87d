//! Mails that the built-in catcher received.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

/// How many mails are kept; the oldest go first.
pub const KEPT: i64 = 20_000;

/// A mail on its way into the store.
#[derive(Clone, Debug)]
pub struct NewCaught {
    /// Envelope sender; empty for the null return path.
    pub mail_from: String,
    /// Envelope recipients.
    pub rcpt_to: Vec<String>,
    /// Subject as the mail's header has it, decoded.
    pub subject: String,
    /// The bytes between DATA and the final dot.
    pub raw: Vec<u8>,
}

/// Stores one mail.
pub async fn add(db: impl PgExecutor<'_>, mail: &NewCaught) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO caught_mails (id, mail_from, rcpt_to, subject, size, raw)
         VALUES ($1, $2, $3, $4, octet_length($5::bytea), $5)",
        Uuid::now_v7(),
        mail.mail_from,
        &mail.rcpt_to,
        mail.subject,
        mail.raw
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Drops the oldest beyond [`KEPT`].
pub async fn trim(db: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "DELETE FROM caught_mails
          WHERE id <= (SELECT id FROM caught_mails ORDER BY id DESC OFFSET $1 LIMIT 1)",
        KEPT
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Drops all.
pub async fn clear(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM caught_mails").execute(db).await?;
    Ok(())
}

/// A mail in the list.
#[derive(Clone, Debug)]
pub struct Caught {
    /// Its key; later mails have greater ones.
    pub id: Uuid,
    /// When the catcher took it.
    pub received_at: DateTime<Utc>,
    /// Envelope sender.
    pub mail_from: String,
    /// Envelope recipients.
    pub rcpt_to: Vec<String>,
    /// Decoded subject.
    pub subject: String,
    /// Bytes.
    pub size: i32,
}

/// The newest mails before `before` (all, if `None`) whose recipient or subject contains `search`.
pub async fn list(
    db: impl PgExecutor<'_>,
    search: &str,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Caught>> {
    // At most KEPT rows: reading them all is fast enough, so no index serves the search.
    sqlx::query_as!(
        Caught,
        "SELECT id, received_at, mail_from, rcpt_to, subject, size
           FROM caught_mails
          WHERE ($1::uuid IS NULL OR id < $1)
            AND ($2 = '' OR position(lower($2) IN lower(array_to_string(rcpt_to, ' ') || ' ' || subject)) > 0)
          ORDER BY id DESC LIMIT $3",
        before,
        search,
        limit
    )
    .fetch_all(db)
    .await
}

/// One mail's bytes.
pub async fn raw(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Vec<u8>>> {
    sqlx::query_scalar!("SELECT raw FROM caught_mails WHERE id = $1", id).fetch_optional(db).await
}

/// One mail without its bytes.
pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> sqlx::Result<Option<Caught>> {
    sqlx::query_as!(
        Caught,
        "SELECT id, received_at, mail_from, rcpt_to, subject, size FROM caught_mails WHERE id = $1",
        id
    )
    .fetch_optional(db)
    .await
}
