//! The queue: claiming messages that are due.
//!
//! A message that waits has a ticket in the table `queue`; claiming it writes the sender's name on the
//! ticket and leaves the message alone. A claim costs what it takes, not what the queue or the history
//! holds: `queue_due` is the only index that serves its order, and tickets that another sender is
//! claiming are skipped. The messages' own rows are then read by key.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContentId, MessageId, PoolId, RelayId, SenderId};
use sebar_domain::{Reason, Stream};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};

use crate::emails::{self, Parts};

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
    /// Of a single mail: the pool that it goes over, if any.
    pub pool: Option<PoolId>,
    /// Relays that did not want it lately.
    pub avoid: Vec<RelayId>,
    /// Of a single mail: what it is made from, if it is small. Others are read when their turn comes.
    pub parts: Option<Arc<Parts>>,
}

/// Who claims, and over what.
#[derive(Clone, Copy, Debug)]
pub struct Claimant {
    /// The sender that will hold the messages.
    pub sender: SenderId,
    /// The relay that will carry them. It gets none that it did not want lately.
    pub relay: RelayId,
}

/// A ticket that was just taken.
struct Ticket {
    message_id: uuid::Uuid,
    pool_id: Option<uuid::Uuid>,
    avoid: Option<Vec<uuid::Uuid>>,
}

/// Leases up to `limit` due messages of a campaign. Consent is asked again here. Call it in a
/// transaction.
pub async fn claim(
    db: &mut PgConnection,
    campaign: CampaignId,
    by: Claimant,
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    let tickets = sqlx::query_as!(
        Ticket,
        "WITH due AS MATERIALIZED (
             SELECT ctid AS place
               FROM queue
              WHERE campaign_id = $1 AND sender_id IS NULL AND due_at <= now()
                AND (avoid IS NULL OR avoid_until <= now() OR NOT $4 = ANY(avoid))
              ORDER BY due_at, message_id LIMIT $3
                FOR UPDATE SKIP LOCKED)
         UPDATE queue SET sender_id = $2 WHERE ctid = ANY(ARRAY(SELECT place FROM due))
         RETURNING message_id, pool_id, CASE WHEN avoid_until > now() THEN avoid END AS avoid",
        campaign.0,
        by.sender.0,
        limit,
        by.relay.0
    )
    .fetch_all(&mut *db)
    .await?;
    messages(db, tickets).await
}

/// Leases up to `limit` due messages of a campaign that none of the relays in `before` wanted lately,
/// nor this one refused. Call it in a transaction.
pub async fn claim_detours(
    db: &mut PgConnection,
    campaign: CampaignId,
    by: Claimant,
    before: &[RelayId],
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    let before: Vec<_> = before.iter().map(|relay| relay.0).collect();
    let tickets = sqlx::query_as!(
        Ticket,
        "WITH due AS MATERIALIZED (
             SELECT ctid AS place
               FROM queue
              WHERE campaign_id = $1 AND sender_id IS NULL AND due_at <= now()
                AND avoid IS NOT NULL AND avoid_until > now() AND avoid @> $5 AND NOT $4 = ANY(avoid)
              ORDER BY due_at, message_id LIMIT $3
                FOR UPDATE SKIP LOCKED)
         UPDATE queue SET sender_id = $2 WHERE ctid = ANY(ARRAY(SELECT place FROM due))
         RETURNING message_id, pool_id, avoid",
        campaign.0,
        by.sender.0,
        limit,
        by.relay.0,
        &before
    )
    .fetch_all(&mut *db)
    .await?;
    messages(db, tickets).await
}

/// What a relay may carry of the mail of no campaign.
#[derive(Clone, Debug, Default)]
pub struct Single<'a> {
    /// Addresses or `@domain`s in lower case that the mail must come from; empty: any.
    pub from_allowed: &'a [String],
    /// The pools whose mail it may carry.
    pub pools: &'a [PoolId],
    /// The other relays that are well. What one of them that stands before it in the pool may carry
    /// is left to that one, unless it did not want it lately.
    pub well: &'a [RelayId],
}

