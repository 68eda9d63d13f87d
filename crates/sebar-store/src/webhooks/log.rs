//! What a webhook was told, for people and programs to look at.

use chrono::{DateTime, Utc};
use sebar_domain::id::WebhookId;
use sebar_domain::{EventKind, EventState};
use sqlx::PgExecutor;
use uuid::Uuid;

/// One event and the last call for it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the order of events.
    pub n: i64,
    /// Its id for the program.
    pub id: Uuid,
    /// What happened.
    pub kind: EventKind,
    /// To which message, contact or campaign.
    pub subject: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Where its call stands.
    pub state: EventState,
    /// Calls so far.
    pub attempts: i16,
    /// When it is called (again), while it is pending.
    pub due_at: DateTime<Utc>,
    /// When it was called last.
    pub tried_at: Option<DateTime<Utc>>,
    /// How long that took.
    pub duration_ms: Option<i32>,
    /// The HTTP status, if there was an answer.
    pub status: Option<i16>,
    /// What was sent.
    pub body: Option<String>,
    /// The answer's beginning, or what went wrong.
    pub answer: String,
}

struct Row {
    n: i64,
    id: Uuid,
    kind: String,
    subject: Uuid,
    at: DateTime<Utc>,
    state: String,
    attempts: i16,
    due_at: DateTime<Utc>,
    tried_at: Option<DateTime<Utc>>,
    duration_ms: Option<i32>,
    status: Option<i16>,
    body: Option<String>,
    answer: String,
}

impl TryFrom<Row> for Entry {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let decode = |fault| sqlx::Error::Decode(Box::new(fault));
        Ok(Self {
            n: row.n,
            id: row.id,
            kind: row.kind.parse().map_err(decode)?,
            subject: row.subject,
            at: row.at,
            state: row.state.parse().map_err(decode)?,
            attempts: row.attempts,
            due_at: row.due_at,
            tried_at: row.tried_at,
            duration_ms: row.duration_ms,
            status: row.status,
            body: row.body,
            answer: row.answer,
        })
    }
}

/// Entries of a webhook before `before`, the newest first; in one state, if that is given.
pub async fn listing(
    db: impl PgExecutor<'_>,
    id: WebhookId,
    state: Option<EventState>,
    before: Option<i64>,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let before = before.unwrap_or(i64::MAX);
    let rows = match state {
        // Nearly all are delivered: they are read among all.
        None | Some(EventState::Delivered) => {
            sqlx::query_as!(
                Row,
                "SELECT n, id, kind, subject, at, state, attempts, due_at, tried_at, duration_ms, status, body, answer
                   FROM webhook_events WHERE webhook_id = $1 AND n < $2 AND (NOT $4 OR state = 'delivered')
                  ORDER BY n DESC LIMIT $3",
                id.0,
                before,
                limit,
                state.is_some()
            )
            .fetch_all(db)
            .await?
        }
        Some(state) => {
            sqlx::query_as!(
                Row,
                "SELECT n, id, kind, subject, at, state, attempts, due_at, tried_at, duration_ms, status, body, answer
                   FROM webhook_events WHERE webhook_id = $1 AND n < $2 AND state <> 'delivered' AND state = $4
                  ORDER BY n DESC LIMIT $3",
                id.0,
                before,
                limit,
                state.as_str()
            )
            .fetch_all(db)
            .await?
        }
    };
    rows.into_iter().map(Entry::try_from).collect()
}

/// One entry.
pub async fn entry(db: impl PgExecutor<'_>, id: WebhookId, n: i64) -> sqlx::Result<Option<Entry>> {
    sqlx::query_as!(
        Row,
        "SELECT n, id, kind, subject, at, state, attempts, due_at, tried_at, duration_ms, status, body, answer
           FROM webhook_events WHERE n = $2 AND webhook_id = $1",
        id.0,
        n
    )
    .fetch_optional(db)
    .await?
    .map(Entry::try_from)
    .transpose()
}

/// A call for an event before the last one.
#[derive(Clone, Debug)]
pub struct Earlier {
    /// When it was made.
    pub tried_at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: i32,
    /// The HTTP status, if there was an answer.
    pub status: Option<i16>,
    /// The answer's beginning, or what went wrong.
    pub answer: String,
}

/// The latest `limit` calls for an event before the last one, the newest first.
pub async fn earlier(db: impl PgExecutor<'_>, n: i64, limit: i64) -> sqlx::Result<Vec<Earlier>> {
    sqlx::query_as!(
        Earlier,
        "SELECT tried_at, duration_ms, status, answer FROM webhook_calls WHERE event_n = $1
          ORDER BY tried_at DESC LIMIT $2",
        n,
        limit
    )
    .fetch_all(db)
    .await
}

/// Lets an event be told again, at once; by the same id. Its three days begin again. `false`: there is none such.
pub async fn replay(db: impl PgExecutor<'_>, id: WebhookId, n: i64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE webhook_events SET state = 'pending', due_at = now(), attempts = 0
          WHERE n = $2 AND webhook_id = $1 AND EXISTS (SELECT FROM webhooks WHERE id = $1)",
        id.0,
        n
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Lets all events be told again that were given up. Returns how many.
pub async fn replay_failed(db: impl PgExecutor<'_>, id: WebhookId) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE webhook_events SET state = 'pending', due_at = now(), attempts = 0
          WHERE webhook_id = $1 AND state <> 'delivered' AND state = 'failed'",
        id.0
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Writes down an event that says nothing, to try a webhook; its place.
pub async fn send_test(db: impl PgExecutor<'_>, id: WebhookId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        "INSERT INTO webhook_events (webhook_id, kind, subject) VALUES ($1, 'webhook.test', gen_random_uuid()) RETURNING n",
        id.0
    )
    .fetch_one(db)
    .await
}
