//! The calls that are to be made.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sebar_domain::id::WebhookId;
use sebar_domain::{EventKind, EventState};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{Row, Webhook};

/// The process that calls a webhook. No other calls it meanwhile, so that events keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease(pub Uuid);

/// An event that is to be told.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its place in the order of events.
    pub n: i64,
    /// Its id for the program: the same however often it is told.
    pub id: Uuid,
    /// What happened.
    pub kind: EventKind,
    /// To which message, contact or campaign.
    pub subject: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What was known of it then.
    pub facts: Value,
    /// Calls that failed.
    pub attempts: i16,
    /// What was sent at the first call, and is sent again.
    pub body: Option<String>,
}

/// How a call went.
#[derive(Clone, Debug)]
pub struct Called {
    /// Of which event.
    pub n: i64,
    /// Where it stands now.
    pub state: EventState,
    /// When it is to be called again, if it is.
    pub due_at: DateTime<Utc>,
    /// When it was called.
    pub tried_at: DateTime<Utc>,
    /// How long that took.
    pub duration_ms: i32,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What was sent.
    pub body: String,
    /// The answer's beginning, or what went wrong.
    pub answer: String,
}

/// How a webhook fares after some calls.
#[derive(Clone, Debug)]
pub enum Health {
    /// One at least went well.
    Well,
    /// None did.
    Failing {
        /// How many were made.
        calls: i32,
        /// What went wrong last.
        fault: String,
        /// It is let alone so long.
        not_before: DateTime<Utc>,
        /// Whether it is turned off, and why: `failing`, `gone`.
        off: Option<&'static str>,
    },
}

/// Takes a webhook for which something is to be done, for `seconds`. `None`: there is nothing to do.
pub async fn lease(db: impl PgExecutor<'_>, by: Lease, seconds: f64) -> sqlx::Result<Option<Webhook>> {
    let row = sqlx::query_as!(
        Row,
        "UPDATE webhooks SET leased_by = $1, leased_until = now() + make_interval(secs => $2)
          WHERE id = (SELECT id FROM webhooks w
                       WHERE enabled AND (leased_until IS NULL OR leased_until < now())
                         AND (not_before IS NULL OR not_before <= now())
                         AND EXISTS (SELECT FROM webhook_events e
                                      WHERE e.webhook_id = w.id AND e.state = 'pending' AND e.due_at <= now())
                       ORDER BY leased_until NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED)
         RETURNING id, url, description, events, campaigns, secret, old_secret, old_until, enabled, disabled_why,
                   created_at, failures, failing_since, succeeded_at, fault",
        by.0,
        seconds
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Webhook::from))
}

/// Holds a lease for `seconds` more, and reads the webhook anew. `None`: it is not ours any more, or it
/// was turned off, or it is to be let alone for a while.
pub async fn hold(
    db: impl PgExecutor<'_>,
    by: Lease,
    id: WebhookId,
    seconds: f64,
) -> sqlx::Result<Option<Webhook>> {
    let row = sqlx::query_as!(
        Row,
        "UPDATE webhooks SET leased_until = now() + make_interval(secs => $3)
          WHERE id = $1 AND leased_by = $2 AND enabled AND (not_before IS NULL OR not_before <= now())
         RETURNING id, url, description, events, campaigns, secret, old_secret, old_until, enabled, disabled_why,
                   created_at, failures, failing_since, succeeded_at, fault",
        id.0,
        by.0,
        seconds
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Webhook::from))
}

/// Gives a lease back.
pub async fn release(db: impl PgExecutor<'_>, by: Lease, id: WebhookId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE webhooks SET leased_by = NULL, leased_until = NULL WHERE id = $1 AND leased_by = $2",
        id.0,
        by.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The next `limit` calls for a webhook, in the order of events. Those that an earlier event of the same
/// subject stands before, which waits to be told again, wait with it.
pub async fn due(db: impl PgExecutor<'_>, id: WebhookId, limit: i64) -> sqlx::Result<Vec<Call>> {
    let rows = sqlx::query!(
        r#"WITH due AS MATERIALIZED (
               SELECT n, id, kind, subject, at, facts, attempts, body
                 FROM webhook_events
                WHERE webhook_id = $1 AND state = 'pending' AND due_at <= now()
                ORDER BY due_at, n LIMIT $2),
           behind AS (
               SELECT d.n, max(e.due_at) AS due_at
                 FROM due d JOIN webhook_events e
                   ON e.webhook_id = $1 AND e.subject = d.subject AND e.n < d.n AND e.state = 'pending'
                WHERE e.n <> ALL (ARRAY(SELECT n FROM due))
                GROUP BY d.n),
           moved AS (
               UPDATE webhook_events e SET due_at = behind.due_at FROM behind WHERE e.n = behind.n)
           SELECT n AS "n!", id AS "id!", kind AS "kind!", subject AS "subject!", at AS "at!", facts AS "facts!",
                  attempts AS "attempts!", body
             FROM due WHERE n NOT IN (SELECT n FROM behind) ORDER BY n"#,
        id.0,
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Call {
                n: row.n,
                id: row.id,
                kind: row.kind.parse().map_err(|fault| sqlx::Error::Decode(Box::new(fault)))?,
                subject: row.subject,
                at: row.at,
                facts: row.facts,
                attempts: row.attempts,
                body: row.body,
            })
        })
        .collect()
}