/// Leases up to `limit` due messages that belong to no campaign: tests and single mails, which go
/// first. Call it in a transaction.
pub async fn claim_urgent(
    db: &mut PgConnection,
    may: &Single<'_>,
    by: Claimant,
    limit: i64,
) -> sqlx::Result<Vec<Claimed>> {
    let pools: Vec<_> = may.pools.iter().map(|pool| pool.0).collect();
    let well: Vec<_> = may.well.iter().map(|relay| relay.0).collect();
    let tickets = sqlx::query_as!(
        Ticket,
        r#"WITH due AS MATERIALIZED (
               SELECT q.ctid AS place, q.message_id, way.pool_id AS way
                 FROM queue q
                 JOIN messages m ON m.id = q.message_id
                 LEFT JOIN contents k ON k.id = m.content_id AND m.stream <> 'transactional'
                 LEFT JOIN emails e ON e.id = m.content_id AND m.stream = 'transactional'
                 CROSS JOIN LATERAL (SELECT lower(coalesce(k.from_email, e.from_email)) AS address) sender
                 CROSS JOIN LATERAL (SELECT split_part(sender.address, '@', 2) AS name) domain
                 CROSS JOIN LATERAL (
                      -- As sebar_domain::Routing says.
                      SELECT coalesce(
                          (SELECT p.id FROM pools p WHERE p.id = q.pool_id),
                          (SELECT r.pool_id FROM routes r
                            WHERE (r.stream IS NULL OR r.stream = m.stream)
                              AND (r.from_domain IS NULL OR r.from_domain = domain.name)
                            ORDER BY r.from_domain IS NULL, r.stream IS NULL LIMIT 1)) AS pool_id) way
                WHERE q.campaign_id IS NULL AND q.sender_id IS NULL AND q.due_at <= now()
                  AND (q.avoid IS NULL OR q.avoid_until <= now() OR NOT $4 = ANY(q.avoid))
                  AND (cardinality($1::text[]) = 0
                       OR sender.address = ANY($1) OR '@' || domain.name = ANY($1))
                  AND (way.pool_id IS NULL
                       OR way.pool_id = ANY($5)
                          AND NOT EXISTS (
                              SELECT FROM pool_relays own
                                JOIN pool_relays b ON b.pool_id = own.pool_id AND b.rank < own.rank
                                JOIN relays r ON r.id = b.relay_id
                               WHERE own.pool_id = way.pool_id AND own.relay_id = $4 AND r.id = ANY($6)
                                 AND NOT coalesce(q.avoid_until > now() AND r.id = ANY(q.avoid), false)
                                 AND (cardinality(r.from_allowed) = 0 OR sender.address = ANY(r.from_allowed)
                                      OR '@' || domain.name = ANY(r.from_allowed))))
                ORDER BY q.due_at, q.message_id LIMIT $3
                  FOR UPDATE OF q SKIP LOCKED)
           UPDATE queue q SET sender_id = $2 WHERE ctid = ANY(ARRAY(SELECT place FROM due))
           RETURNING message_id, (SELECT way FROM due WHERE due.message_id = q.message_id) AS pool_id,
                     CASE WHEN avoid_until > now() THEN avoid END AS avoid"#,
        may.from_allowed,
        by.sender.0,
        limit,
        by.relay.0,
        &pools,
        &well
    )
    .fetch_all(&mut *db)
    .await?;
    let mut claimed = messages(&mut *db, tickets).await?;
    let contents = claimed.iter().filter(|one| one.stream == Stream::Transactional).map(|one| one.content);
    let contents: Vec<ContentId> = contents.collect();
    let parts = emails::small_parts(db, &contents).await?;
    for one in &mut claimed {
        one.parts = parts.get(&one.content).cloned();
    }
    Ok(claimed)
}

/// The messages of tickets that this transaction took. The bounds beside the keys leave only the
/// partitions that hold them.
async fn messages(db: &mut PgConnection, tickets: Vec<Ticket>) -> sqlx::Result<Vec<Claimed>> {
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.message_id).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
    let mut rows = sqlx::query!(
        r#"SELECT m.id, m.stream, m.campaign_id, coalesce(m.campaign_id, m.test_of) AS mailing,
                  m.content_id, m.recipient, m.merge,
                  CASE WHEN m.attempts > m.attempts_before THEN
                       (SELECT min(a.started_at) FROM attempts a
                         WHERE a.message_id = m.id AND a.n > m.attempts_before AND a.outcome <> 'relay_fault')
                  END AS first_tried_at,
                  -- A single mail goes to those who unsubscribed, too.
                  CASE WHEN EXISTS (SELECT FROM suppressions s
                                     WHERE s.email = ANY(suppression_keys(m.recipient))
                                       AND (m.campaign_id IS NOT NULL OR s.reason <> 'unsubscribed')) THEN 'suppressed'
                       WHEN m.campaign_id IS NOT NULL AND m.contact_id IS NOT NULL THEN
                            coalesce((SELECT CASE WHEN c.unsubscribed_at IS NULL THEN '' ELSE 'unsubscribed' END
                                        FROM contacts c WHERE c.id = m.contact_id), 'contact_deleted')
                       ELSE '' END AS "stop!"
             FROM messages m
            WHERE m.id = ANY($1) AND m.id >= $2 AND m.id <= $3"#,
        &ids,
        first,
        last
    )
    .fetch_all(db)
    .await?;
    rows.sort_unstable_by_key(|row| row.id);
    let mut tickets = tickets;
    tickets.sort_unstable_by_key(|ticket| ticket.message_id);
    // A ticket whose message is not there (its month was dropped) has no row to go with.
    let mut tickets = tickets.into_iter();
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let ticket = tickets.find(|ticket| ticket.message_id == row.id)?;
            Some(Claimed {
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
                pool: ticket.pool_id.map(Into::into),
                avoid: ticket.avoid.into_iter().flatten().map(Into::into).collect(),
                parts: None,
            })
        })
        .collect())
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
           told AS (
               INSERT INTO webhook_events (webhook_id, kind, subject)
               SELECT w.id, 'email.cancelled', ended.id
                 FROM ended JOIN webhooks w ON w.enabled AND 'email.cancelled' = ANY (w.events) AND w.campaigns),
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
