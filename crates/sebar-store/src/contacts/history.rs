use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContactId, ImportId, MessageId};
use sebar_domain::{ContactEvent, MessageState, Stream};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// One line of a contact's history.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Key in the history: it sorts by time, whatever the kind.
    pub key: Uuid,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub what: Happening,
}

/// What can happen to a contact.
#[derive(Clone, Debug)]
pub enum Happening {
    /// Something besides mail.
    Event {
        /// What.
        kind: ContactEvent,
        /// Who did it.
        user: Option<String>,
        /// The mail whose link was used.
        message: Option<MessageId>,
        /// A note, the changed fields, the list's name.
        details: Value,
    },
    /// An import brought the contact in, or met it again.
    Import {
        /// Which.
        id: ImportId,
        /// Name of the uploaded file.
        file_name: String,
        /// Who uploaded it.
        user: Option<String>,
    },
    /// A mail to them.
    Message(Mail),
}

/// A mail in a contact's history.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its key in the archive.
    pub id: MessageId,
    /// Why it was sent.
    pub stream: Stream,
    /// Its campaign.
    pub campaign: Option<CampaignId>,
    /// The campaign's name, else the subject as its content has it.
    pub title: String,
    /// Where it stands.
    pub state: MessageState,
    /// The relay's last answer.
    pub reply: Option<String>,
    /// When it was opened first.
    pub opened_at: Option<DateTime<Utc>>,
    /// When a link was clicked first.
    pub clicked_at: Option<DateTime<Utc>>,
    /// When it bounced.
    pub bounced_at: Option<DateTime<Utc>>,
    /// When they complained of it.
    pub complained_at: Option<DateTime<Utc>>,
    /// When they unsubscribed by it.
    pub unsubscribed_at: Option<DateTime<Utc>>,
}

/// Up to `limit` lines of a contact's history, the newest first, of those before `before`.
///
/// All three sources have UUIDv7 keys made when it happened, so their keys alone merge them by time.
pub async fn history(
    db: &PgPool,
    contact: ContactId,
    before: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let before = before.unwrap_or(Uuid::max());
    let mut entries = events(db, contact, before, limit).await?;
    entries.extend(imports(db, contact, before, limit).await?);
    entries.extend(messages(db, contact, before, limit).await?);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.key));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(entries)
}

async fn events(db: &PgPool, contact: ContactId, before: Uuid, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.at, e.kind, e.message_id, e.details, coalesce(u.name, k.name) AS "user?"
             FROM contact_events e LEFT JOIN users u ON u.id = e.user_id LEFT JOIN api_keys k ON k.id = e.api_key_id
            WHERE e.contact_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3"#,
        contact.0,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    // A kind that a newer version wrote is left out.
    let known = rows.into_iter().filter_map(|row| {
        Some(Entry {
            key: row.id,
            at: row.at,
            what: Happening::Event {
                kind: row.kind.parse().ok()?,
                user: row.user,
                message: row.message_id.map(MessageId),
                details: row.details,
            },
        })
    });
    Ok(known.collect())
}

async fn imports(db: &PgPool, contact: ContactId, before: Uuid, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        r#"SELECT i.id, coalesce(i.started_at, i.created_at) AS "at!", i.file_name, u.name AS "user?"
             FROM import_contacts c JOIN imports i ON i.id = c.import_id LEFT JOIN users u ON u.id = i.user_id
            WHERE c.contact_id = $1 AND c.import_id < $2 ORDER BY c.import_id DESC LIMIT $3"#,
        contact.0,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        key: row.id,
        at: row.at,
        what: Happening::Import { id: row.id.into(), file_name: row.file_name, user: row.user },
    });
    Ok(entries.collect())
}

async fn messages(db: &PgPool, contact: ContactId, before: Uuid, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query!(
        r#"SELECT m.id, m.stream, m.campaign_id, coalesce(g.name, c.subject, e.subject, '') AS "title!", m.state, m.reply,
                  coalesce(m.finished_at, m.due_at) AS "at!", m.opened_at, m.clicked_at, m.bounced_at,
                  m.complained_at, m.unsubscribed_at
             FROM (SELECT * FROM messages WHERE contact_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3) m
             LEFT JOIN campaigns g ON g.id = m.campaign_id
             LEFT JOIN contents c ON c.id = m.content_id
             LEFT JOIN emails e ON e.id = m.content_id AND m.stream = 'transactional'"#,
        contact.0,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    let entries = rows.into_iter().map(|row| Entry {
        key: row.id,
        at: row.at,
        what: Happening::Message(Mail {
            id: row.id.into(),
            // The CHECKs on these columns allow no other words.
            stream: row.stream.parse().unwrap_or(Stream::Transactional),
            state: row.state.parse().unwrap_or(MessageState::InDoubt),
            campaign: row.campaign_id.map(CampaignId),
            title: row.title,
            reply: row.reply,
            opened_at: row.opened_at,
            clicked_at: row.clicked_at,
            bounced_at: row.bounced_at,
            complained_at: row.complained_at,
            unsubscribed_at: row.unsubscribed_at,
        }),
    });
    Ok(entries.collect())
}