/// What is known of the subjects of events now; what is gone is missing.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    /// Messages, contacts and campaigns by their ids, as a program sees them.
    pub of: HashMap<Uuid, Value>,
    /// Addresses of links by message and number.
    pub links: HashMap<(Uuid, i64), String>,
}

/// Looks up the subjects of calls.
pub async fn subjects(db: &mut PgConnection, calls: &[Call]) -> sqlx::Result<Subjects> {
    let ids = |family: &str| -> Vec<Uuid> {
        calls.iter().filter(|call| call.kind.family() == family).map(|call| call.subject).collect()
    };
    let (messages, contacts, campaigns) = (ids("email"), ids("contact"), ids("campaign"));
    let mut of = HashMap::new();
    if let (Some(first), Some(last)) = (messages.iter().min(), messages.iter().max()) {
        // The bounds leave only the partitions of these messages.
        let rows = sqlx::query!(
            r#"SELECT m.id AS "id!", jsonb_build_object(
                          'email_id', 'msg_' || replace(coalesce(e.id, m.id)::text, '-', ''),
                          'stream', m.stream, 'recipient', m.recipient, 'state', m.state,
                          'from', coalesce(e.addressed ->> 'from', c.from_email),
                          'to', coalesce(e.addressed -> 'to', jsonb_build_array(m.recipient)),
                          'subject', coalesce(e.subject, c.subject),
                          'tags', coalesce(e.tags, '[]'), 'metadata', coalesce(e.metadata, '{}'),
                          'campaign', CASE WHEN c.id IS NOT NULL THEN jsonb_build_object('id', c.id, 'name', c.name) END,
                          'contact_id', m.contact_id) AS "of!"
                 FROM messages m
                 LEFT JOIN emails e ON e.id = m.content_id AND m.stream = 'transactional'
                 LEFT JOIN campaigns c ON c.id = m.campaign_id
                WHERE m.id = ANY ($1) AND m.id >= $2 AND m.id <= $3"#,
            &messages,
            first,
            last
        )
        .fetch_all(&mut *db)
        .await?;
        of.extend(rows.into_iter().map(|row| (row.id, row.of)));
    }
    let links = links(db, calls).await?;
    if !contacts.is_empty() {
        let rows = sqlx::query!(
            r#"SELECT c.id AS "id!", jsonb_build_object(
                          'id', c.id, 'email', c.email, 'name', c.name, 'attributes', c.attributes,
                          'unsubscribed', c.unsubscribed_at IS NOT NULL,
                          'lists', coalesce((SELECT jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name) ORDER BY l.name)
                                      FROM list_members m JOIN lists l ON l.id = m.list_id
                                     WHERE m.contact_id = c.id), '[]')) AS "of!"
                 FROM contacts c WHERE c.id = ANY ($1)"#,
            &contacts
        )
        .fetch_all(&mut *db)
        .await?;
        of.extend(rows.into_iter().map(|row| (row.id, row.of)));
    }
    if !campaigns.is_empty() {
        let rows = sqlx::query!(
            r#"SELECT c.id AS "id!", jsonb_build_object(
                          'id', c.id, 'name', c.name, 'state', c.state, 'scheduled_at', c.scheduled_at,
                          'started_at', c.started_at, 'finished_at', c.finished_at,
                          'recipients', c.audience_size,
                          'sent', coalesce(n.sent, 0), 'failed', coalesce(n.failed, 0),
                          'suppressed', coalesce(n.suppressed, 0), 'in_doubt', coalesce(n.in_doubt, 0),
                          'cancelled', coalesce(n.cancelled, 0)) AS "of!"
                 FROM campaigns c LEFT JOIN campaign_counts n ON n.campaign_id = c.id
                WHERE c.id = ANY ($1)"#,
            &campaigns
        )
        .fetch_all(db)
        .await?;
        of.extend(rows.into_iter().map(|row| (row.id, row.of)));
    }
    Ok(Subjects { of, links })
}

