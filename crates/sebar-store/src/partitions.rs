//! The months of the tables that grow with every mail.

use sqlx::PgExecutor;

/// Makes the partitions from last month to three months ahead that are missing. Cheap when there
/// are none; safe to call from many processes.
pub async fn make(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("SELECT make_partitions(now() - interval '1 month', 3)").execute(db).await?;
    Ok(())
}
