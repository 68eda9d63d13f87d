//! Running senders, and what becomes of the messages of one that died.
//!
//! A claim is a lease, as good as its sender's heartbeat. Without news for [`LEASE`] a sender is
//! taken for dead; it stops beginning deliveries by itself long before ([`FENCE`]). Its claimed
//! messages may have been handed to a relay. Its journal says which were; without it all of them
//! count as begun. What has begun and is sent *at most once* is then in doubt; what is sent *at least
//! once* is queued again (with the same Message-ID).

use std::time::Duration;

use chrono::{DateTime, Utc};
use sebar_domain::Reason;
use sebar_domain::id::{MessageId, SenderId};
use sqlx::{PgConnection, PgExecutor};

/// Without a heartbeat for so long, a sender is taken for dead.
pub const LEASE: Duration = Duration::from_secs(30);
/// Without an acknowledged heartbeat for so long, a sender begins no delivery.
pub const FENCE: Duration = Duration::from_secs(15);

/// A message that a sender holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// The message.
    pub id: MessageId,
    /// Whether it is to be sent again when its fate is unknown: by the policy of its stream.
    pub may_repeat: bool,
    /// When its last recorded attempt began.
    pub last_attempt: Option<DateTime<Utc>>,
}

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

/// Takes one sender for dead that has not been heard of for [`LEASE`]; `None` when all live. What it
/// held must be dealt with in the same transaction: by its journal where that is at hand, else by
/// [`release`].
pub async fn bury_one(db: &mut PgConnection) -> sqlx::Result<Option<SenderId>> {
    let dead = sqlx::query_scalar!(
        "UPDATE senders SET stopped_at = now()
          WHERE id = (SELECT id FROM senders
                       WHERE stopped_at IS NULL AND alive_at < now() - $1::float8 * interval '1 second'
                       LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
        LEASE.as_secs_f64()
    )
    .fetch_optional(db)
    .await?;
    Ok(dead.map(SenderId))
}

/// Ends a sender's lease, if it has not ended before. `false`: this database knows no such sender.
/// As with [`bury_one`], what it held is dealt with in the same transaction.
pub async fn end(db: impl PgExecutor<'_>, id: SenderId) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("UPDATE senders SET stopped_at = coalesce(stopped_at, now()) WHERE id = $1", id.0)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The messages that a sender holds.
pub async fn held(db: impl PgExecutor<'_>, id: SenderId) -> sqlx::Result<Vec<Held>> {
    let held = sqlx::query!(
        r#"SELECT m.id,
                  (SELECT CASE m.stream WHEN 'campaign' THEN campaign_policy ELSE single_policy END
                     FROM settings) = 'at_least_once' AS "may_repeat!",
                  (SELECT max(started_at) FROM attempts a WHERE a.message_id = m.id) AS last_attempt
             FROM queue q JOIN messages m ON m.id = q.message_id
            WHERE q.sender_id = $1"#,
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(held
        .into_iter()
        .map(|row| Held { id: row.id.into(), may_repeat: row.may_repeat, last_attempt: row.last_attempt })
        .collect())
}

/// Deals with what a sender that will not go on still holds, where nobody knows what it had begun:
/// by the policy of its stream a message is in doubt, or queued again. Returns how many are in doubt.
pub async fn release(db: impl PgExecutor<'_>, id: SenderId) -> sqlx::Result<u64> {
    let in_doubt = sqlx::query_scalar!(
        r#"WITH held AS MATERIALIZED (
               SELECT q.message_id,
                      (SELECT CASE m.stream WHEN 'campaign' THEN campaign_policy ELSE single_policy END
                         FROM settings) = 'at_most_once' AS is_once
                 FROM queue q JOIN messages m ON m.id = q.message_id
                WHERE q.sender_id = $1),
           ended AS (
               DELETE FROM queue
                WHERE sender_id = $1 AND message_id = ANY(ARRAY(SELECT message_id FROM held WHERE is_once))),
           again AS (
               UPDATE queue SET sender_id = NULL
                WHERE sender_id = $1 AND message_id = ANY(ARRAY(SELECT message_id FROM held WHERE NOT is_once))),
           done AS (
               UPDATE messages m
                  SET state = CASE WHEN held.is_once THEN 'in_doubt' ELSE 'queued' END,
                      finished_at = CASE WHEN held.is_once THEN now() END,
                      reason = $2
                 FROM held WHERE m.id = held.message_id
               RETURNING m.id, m.stream, m.campaign_id, m.state),
           told AS (
               INSERT INTO webhook_events (webhook_id, kind, subject, facts)
               SELECT w.id, 'email.in_doubt', done.id, jsonb_build_object('reason', $2::text)
                 FROM done JOIN webhooks w ON w.enabled AND 'email.in_doubt' = ANY (w.events)
                                          AND (w.campaigns OR done.campaign_id IS NULL)
                WHERE done.state = 'in_doubt' AND done.stream <> 'test'),
           counted AS (
               UPDATE campaign_counts c SET in_doubt = c.in_doubt + d.n
                 FROM (SELECT campaign_id, count(*) AS n FROM done WHERE state = 'in_doubt' GROUP BY 1) d
                WHERE c.campaign_id = d.campaign_id)
           SELECT count(*) FILTER (WHERE state = 'in_doubt') AS "count!" FROM done"#,
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