/// The links that were followed.
async fn links(db: &mut PgConnection, calls: &[Call]) -> sqlx::Result<HashMap<(Uuid, i64), String>> {
    let clicks = calls.iter().filter(|call| call.kind == EventKind::EmailClicked);
    let number = |call: &Call| call.facts.get("link").and_then(Value::as_i64);
    let (messages, numbers): (Vec<Uuid>, Vec<i64>) =
        clicks.filter_map(|call| Some((call.subject, number(call)?))).unzip();
    let (Some(first), Some(last)) = (messages.iter().min(), messages.iter().max()) else {
        return Ok(HashMap::new());
    };
    let rows = sqlx::query!(
        r#"SELECT m.id AS "message!", l.n AS "n!", l.url AS "url!"
             FROM unnest($1::uuid[], $2::bigint[]) AS c (message_id, n)
             JOIN messages m ON m.id = c.message_id
             JOIN content_links l ON l.content_id = m.content_id AND l.n = c.n
            WHERE m.id >= $3 AND m.id <= $4"#,
        &messages,
        &numbers,
        first,
        last
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.message, i64::from(row.n)), row.url)).collect())
}

/// Writes down how calls went, and how the webhook fares.
pub async fn finish(
    db: &mut PgConnection,
    id: WebhookId,
    called: &[Called],
    health: &Health,
) -> sqlx::Result<()> {
    sqlx::query!(
        // The call before this one goes to the earlier ones; the statement sees it as it was.
        "WITH before AS (
             INSERT INTO webhook_calls (event_n, tried_at, duration_ms, status, answer)
             SELECT n, tried_at, coalesce(duration_ms, 0), status, answer
               FROM webhook_events WHERE n = ANY ($1) AND tried_at IS NOT NULL
             ON CONFLICT DO NOTHING)
         UPDATE webhook_events e
            SET state = c.state, due_at = c.due_at, tried_at = c.tried_at, duration_ms = c.duration_ms,
                status = c.status, body = c.body, answer = c.answer, attempts = e.attempts + 1
           FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::smallint[],
                       $7::text[], $8::text[])
                AS c (n, state, due_at, tried_at, duration_ms, status, body, answer)
          WHERE e.n = c.n AND e.n = ANY ($1)",
        &called.iter().map(|call| call.n).collect::<Vec<_>>(),
        &called.iter().map(|call| call.state.as_str()).collect::<Vec<_>>() as &[&str],
        &called.iter().map(|call| call.due_at).collect::<Vec<_>>(),
        &called.iter().map(|call| call.tried_at).collect::<Vec<_>>(),
        &called.iter().map(|call| call.duration_ms).collect::<Vec<_>>(),
        &called
            .iter()
            .map(|call| call.status.and_then(|status| i16::try_from(status).ok()))
            .collect::<Vec<_>>() as &[Option<i16>],
        &called.iter().map(|call| call.body.as_str()).collect::<Vec<_>>() as &[&str],
        &called.iter().map(|call| call.answer.replace('\0', "")).collect::<Vec<_>>()
    )
    .execute(&mut *db)
    .await?;
    match health {
        Health::Well => {
            sqlx::query!(
                "UPDATE webhooks
                    SET failures = 0, failing_since = NULL, not_before = NULL, succeeded_at = now(), fault = ''
                  WHERE id = $1",
                id.0
            )
            .execute(db)
            .await?;
        }
        Health::Failing { calls, fault, not_before, off } => {
            sqlx::query!(
                "UPDATE webhooks
                    SET failures = failures + $2, failing_since = coalesce(failing_since, now()), fault = $3,
                        not_before = $4, enabled = enabled AND $5::text IS NULL,
                        disabled_why = CASE WHEN enabled THEN $5 ELSE disabled_why END
                  WHERE id = $1",
                id.0,
                calls,
                fault.replace('\0', ""),
                not_before,
                *off
            )
            .execute(db)
            .await?;
        }
    }
    Ok(())
}
