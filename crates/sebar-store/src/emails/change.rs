use chrono::{DateTime, Utc};
use sebar_domain::EventKind;
use sebar_domain::id::MessageId;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::bounds;
use crate::webhooks::{self, NewEvent};

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// So many of its messages were waiting, and are changed.
    Waiting(usize),
    /// None was waiting any more.
    Nothing,
}

impl Changed {
    fn of(n: usize) -> Self {
        if n == 0 { Self::Nothing } else { Self::Waiting(n) }
    }
}

/// Ends those messages of a mail that wait. `None` if there is no such mail.
///
/// A ticket that a sender holds, or is just taking, is left alone: its mail may be on its way.
pub async fn cancel(db: &mut PgConnection, id: MessageId) -> sqlx::Result<Option<Changed>> {
    let Some(ids) = lock(db, id).await? else { return Ok(None) };
    let (first, last) = bounds(&ids);
    let ended = sqlx::query_scalar!(
        r#"WITH gone AS (
               DELETE FROM queue
                WHERE ctid = ANY(ARRAY(
                      SELECT ctid FROM queue
                       WHERE campaign_id IS NULL AND message_id = ANY($1) AND sender_id IS NULL
                         FOR UPDATE SKIP LOCKED))
               RETURNING message_id)
           UPDATE messages SET state = 'cancelled', finished_at = now(), reason = 'cancelled'
            WHERE id = ANY(ARRAY(SELECT message_id FROM gone)) AND id >= $2 AND id <= $3
           RETURNING id"#,
        &ids,
        first,
        last
    )
    .fetch_all(&mut *db)
    .await?;
    tell(db, EventKind::EmailCancelled, &ended, &json!({})).await?;
    Ok(Some(Changed::of(ended.len())))
}

/// Gives those messages of a mail that wait, and were not tried yet, another time. `None` if there is
/// no such mail. Wake the senders when it is done.
pub async fn reschedule(
    db: &mut PgConnection,
    id: MessageId,
    at: DateTime<Utc>,
) -> sqlx::Result<Option<Changed>> {
    let Some(ids) = lock(db, id).await? else { return Ok(None) };
    let (first, last) = bounds(&ids);
    let moved = sqlx::query_scalar!(
        r#"WITH moved AS (
               UPDATE queue SET due_at = $4
                WHERE ctid = ANY(ARRAY(
                      SELECT q.ctid FROM queue q JOIN messages m ON m.id = q.message_id
                       WHERE q.campaign_id IS NULL AND q.message_id = ANY($1) AND q.sender_id IS NULL
                         AND m.id >= $2 AND m.id <= $3 AND m.attempts = 0
                         FOR UPDATE OF q SKIP LOCKED))
               RETURNING message_id)
           UPDATE messages SET due_at = $4
            WHERE id = ANY(ARRAY(SELECT message_id FROM moved)) AND id >= $2 AND id <= $3
           RETURNING id"#,
        &ids,
        first,
        last,
        at
    )
    .fetch_all(&mut *db)
    .await?;
    // The Date only while nobody has the mail: its recipients get the same bytes.
    if moved.len() == ids.len() {
        sqlx::query!(
            "UPDATE emails SET scheduled_at = $2, dated_at = CASE WHEN dated_at IS NOT NULL THEN $2::timestamptz END WHERE id = $1",
            id.0,
            at
        )
        .execute(&mut *db)
        .await?;
    }
    tell(db, EventKind::EmailScheduled, &moved, &json!({ "scheduled_at": at })).await?;
    Ok(Some(Changed::of(moved.len())))
}

/// Queues those messages of a mail anew that failed or are in doubt. `None` if there is no such mail. Wake
/// the senders when it is done.
///
/// Suppressions are asked again when they are claimed, their time for retries begins again, and their
/// Message-ID stays.
pub async fn resend(db: &mut PgConnection, id: MessageId) -> sqlx::Result<Option<Changed>> {
    let Some(ids) = lock(db, id).await? else { return Ok(None) };
    let (first, last) = bounds(&ids);
    let again = sqlx::query_scalar!(
        r#"WITH again AS (
               UPDATE messages
                  SET state = 'queued', finished_at = NULL, reason = NULL, digest = NULL, size = NULL, due_at = now(),
                      attempts_before = attempts
                WHERE id = ANY($1) AND id >= $2 AND id <= $3 AND state IN ('failed', 'in_doubt')
               RETURNING id)
           INSERT INTO queue (message_id, pool_id)
           SELECT a.id, e.pool_id FROM again a, emails e WHERE e.id = $4
           RETURNING message_id"#,
        &ids,
        first,
        last,
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(Some(Changed::of(again.len())))
}

/// Tells webhooks of what happened to messages.
async fn tell(db: &mut PgConnection, kind: EventKind, messages: &[Uuid], facts: &Value) -> sqlx::Result<()> {
    let event = |message: &Uuid| NewEvent {
        kind,
        message: MessageId(*message),
        of_campaign: false,
        at: Utc::now(),
        facts: facts.clone(),
    };
    webhooks::tell(db, &messages.iter().map(event).collect::<Vec<_>>()).await
}

/// The messages of a mail, whose row is locked: two changes come one after the other.
async fn lock(db: &mut PgConnection, id: MessageId) -> sqlx::Result<Option<Vec<Uuid>>> {
    sqlx::query_scalar!(
        r#"SELECT message_ids AS "message_ids!" FROM emails WHERE id = $1 FOR NO KEY UPDATE"#,
        id.0
    )
    .fetch_optional(db)
    .await
}
