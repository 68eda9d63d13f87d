//! The queue: claiming messages that are due.
//!
//! A claim costs what it takes, not what the queue or the history holds: `messages_queue` is the
//! only index that serves its order, and rows that another sender is claiming are skipped. What
//! follows is joined by subqueries, because a join would tempt the planner to read whole tables
//! when a generic plan thinks a claim large.

use chrono::{DateTime, Utc};
use sebar_domain::Stream;
use sebar_domain::id::{CampaignId, ContentId, MessageId, SenderId};
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
    /// When it was first tried, unless this is the first time.
    pub first_tried_at: Option<DateTime<Utc>>,
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
        }
    }
}

/// Leases up to `limit` due messages of a campaign to a sender.
///
/// Those whose recipient unsubscribed, was deleted or suppressed since they were planned become
/// `suppressed` in the same statement and are not returned, so fewer than `limit` does not mean
/// that nothing is left: only an empty answer with `0` looked at does, the second value.
pub async fn claim(
    db: impl PgExecutor<'_>,
    campaign: CampaignId,
    sender: SenderId,
    limit: i64,
) -> sqlx::Result<(Vec<Claimed>, bool)> {
    let rows = sqlx::query!(
        r#"WITH due AS MATERIALIZED (
               SELECT id, recipient, contact_id
                 FROM messages
                WHERE campaign_id = $1 AND state = 'queued' AND due_at <= now()
                ORDER BY due_at, id LIMIT $3
                  FOR UPDATE SKIP LOCKED),
           checked AS MATERIALIZED (
               SELECT id, CASE
                      WHEN EXISTS (SELECT FROM suppressions s WHERE s.email = lower(recipient)) THEN 'suppressed'
                      WHEN contact_id IS NOT NULL THEN
                           coalesce((SELECT CASE WHEN c.unsubscribed_at IS NULL THEN '' ELSE 'unsubscribed' END
                                       FROM contacts c WHERE c.id = contact_id), 'contact_deleted')
                      ELSE '' END AS stop
                 FROM due),
           taken AS (
               UPDATE messages SET state = 'claimed', sender_id = $2
                WHERE id = ANY(ARRAY(SELECT id FROM checked WHERE stop = ''))
               RETURNING id, stream, campaign_id, content_id, recipient, merge, attempts),
           stopped AS (
               UPDATE messages m
                  SET state = 'suppressed', finished_at = now(),
                      reason = (SELECT stop FROM checked WHERE checked.id = m.id)
                WHERE id = ANY(ARRAY(SELECT id FROM checked WHERE stop <> ''))
               RETURNING m.id),
           counted AS (
               UPDATE campaign_counts SET suppressed = suppressed + (SELECT count(*) FROM stopped)
                WHERE campaign_id = $1 AND EXISTS (SELECT FROM stopped))
           SELECT t.id AS "id?", t.stream AS "stream?", t.content_id AS "content_id?", t.recipient AS "recipient?",
                  t.merge AS "merge?",
                  CASE WHEN t.attempts > 0 THEN
                       (SELECT min(a.started_at) FROM attempts a
                         WHERE a.message_id = t.id AND a.outcome <> 'relay_fault') END AS first_tried_at
             FROM (SELECT 1) one LEFT JOIN taken t ON true
            WHERE EXISTS (SELECT FROM checked)"#,
        campaign.0,
        sender.0,
        limit
    )
    .fetch_all(db)
    .await?;
    let found = !rows.is_empty();
    let claimed = rows.into_iter().filter_map(|row| {
        Some(Claimed::from(Row {
            id: row.id?,
            stream: row.stream?,
            campaign_id: Some(campaign.0),
            mailing: Some(campaign.0),
            content_id: row.content_id?,
            recipient: row.recipient?,
            merge: row.merge?,
            first_tried_at: row.first_tried_at,
        }))
    });
    Ok((claimed.collect(), found))
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
               SELECT id, recipient
                 FROM messages m
                WHERE campaign_id IS NULL AND state = 'queued' AND due_at <= now()
                  AND (cardinality($1::text[]) = 0
                       OR EXISTS (SELECT FROM contents k
                                   WHERE k.id = m.content_id
                                     AND (lower(k.from_email) = ANY($1)
                                          OR '@' || lower(split_part(k.from_email, '@', 2)) = ANY($1))))
                ORDER BY due_at, id LIMIT $3
                  FOR UPDATE SKIP LOCKED),
           checked AS MATERIALIZED (
               SELECT id, EXISTS (SELECT FROM suppressions s WHERE s.email = lower(recipient)) AS stop FROM due),
           taken AS (
               UPDATE messages SET state = 'claimed', sender_id = $2
                WHERE id = ANY(ARRAY(SELECT id FROM checked WHERE NOT stop))
               RETURNING id, stream, campaign_id, test_of, content_id, recipient, merge, attempts),
           stopped AS (
               UPDATE messages SET state = 'suppressed', finished_at = now(), reason = 'suppressed'
                WHERE id = ANY(ARRAY(SELECT id FROM checked WHERE stop)))
           SELECT id, stream, campaign_id, test_of AS mailing, content_id, recipient, merge,
                  CASE WHEN attempts > 0 THEN
                       (SELECT min(a.started_at) FROM attempts a
                         WHERE a.message_id = taken.id AND a.outcome <> 'relay_fault') END AS first_tried_at
             FROM taken"#,
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
        r#"WITH ended AS (
               UPDATE messages SET state = 'cancelled', finished_at = now(), reason = 'cancelled'
                WHERE id = ANY(ARRAY(
                      SELECT id FROM messages WHERE campaign_id = $1 AND state = 'queued'
                       ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED))
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
