use chrono::{DateTime, Utc};
use sebar_domain::id::MessageId;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::bounds;

/// What came after a message was sent.
#[derive(Clone, Debug)]
pub struct Event {
    /// To which message.
    pub message: MessageId,
    /// `open`, `click`, `unsubscribe`; or what came back: a word of `sebar_domain::BounceKind`.
    pub kind: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The link that was followed.
    pub link: Option<String>,
    /// What the reader's program calls itself.
    pub user_agent: String,
    /// Why it came back: a word of `sebar_domain::BounceReason`.
    pub reason: Option<String>,
    /// The reply code (RFC 5321) that came back with it.
    pub code: Option<i16>,
    /// The enhanced status code (RFC 3463).
    pub enhanced_code: Option<String>,
    /// What the other side said.
    pub reply: String,
}

/// What is read of one message at most: a mail of one person is opened some times, not thousands.
const MOST: i64 = 200;

/// What came after messages were sent, the first event first. What nobody can vouch for is left out.
pub async fn events(db: impl PgExecutor<'_>, messages: &[MessageId]) -> sqlx::Result<Vec<Event>> {
    let ids: Vec<Uuid> = messages.iter().map(|id| id.0).collect();
    let (first, last) = bounds(&ids);
    let rows = sqlx::query!(
        r#"SELECT e.message_id AS "message!", e.kind AS "kind!", e.at AS "at!", l.url AS "link?",
                  e.user_agent AS "user_agent!", NULL::text AS reason, NULL::smallint AS code, NULL::text AS enhanced_code,
                  '' AS "reply!"
             FROM (SELECT * FROM message_events WHERE message_id = ANY ($1) AND message_id >= $2 AND message_id <= $3
                    ORDER BY message_id, id LIMIT $4) e
             LEFT JOIN messages m ON m.id = e.message_id AND m.id >= $2 AND m.id <= $3 AND e.link IS NOT NULL
             LEFT JOIN content_links l ON l.content_id = m.content_id AND l.n = e.link
           UNION ALL
           (SELECT message_id, coalesce(counts_as, kind), at, NULL, '', reason, reply_code, enhanced_code, reply
              FROM bounces WHERE message_id = ANY ($1) AND trusted ORDER BY id LIMIT $4)
            ORDER BY 3"#,
        &ids,
        first,
        last,
        MOST
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Event {
            message: row.message.into(),
            kind: row.kind,
            at: row.at,
            link: row.link,
            user_agent: row.user_agent,
            reason: row.reason,
            code: row.code,
            enhanced_code: row.enhanced_code,
            reply: row.reply,
        })
        .collect())
}
