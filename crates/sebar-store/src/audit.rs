//! Who changed what.

use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::actor::Actor;

/// Records that somebody did `action` (`campaign.paused`) to `subject` (an id).
///
/// Call it in the transaction of the change itself.
pub async fn record(
    db: impl PgExecutor<'_>,
    by: impl Into<Actor>,
    action: &str,
    subject: &str,
    details: Value,
) -> sqlx::Result<()> {
    let by = by.into();
    sqlx::query!(
        "INSERT INTO audit (id, user_id, api_key_id, action, subject, details) VALUES ($1, $2, $3, $4, $5, $6)",
        Uuid::now_v7(),
        by.user(),
        by.key(),
        action,
        subject,
        details
    )
    .execute(db)
    .await?;
    Ok(())
}
