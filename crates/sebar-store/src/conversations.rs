//! What relays said lately.

use chrono::{DateTime, Utc};
use sebar_domain::id::{MessageId, RelayId};
use sebar_domain::{AttemptOutcome, Phase};
use sqlx::PgExecutor;

/// One conversation with a relay about one message.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The message.
    pub message: MessageId,
    /// Whom it is for.
    pub recipient: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: i32,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Where it ended.
    pub phase: Phase,
    /// The reply's code.
    pub reply_code: Option<i16>,
    /// Its enhanced status code.
    pub enhanced_code: Option<String>,
    /// What was said, or what went wrong.
    pub reply: String,
}

/// A relay's latest conversations, and what it took in the last minute.
#[derive(Clone, Debug, Default)]
pub struct Lately {
    /// The latest ones, the latest first.
    pub conversations: Vec<Conversation>,
    /// Messages that it took in the last minute; at most [`LOOKED_AT`].
    pub sent_last_minute: i64,
}

/// So many of the installation's latest attempts are looked at, so that the look costs the same
/// whatever is stored. Of a relay that was not among them nothing is shown.
pub const LOOKED_AT: i64 = 5000;

/// What a relay said lately; `limit` conversations.
pub async fn lately(db: impl PgExecutor<'_>, relay: RelayId, limit: i64) -> sqlx::Result<Lately> {
    let rows = sqlx::query!(
        r#"WITH recent AS MATERIALIZED (
               SELECT * FROM (SELECT * FROM attempts ORDER BY message_id DESC, n DESC LIMIT $2) a WHERE relay_id = $1),
           last AS (SELECT * FROM recent ORDER BY started_at DESC LIMIT $3)
           SELECT last.message_id AS "message_id!", m.recipient, last.started_at AS "started_at!",
                  last.duration_ms AS "duration_ms!", last.outcome AS "outcome!", last.phase AS "phase!",
                  last.reply_code, last.enhanced_code, last.reply AS "reply!",
                  (SELECT count(*) FROM recent
                    WHERE outcome = 'sent' AND started_at > now() - interval '1 minute') AS "sent_last_minute!"
             FROM last JOIN messages m ON m.id = last.message_id
            ORDER BY last.started_at DESC"#,
        relay.0,
        LOOKED_AT,
        limit
    )
    .fetch_all(db)
    .await?;
    let sent_last_minute = rows.first().map_or(0, |row| row.sent_last_minute);
    let conversations = rows.into_iter().map(|row| Conversation {
        message: row.message_id.into(),
        recipient: row.recipient,
        started_at: row.started_at,
        duration_ms: row.duration_ms,
        // What another version wrote and this one does not know.
        outcome: row.outcome.parse().unwrap_or(AttemptOutcome::InDoubt),
        phase: row.phase.parse().unwrap_or(Phase::Connect),
        reply_code: row.reply_code,
        enhanced_code: row.enhanced_code,
        reply: row.reply,
    });
    Ok(Lately { conversations: conversations.collect(), sent_last_minute })
}
