//! Mails that programs hand in one by one: accepted, looked up, changed while they wait.
//!
//! An email is one mail to some recipients; each of them is a message of its own in the stream
//! `transactional`, with `content` naming the email, whose id is that of its first message.

mod accept;
mod change;
mod events;
mod idempotency;
mod lately;
mod list;

pub use accept::{NewEmail, Recipient, accept};
pub use change::{Changed, cancel, reschedule, resend};
pub use events::{Event, events};
pub use idempotency::{Answered, Idempotency, answered_before, forget_old_answers, look_up, store};
pub use lately::{Lately, lately};
pub use list::{Filter, list};

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sebar_domain::id::{ContentId, MessageId};
use sebar_domain::{Address, MessageState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::archive::Attempt;
use crate::blobs::{self, Digest};

/// The largest mail, in bytes, that a sender holds while it waits for its turn: at most some thousand do.
const SMALL: i32 = 32 << 10;

/// A file of a mail; its content is a blob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Where its content belongs in the mail's bytes.
    pub at: usize,
    /// SHA-256 of its content.
    pub digest: Digest,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// The id by which the HTML shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
    /// Its size in bytes.
    pub size: usize,
}

/// What a mail's bytes are made from.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Its sender, in the envelope too.
    pub from: Address,
    /// All but the Date and the contents of files.
    pub mime: Vec<u8>,
    /// The Date that stands before it; `None`: it has its own.
    pub dated_at: Option<DateTime<Utc>>,
    /// The contents of its files and where they belong.
    pub files: Vec<(usize, Vec<u8>)>,
}

impl Parts {
    /// The files as they are put in.
    pub fn contents(&self) -> Vec<(usize, &[u8])> {
        self.files.iter().map(|(at, content)| (*at, content.as_slice())).collect()
    }
}

fn decode(fault: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(fault))
}

/// What the mail that a message's `content` names is made from; `None` if it is no longer stored.
pub async fn parts(db: impl PgExecutor<'_> + Copy, id: ContentId) -> sqlx::Result<Option<Parts>> {
    let row = sqlx::query!(
        r#"SELECT e.from_email AS "from_email!", e.mime AS "mime!", e.dated_at, e.files AS "files!",
                  e.body IS NOT NULL AS "has_body!", b.bytes AS "body?"
             FROM emails e LEFT JOIN blobs b ON b.digest = e.body WHERE e.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let files: Vec<File> = serde_json::from_value(row.files).map_err(decode)?;
    let contents = if files.is_empty() { Vec::new() } else { blobs::get(db, &files).await? };
    // A file that is gone leaves the mail incomplete: better none at all.
    if contents.len() != files.len() {
        return Ok(None);
    }
    let Some(mime) = whole(row.mime, row.has_body, row.body) else { return Ok(None) };
    let from = row.from_email.parse().map_err(decode)?;
    Ok(Some(Parts { from, mime, dated_at: row.dated_at, files: contents }))
}

/// What small mails without files are made from, all read at once. Those that are missing are large, have
/// files, or are no longer stored.
pub(crate) async fn small_parts(
    db: impl PgExecutor<'_>,
    ids: &[ContentId],
) -> sqlx::Result<HashMap<ContentId, Arc<Parts>>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (first, last) = bounds(&ids);
    let rows = sqlx::query!(
        r#"SELECT e.id AS "id!", e.from_email AS "from_email!", e.mime AS "mime!", e.dated_at,
                  e.body IS NOT NULL AS "has_body!", b.bytes AS "body?"
             FROM emails e LEFT JOIN blobs b ON b.digest = e.body
            WHERE e.id = ANY($1) AND e.id >= $2 AND e.id <= $3 AND e.files = '[]'
              AND octet_length(e.mime) + coalesce(octet_length(b.bytes), 0) <= $4"#,
        &ids,
        first,
        last,
        SMALL
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .filter_map(|row| {
            let mime = whole(row.mime, row.has_body, row.body)?;
            let parts = row.from_email.parse().map_err(decode).map(|from| {
                let parts = Parts { from, mime, dated_at: row.dated_at, files: Vec::new() };
                (row.id.into(), Arc::new(parts))
            });
            Some(parts)
        })
        .collect()
}

/// A mail as it was handed in.
#[derive(Clone, Debug)]
pub struct Email {
    /// Its id.
    pub id: MessageId,
    /// Its subject.
    pub subject: String,
    /// From, to, cc, bcc and `reply_to` as they were given.
    pub addressed: Value,
    /// Name and value pairs.
    pub tags: Value,
    /// What its program keeps with it.
    pub metadata: Value,
    /// The time that its program asked for.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// One for each recipient.
    pub messages: Vec<Sent>,
}

/// A mail's way to one recipient.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The message.
    pub id: MessageId,
    /// Whom it goes to.
    pub recipient: String,
    /// Where it stands.
    pub state: MessageState,
    /// Not before this is it tried (again), while it is queued.
    pub due_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i16,
    /// When it became terminal.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it is where it is: a word of `sebar_domain::Reason`.
    pub reason: Option<String>,
}

/// One mail with its messages.
pub async fn get(db: &mut PgConnection, id: MessageId) -> sqlx::Result<Option<Email>> {
    Ok(all(db, &[id.0]).await?.pop())
}

