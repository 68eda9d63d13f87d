//! Running senders, and what becomes of the messages of one that died.
//!
//! A claim is a lease, as good as its sender's heartbeat. Without news for [`LEASE`] a sender is
//! taken for dead; it stops beginning deliveries by itself long before ([`FENCE`]). Its claimed
//! messages may have been handed to a relay: campaigns send at most once, so theirs are then in
//! doubt; single mails are sent at least once, so they are queued again (with the same Message-ID).

use std::time::Duration;

use sebar_domain::Reason;
use sebar_domain::id::SenderId;
use sqlx::{PgConnection, PgExecutor};

/// Without a heartbeat for so long, a sender is taken for dead.
pub const LEASE: Duration = Duration::from_secs(30);
/// Without an acknowledged heartbeat for so long, a sender begins no delivery.
pub const FENCE: Duration = Duration::from_secs(15);

/// Signs a sender on.
pub async fn register(db: impl PgExecutor<'_>, id: SenderId, host: &str, pid: i32) -> sqlx::Result<()> {
    sqlx::query!("INSERT INTO senders (id, host, pid) VALUES ($1, $2, $3)", id.0, host, pid)
        .execute(db)
        .await?;
    Ok(())
}

/// Renews a sender's lease. `false`: it was taken for dead and must not go on under this id.
pub async fn beat(db: impl PgExecutor<'_>, id: SenderId) -> sqlx::Result<bool> {
    let done = sqlx::query!("UPDATE senders SET alive_at = now() WHERE id = $1 AND stopped_at IS NULL", id.0)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many senders are at work now.
pub async fn alive(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM senders WHERE stopped_at IS NULL AND alive_at > now() - $1::float8 * interval '1 second'"#,
        FENCE.as_secs_f64()
    )
    .fetch_one(db)
    .await
}

/// Takes one sender for dead that has not been heard of for [`LEASE`], and deals with what it held
/// ([`release`]). Returns it with the number of its messages that are in doubt; `None` when all
/// live. Call it in a transaction.
pub async fn bury_one(db: &mut PgConnection) -> sqlx::Result<Option<(SenderId, u64)>> {
    let dead = sqlx::query_scalar!(
        "UPDATE senders SET stopped_at = now()
          WHERE id = (SELECT id FROM senders
                       WHERE stopped_at IS NULL AND alive_at < now() - $1::float8 * interval '1 second'
                       LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
        LEASE.as_secs_f64()
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(dead) = dead.map(SenderId) else { return Ok(None) };
    let in_doubt = release(db, dead).await?;
    Ok(Some((dead, in_doubt)))
}

/// Signs a sender off. What it still holds is dealt with as if it had died. Call it in a transaction.
pub async fn sign_off(db: &mut PgConnection, id: SenderId) -> sqlx::Result<u64> {
    sqlx::query!("UPDATE senders SET stopped_at = now() WHERE id = $1 AND stopped_at IS NULL", id.0)
        .execute(&mut *db)
        .await?;
    release(db, id).await
}

/// Ends the leases of a sender that will not go on: campaign mail is in doubt, other mail is queued
/// again. Returns how many are in doubt.
async fn release(db: &mut PgConnection, id: SenderId) -> sqlx::Result<u64> {
    let in_doubt = sqlx::query_scalar!(
        r#"WITH held AS (
               UPDATE messages
                  SET state = CASE stream WHEN 'campaign' THEN 'in_doubt' ELSE 'queued' END,
                      finished_at = CASE stream WHEN 'campaign' THEN now() END,
                      reason = $2,
                      sender_id = NULL
                WHERE state = 'claimed' AND sender_id = $1
               RETURNING campaign_id, state),
           counted AS (
               UPDATE campaign_counts c SET in_doubt = c.in_doubt + h.n
                 FROM (SELECT campaign_id, count(*) AS n FROM held WHERE state = 'in_doubt' GROUP BY 1) h
                WHERE c.campaign_id = h.campaign_id)
           SELECT count(*) FILTER (WHERE state = 'in_doubt') AS "count!" FROM held"#,
        id.0,
        Reason::SenderDied.as_str()
    )
    .fetch_one(db)
    .await?;
    Ok(in_doubt.cast_unsigned())
}

/// Forgets senders that stopped long ago.
pub async fn forget_old(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM senders WHERE stopped_at < now() - interval '7 days'").execute(db).await?;
    Ok(())
}
