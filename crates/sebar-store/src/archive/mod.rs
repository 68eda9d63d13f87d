//! The archive: any message that was ever planned, and what became of it.

mod search;

pub use search::{Bounds, Found, Page, Search, search};

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContactId, ContentId, MessageId, RelayId};
use sebar_domain::{MessageState, Stream};
use serde_json::Value;
use sqlx::{PgExecutor, PgPool, Postgres, Transaction};
use uuid::Uuid;

/// Everything that is stored of one message itself.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What kind of mail it is.
    pub stream: Stream,
    /// The campaign that its headers name: its own, or the one that it tests.
    pub mailing: Option<CampaignId>,
    /// That campaign's name, if it still exists.
    pub campaign_name: Option<String>,
    /// Whom it was for, if that contact still exists.
    pub contact: Option<ContactId>,
    /// What it is composed from.
    pub content: ContentId,
    /// Its address, as it was then.
    pub recipient: String,
    /// The data for its templates, as they were then.
    pub merge: Value,
    /// Where it stands.
    pub state: MessageState,
    /// Not before this is it tried (again), while it is queued.
    pub due_at: DateTime<Utc>,
    /// When it became terminal.
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it is where it is: a word of `sebar_domain::Reason`.
    pub reason: Option<String>,
    /// The last answer, or what was wrong where there was none.
    pub reply: Option<String>,
    /// SHA-256 of the bytes that were sent.
    pub digest: Option<Vec<u8>>,
    /// When it was first opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When a link of it was first followed.
    pub clicked_at: Option<DateTime<Utc>>,
    /// When its recipient unsubscribed by it.
    pub unsubscribed_at: Option<DateTime<Utc>>,
    /// When it came back.
    pub bounced_at: Option<DateTime<Utc>>,
    /// When its recipient complained.
    pub complained_at: Option<DateTime<Utc>>,
}

impl Message {
    /// When it was made: the time in its id.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.id.made_at()
    }
}

/// The smallest id of a moment; ids are in the order of their making.
pub(crate) fn floor(at: DateTime<Utc>) -> Uuid {
    Uuid::from_u128(u128::try_from(at.timestamp_millis()).unwrap_or(0) << 80)
}

/// One message.
pub async fn message(db: impl PgExecutor<'_>, id: MessageId) -> sqlx::Result<Option<Message>> {
    let row = sqlx::query!(
        r#"SELECT m.stream AS "stream!", coalesce(m.campaign_id, m.test_of) AS mailing, c.name AS "campaign_name?",
                  p.id AS "contact?", m.content_id AS "content_id!", m.recipient AS "recipient!", m.merge AS "merge!",
                  -- Who holds the ticket of a message that waits is delivering it.
                  CASE WHEN m.state = 'queued' AND EXISTS
                            (SELECT FROM senders s JOIN queue q ON q.sender_id = s.id AND q.message_id = m.id
                              WHERE s.stopped_at IS NULL)
                       THEN 'claimed' ELSE m.state END AS "state!", m.due_at AS "due_at!", m.finished_at, m.reason,
                  m.reply, m.digest, m.opened_at, m.clicked_at, m.unsubscribed_at, m.bounced_at, m.complained_at
             FROM messages m
             LEFT JOIN campaigns c ON c.id = coalesce(m.campaign_id, m.test_of)
             LEFT JOIN contacts p ON p.id = m.contact_id
            WHERE m.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Message {
        id,
        // The CHECKs on these columns allow no other words.
        stream: row.stream.parse().unwrap_or(Stream::Campaign),
        state: row.state.parse().unwrap_or(MessageState::InDoubt),
        mailing: row.mailing.map(CampaignId),
        campaign_name: row.campaign_name,
        contact: row.contact.map(ContactId),
        content: row.content_id.into(),
        recipient: row.recipient,
        merge: row.merge,
        due_at: row.due_at,
        finished_at: row.finished_at,
        reason: row.reason,
        reply: row.reply,
        digest: row.digest,
        opened_at: row.opened_at,
        clicked_at: row.clicked_at,
        unsubscribed_at: row.unsubscribed_at,
        bounced_at: row.bounced_at,
        complained_at: row.complained_at,
    }))
}

/// One conversation with a relay about a message.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// 1, 2, 3 …
    pub n: i16,
    /// With whom.
    pub relay: RelayId,
    /// How that relay is called, if it still exists.
    pub relay_name: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: i32,
    /// `sent`, `retry`, `failed`, `relay_fault` or `in_doubt`.
    pub outcome: String,
    /// Where it ended: a word of `sebar_domain::Phase`.
    pub phase: String,
    /// Reply code, if there was an answer.
    pub reply_code: Option<i16>,
    /// Enhanced status code (RFC 3463), if the answer had one.
    pub enhanced_code: Option<String>,
    /// The answer's text, or what went wrong where there was none.
    pub reply: String,
}

/// The attempts for a message, the first one first.
pub async fn attempts(db: impl PgExecutor<'_>, id: MessageId) -> sqlx::Result<Vec<Attempt>> {
    sqlx::query_as!(
        Attempt,
        r#"SELECT a.n AS "n!", a.relay_id AS "relay!", r.name AS "relay_name?", a.started_at AS "started_at!",
                  a.duration_ms AS "duration_ms!", a.outcome AS "outcome!", a.phase AS "phase!", a.reply_code,
                  a.enhanced_code, a.reply AS "reply!"
             FROM attempts a LEFT JOIN relays r ON r.id = a.relay_id
            WHERE a.message_id = $1 ORDER BY a.n"#,
        id.0
    )
    .fetch_all(db)
    .await
}

/// What somebody did with a message.
#[derive(Clone, Debug)]
pub struct Event {
    /// `open`, `click` or `unsubscribe`.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The followed link as it is written in the content, for a click.
    pub url: Option<String>,
    /// What the browser or mail reader called itself.
    pub user_agent: String,
}

/// The first `limit` events of a message, in their order.
pub async fn events(db: impl PgExecutor<'_>, id: MessageId, limit: i64) -> sqlx::Result<Vec<Event>> {
    sqlx::query_as!(
        Event,
        r#"SELECT e.kind AS "kind!", e.at AS "at!", l.url AS "url?", e.user_agent AS "user_agent!"
             FROM message_events e
             LEFT JOIN messages m ON m.id = $1
             LEFT JOIN content_links l ON l.content_id = m.content_id AND l.n = e.link
            WHERE e.message_id = $1 ORDER BY e.id LIMIT $2"#,
        id.0,
        limit
    )
    .fetch_all(db)
    .await
}

/// A transaction whose statements are planned anew for each set of arguments.
///
/// What the arguments leave out of a filter is folded away then, so that the partial indexes fit;
/// and how common a prefix or a state is decides between the indexes.
pub(crate) async fn planned_anew(db: &PgPool) -> sqlx::Result<Transaction<'static, Postgres>> {
    let mut tx = db.begin().await?;
    sqlx::query!("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
        .fetch_one(&mut *tx)
        .await?;
    Ok(tx)
}