/// Mails by their ids, the newest first, with their messages.
async fn all(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Email>> {
    let (first, last) = bounds(ids);
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", message_ids AS "message_ids!", subject AS "subject!", addressed AS "addressed!",
                  tags AS "tags!", metadata AS "metadata!", scheduled_at
             FROM emails WHERE id = ANY($1) AND id >= $2 AND id <= $3 ORDER BY id DESC"#,
        ids,
        first,
        last
    )
    .fetch_all(&mut *db)
    .await?;
    let of_all: Vec<Uuid> = rows.iter().flat_map(|row| row.message_ids.iter().copied()).collect();
    let mut sent: HashMap<Uuid, Sent> =
        messages(db, &of_all).await?.into_iter().map(|message| (message.id.0, message)).collect();
    let emails = rows.into_iter().map(|row| Email {
        id: row.id.into(),
        subject: row.subject,
        addressed: row.addressed,
        tags: row.tags,
        metadata: row.metadata,
        scheduled_at: row.scheduled_at,
        messages: row.message_ids.iter().filter_map(|id| sent.remove(id)).collect(),
    });
    Ok(emails.collect())
}

/// Messages by their ids. The bounds leave only their partitions.
async fn messages(db: &mut PgConnection, ids: &[Uuid]) -> sqlx::Result<Vec<Sent>> {
    let (first, last) = bounds(ids);
    let rows = sqlx::query!(
        r#"SELECT m.id AS "id!", m.recipient AS "recipient!",
                  CASE WHEN m.state = 'queued' AND EXISTS
                            (SELECT FROM senders s JOIN queue q ON q.sender_id = s.id AND q.message_id = m.id
                              WHERE s.stopped_at IS NULL)
                       THEN 'claimed' ELSE m.state END AS "state!",
                  m.due_at AS "due_at!", m.attempts AS "attempts!", m.finished_at, m.reason
             FROM messages m
            WHERE m.id = ANY($1) AND m.id >= $2 AND m.id <= $3"#,
        ids,
        first,
        last
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Sent {
            id: row.id.into(),
            recipient: row.recipient,
            // The CHECK on the column allows no other word.
            state: row.state.parse().unwrap_or(MessageState::InDoubt),
            due_at: row.due_at,
            attempts: row.attempts,
            finished_at: row.finished_at,
            reason: row.reason,
        })
        .collect())
}

/// The attempts for messages, each message's first one first.
pub async fn attempts(
    db: impl PgExecutor<'_>,
    messages: &[MessageId],
) -> sqlx::Result<HashMap<MessageId, Vec<Attempt>>> {
    let ids: Vec<Uuid> = messages.iter().map(|id| id.0).collect();
    let (first, last) = bounds(&ids);
    let rows = sqlx::query!(
        r#"SELECT a.message_id AS "message!", a.n AS "n!", a.relay_id AS "relay!", r.name AS "relay_name?",
                  a.started_at AS "started_at!", a.duration_ms AS "duration_ms!", a.outcome AS "outcome!",
                  a.phase AS "phase!", a.reply_code, a.enhanced_code, a.reply AS "reply!"
             FROM attempts a LEFT JOIN relays r ON r.id = a.relay_id
            WHERE a.message_id = ANY($1) AND a.message_id >= $2 AND a.message_id <= $3
            ORDER BY a.message_id, a.n"#,
        &ids,
        first,
        last
    )
    .fetch_all(db)
    .await?;
    let mut attempts: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        attempts.entry(row.message.into()).or_default().push(Attempt {
            n: row.n,
            relay: row.relay.into(),
            relay_name: row.relay_name,
            started_at: row.started_at,
            duration_ms: row.duration_ms,
            outcome: row.outcome,
            phase: row.phase,
            reply_code: row.reply_code,
            enhanced_code: row.enhanced_code,
            reply: row.reply,
        });
    }
    Ok(attempts)
}

/// A mail's bytes without the contents of its files, and what is known of these.
pub async fn mime(db: impl PgExecutor<'_>, id: MessageId) -> sqlx::Result<Option<(Vec<u8>, Vec<File>)>> {
    let row = sqlx::query!(
        r#"SELECT e.mime AS "mime!", e.files AS "files!", e.body IS NOT NULL AS "has_body!", b.bytes AS "body?"
             FROM emails e LEFT JOIN blobs b ON b.digest = e.body WHERE e.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let files = serde_json::from_value(row.files).map_err(decode)?;
    Ok(whole(row.mime, row.has_body, row.body).map(|mime| (mime, files)))
}

/// A mail with its body, which may stand apart; `None` if that is gone.
fn whole(mut mime: Vec<u8>, has_body: bool, body: Option<Vec<u8>>) -> Option<Vec<u8>> {
    match body {
        Some(body) => mime.extend_from_slice(&body),
        None if has_body => return None,
        None => {}
    }
    Some(mime)
}

/// The smallest and the largest id.
fn bounds(ids: &[Uuid]) -> (Uuid, Uuid) {
    let first = ids.iter().min().copied().unwrap_or_default();
    let last = ids.iter().max().copied().unwrap_or_default();
    (first, last)
}
