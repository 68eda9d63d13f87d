//! How senders hear at once that a user changed something that concerns them.

use sqlx::PgExecutor;

/// The channel on which they listen. What was changed they read anew.
pub const CHANNEL: &str = "sebar_control";

/// Tells the senders; they hear it when the transaction commits.
pub(crate) async fn tell(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_notify($1, '')", CHANNEL).execute(db).await?;
    Ok(())
}
