//! The queue: claiming messages that are due.
//!
//! A message that waits has a ticket in the table `queue`; claiming it writes the sender's name on the
//! ticket and leaves the message alone. A claim costs what it takes, not what the queue or the history
//! holds: `queue_due` is the only index that serves its order, and tickets that another sender is
//! claiming are skipped. The messages' own rows are then read by key; the bounds beside the keys leave
//! only the partitions that hold them.

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContentId, MessageId, SenderId};
use sebar_domain::{Reason, Stream};
use serde_json::Value;
use sqlx::PgExecutor;

/// The channel on which senders hear that there may be something to claim.
pub const CHANNEL: &str = "sebar_queue";

/// A message that this sender holds.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: MessageId,
    /// What kind of mail it is.
    pub stream: Stream,
    /// The campaign that it belongs to, if any.
    pub campaign: Option<CampaignId>,
    /// The campaign that its headers name: also that of a test mail.
    pub mailing: Option<CampaignId>,
    /// What it is composed from.
    pub content: ContentId,
    /// Whom it goes to.
    pub recipient: String,
    /// The data for its templates.
    pub merge: Value,
    /// When it was first tried (since somebody sent it anew), unless this is the first time.
    pub first_tried_at: Option<DateTime<Utc>>,
    /// Why it must not be sent after all: its recipient unsubscribed, was deleted or suppressed since
    /// it was planned. Such a message is to be recorded as suppressed.
    pub stop: Option<Reason>,
}

struct Row {
    id: uuid::Uuid,
    stream: String,
    campaign_id: Option<uuid::Uuid>,
    mailing: Option<uuid::Uuid>,
    content_id: uuid::Uuid,
    recipient: String,
    merge: Value,
    first_tried_at: Option<DateTime<Utc>>,
    stop: String,
}

impl From<Row> for Claimed {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            // The CHECK on the column allows no other word.
            stream: row.stream.parse().unwrap_or(Stream::Campaign),
            campaign: row.campaign_id.map(Into::into),
            mailing: row.mailing.map(Into::into),
            content: row.content_id.into(),
            recipient: row.recipient,
            merge: row.merge,
            first_tried_at: row.first_tried_at,
            stop: (!row.stop.is_empty()).then(|| row.stop.parse().unwrap_or(Reason::Suppressed)),
        }
    }
}

/// Leases up to `limit` due messages of a campaign to a sender. Consent is asked again here.
pub async fn claim(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    sender: SenderId,
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH due AS MATERIALIZED (
               SELECT ctid AS place, message_id
                 FROM queue
                WHERE campaign_id = $1 AND sender_id IS NULL AND due_at <= now()
                ORDER BY due_at, message_id LIMIT $3
                  FOR UPDATE SKIP LOCKED),
           taken AS (
               UPDATE queue SET sender_id = $2 WHERE ctid = ANY(ARRAY(SELECT place FROM due)))
           SELECT m.id AS "id!", m.stream AS "stream!", m.campaign_id, m.campaign_id AS mailing,
                  m.content_id AS "content_id!", m.recipient AS "recipient!", m.merge AS "merge!",
                  CASE WHEN m.attempts > m.attempts_before THEN
                       (SELECT min(a.started_at) FROM attempts a
                         WHERE a.message_id = m.id AND a.n > m.attempts_before AND a.outcome <> 'relay_fault')
                  END AS first_tried_at,
                  CASE WHEN EXISTS (SELECT FROM suppressions s WHERE s.email = lower(m.recipient)) THEN 'suppressed'
                       WHEN m.contact_id IS NOT NULL THEN
                            coalesce((SELECT CASE WHEN c.unsubscribed_at IS NULL THEN '' ELSE 'unsubscribed' END
                                        FROM contacts c WHERE c.id = m.contact_id), 'contact_deleted')
                       ELSE '' END AS "stop!"
             FROM messages m
            WHERE m.id = ANY(ARRAY(SELECT message_id FROM due))
              AND m.id >= (SELECT message_id FROM due ORDER BY message_id LIMIT 1)
              AND m.id <= (SELECT message_id FROM due ORDER BY message_id DESC LIMIT 1)"#,
        campaign.0,
        sender.0,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Claimed::from).collect())
}

/// Leases up to `limit` due messages that belong to no campaign: tests and single mails, which go
/// first. Only those whose sender's address stands in `from_allowed` (addresses or `@domain`s in
/// lower case; empty: any).
pub async fn claim_urgent(
    db: impl PgExecutor<'_>,
    from_allowed: &[String],
    sender: SenderId,
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    let rows = sqlx::query_as!(
        Row,
        r#"WITH due AS MATERIALIZED (
               SELECT ctid AS place, message_id
                 FROM queue q
                WHERE campaign_id IS NULL AND sender_id IS NULL AND due_at <= now()
                  AND (cardinality($1::text[]) = 0
                       OR EXISTS (SELECT FROM messages m JOIN contents k ON k.id = m.content_id
                                   WHERE m.id = q.message_id
                                     AND (lower(k.from_email) = ANY($1)
                                          OR '@' || lower(split_part(k.from_email, '@', 2)) = ANY($1))))
                ORDER BY due_at, message_id LIMIT $3
                  FOR UPDATE SKIP LOCKED),
           taken AS (
               UPDATE queue SET sender_id = $2 WHERE ctid = ANY(ARRAY(SELECT place FROM due)))
           SELECT m.id AS "id!", m.stream AS "stream!", m.campaign_id, m.test_of AS mailing,
                  m.content_id AS "content_id!", m.recipient AS "recipient!", m.merge AS "merge!",
                  CASE WHEN m.attempts > m.attempts_before THEN
                       (SELECT min(a.started_at) FROM attempts a
                         WHERE a.message_id = m.id AND a.n > m.attempts_before AND a.outcome <> 'relay_fault')
                  END AS first_tried_at,
                  CASE WHEN EXISTS (SELECT FROM suppressions s WHERE s.email = lower(m.recipient))
                       THEN 'suppressed' ELSE '' END AS "stop!"
             FROM messages m
            WHERE m.id = ANY(ARRAY(SELECT message_id FROM due))
              AND m.id >= (SELECT message_id FROM due ORDER BY message_id LIMIT 1)
              AND m.id <= (SELECT message_id FROM due ORDER BY message_id DESC LIMIT 1)"#,
        from_allowed,
        sender.0,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Claimed::from).collect())
}

/// Tells the senders that there may be something to claim; they hear it when the transaction commits.
pub async fn wake(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_notify($1, '')", CHANNEL).execute(db).await?;
    Ok(())
}

/// Ends up to `limit` queued messages of a cancelled campaign. Returns how many.
pub async fn cancel(db: impl PgExecutor<'_>, campaign: CampaignId, limit: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"WITH gone AS (
               DELETE FROM queue
                WHERE ctid = ANY(ARRAY(
                      SELECT ctid FROM queue WHERE campaign_id = $1 AND sender_id IS NULL
                       ORDER BY due_at, message_id LIMIT $2 FOR UPDATE SKIP LOCKED))
               RETURNING message_id),
           ended AS (
               UPDATE messages SET state = 'cancelled', finished_at = now(), reason = 'cancelled'
                WHERE id = ANY(ARRAY(SELECT message_id FROM gone))
               RETURNING id),
           counted AS (
               UPDATE campaign_counts SET cancelled = cancelled + (SELECT count(*) FROM ended)
                WHERE campaign_id = $1 AND EXISTS (SELECT FROM ended))
           SELECT count(*) AS "count!" FROM ended"#,
        campaign.0,
        limit
    )
    .fetch_one(db)
    .await
}
