//! The months of the tables that grow with every mail.

use sqlx::{PgExecutor, PgPool};

/// Makes the partitions from last month to three months ahead that are missing. Cheap when there
/// are none; safe to call from many processes.
pub async fn make(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("SELECT make_partitions(now() - interval '1 month', 3)").execute(db).await?;
    Ok(())
}

/// Drops the months that ended more than `months` months ago and in which nothing waits; returns how
/// many tables. Gives up with an error rather than keep others waiting for its locks.
pub async fn drop_older(db: &PgPool, months: i16) -> sqlx::Result<i32> {
    let mut tx = db.begin().await?;
    sqlx::query!("SELECT set_config('lock_timeout', '2s', true)").fetch_one(&mut *tx).await?;
    let dropped = sqlx::query_scalar!(
        r#"SELECT drop_partitions(now() - make_interval(months => $1)) AS "dropped!""#,
        i32::from(months)
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(dropped)
}
