//! Who changed what.

use sebar_domain::id::UserId;
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

/// Records that `user` did `action` (`campaign.paused`) to `subject` (an id).
///
/// Call it in the transaction of the change itself.
pub async fn record(
    db: impl PgExecutor<'_>,
    user: UserId,
    action: &str,
    subject: &str,
    details: Value,
) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO audit (id, user_id, action, subject, details) VALUES ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        user.0,
        action,
        subject,
        details
    )
    .execute(db)
    .await?;
    Ok(())
}
