//! Events that nobody needs any more go with their calls, piece by piece: there may be millions.

use sebar_domain::id::WebhookId;
use sqlx::{PgConnection, PgExecutor};

/// Deletes a webhook: at once nobody sees it, and it is not called any more. What it was told goes with
/// [`forget_deleted`]. `false`: there is none such.
pub async fn delete(db: &mut PgConnection, id: WebhookId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "WITH gone AS (DELETE FROM webhooks WHERE id = $1 RETURNING id)
         INSERT INTO webhook_leftovers (webhook_id) SELECT id FROM gone",
        id.0
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets up to `limit` events of webhooks that were deleted. Returns how many.
pub async fn forget_deleted(db: &mut PgConnection, limit: i64) -> sqlx::Result<u64> {
    let gone = sqlx::query_scalar!(
        r#"WITH gone AS (
               DELETE FROM webhook_events
                WHERE n = ANY (ARRAY(SELECT e.n FROM webhook_leftovers l
                                      CROSS JOIN LATERAL (SELECT n FROM webhook_events WHERE webhook_id = l.webhook_id
                                                           ORDER BY n LIMIT $1) e
                                      LIMIT $1))
               RETURNING n),
           calls AS (DELETE FROM webhook_calls WHERE event_n IN (SELECT n FROM gone))
           SELECT count(*) AS "count!" FROM gone"#,
        limit
    )
    .fetch_one(&mut *db)
    .await?;
    // A transaction that began before the webhook was deleted may still write down an event for it.
    sqlx::query!(
        "DELETE FROM webhook_leftovers l
          WHERE deleted_at < now() - interval '1 hour'
            AND NOT EXISTS (SELECT FROM webhook_events e WHERE e.webhook_id = l.webhook_id)"
    )
    .execute(db)
    .await?;
    Ok(gone.cast_unsigned())
}

/// Forgets up to `limit` events that are older than `days`, the oldest first, told or not. Returns how many.
pub async fn forget_old(db: impl PgExecutor<'_>, days: i32, limit: i64) -> sqlx::Result<u64> {
    let gone = sqlx::query_scalar!(
        r#"WITH gone AS (
               DELETE FROM webhook_events
                WHERE n = ANY (ARRAY(SELECT n FROM webhook_events
                                      WHERE n <= (SELECT max(n) FROM (SELECT n, at FROM webhook_events ORDER BY n LIMIT $2) old
                                                   WHERE old.at < now() - make_interval(days => $1))
                                      ORDER BY n LIMIT $2))
               RETURNING n),
           calls AS (DELETE FROM webhook_calls WHERE event_n IN (SELECT n FROM gone))
           SELECT count(*) AS "count!" FROM gone"#,
        days,
        limit
    )
    .fetch_one(db)
    .await?;
    Ok(gone.cast_unsigned())
}
