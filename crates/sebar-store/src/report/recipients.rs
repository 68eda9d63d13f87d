//! A campaign's recipients, page by page.

use chrono::{DateTime, TimeDelta, Utc};
use sebar_domain::MessageState;
use sebar_domain::id::{CampaignId, MessageId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::archive::{floor, planned_anew};
use crate::campaigns::Campaign;

/// One recipient of a campaign.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The message to them.
    pub id: MessageId,
    /// The address as it was then.
    pub recipient: String,
    /// The name as it was then; may be empty.
    pub name: String,
    /// Where the message stands.
    pub state: MessageState,
    /// Why, in a word of `sebar_domain::Reason`.
    pub reason: Option<String>,
    /// When it became terminal.
    pub finished_at: Option<DateTime<Utc>>,
    /// Reply code of the last answer.
    pub reply_code: Option<i16>,
    /// Enhanced status code of the last answer.
    pub enhanced_code: Option<String>,
    /// The last answer.
    pub reply: Option<String>,
    /// When they first opened it.
    pub opened_at: Option<DateTime<Utc>>,
    /// When they first followed a link.
    pub clicked_at: Option<DateTime<Utc>>,
    /// When they unsubscribed by it.
    pub unsubscribed_at: Option<DateTime<Utc>>,
}

/// Which recipients are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those whose message stands there.
    State(MessageState),
    /// Those who opened.
    Opened,
    /// Those who clicked.
    Clicked,
    /// Those who unsubscribed by it.
    Unsubscribed,
}

impl Which {
    /// The word for it in URLs and statements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "",
            Self::State(state) => state.as_str(),
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::Unsubscribed => "unsubscribed",
        }
    }

    /// Reads the word back; what is none means all.
    pub fn from_word(word: &str) -> Self {
        match word {
            "opened" => Self::Opened,
            "clicked" => Self::Clicked,
            "unsubscribed" => Self::Unsubscribed,
            word => word.parse().map_or(Self::All, Self::State),
        }
    }
}

/// The recipients of a campaign after a message (`after`), in the order of their messages; `prefix`
/// is the beginning of their addresses.
pub async fn recipients(
    db: &PgPool,
    campaign: &Campaign,
    which: Which,
    prefix: &str,
    after: Option<MessageId>,
    limit: i64,
) -> sqlx::Result<Vec<Recipient>> {
    // A campaign's messages are made after its start; an hour for clocks that differ.
    let start = campaign.started_at.map_or(Uuid::nil(), |at| floor(at - TimeDelta::hours(1)));
    let after = after.map_or(start, |after| after.0.max(start));
    let prefix = prefix.trim().to_lowercase();
    let mut tx = planned_anew(db).await?;
    let is_common = !matches!(which, Which::State(state) if state != MessageState::Sent);
    let rows = if prefix.is_empty() && which == Which::State(MessageState::Queued) {
        waiting(&mut tx, campaign.id, after, limit).await?
    } else if prefix.is_empty() && is_common {
        most(&mut tx, campaign.id, which, after, limit).await?
    } else {
        few(&mut tx, campaign.id, which, &prefix, after, limit).await?
    };
    tx.commit().await?;
    Ok(rows.into_iter().map(Recipient::from).collect())
}

/// For a choice that many fit: a walk along the campaign's messages. The comparison by rows and the
/// order by both columns leave only the indexes that begin with the campaign: where a campaign is
/// most of a month's messages, the planner would else walk the month. It takes such a comparison for
/// rare and would sort what it finds, so that is forbidden for this transaction.
async fn most(
    db: &mut PgConnection,
    id: CampaignId,
    which: Which,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query!("SELECT set_config('enable_sort', 'off', true)").fetch_one(&mut *db).await?;
    sqlx::query_as!(
        Row,
        r#"SELECT id AS "id!", recipient AS "recipient!", merge ->> 'name' AS name, state AS "state!", reason, finished_at,
                  reply_code, enhanced_code, reply, opened_at, clicked_at, unsubscribed_at
             FROM messages
            WHERE (campaign_id, id) > ($1::uuid, $2::uuid)
              AND (campaign_id, id) <= ($1::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid) AND id > $2
              AND CASE $3 WHEN '' THEN true
                  WHEN 'opened' THEN opened_at IS NOT NULL
                  WHEN 'clicked' THEN opened_at IS NOT NULL AND clicked_at IS NOT NULL
                  WHEN 'unsubscribed' THEN unsubscribed_at IS NOT NULL
                  ELSE state = $3 END
            ORDER BY campaign_id, id LIMIT $4"#,
        id.0,
        after,
        which.as_str(),
        limit
    )
    .fetch_all(db)
    .await
}

/// Those that wait: the queue knows them.
async fn waiting(db: &mut PgConnection, id: CampaignId, after: Uuid, limit: i64) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"WITH next AS MATERIALIZED (
               SELECT message_id FROM queue
                WHERE campaign_id = $1 AND sender_id IS NULL AND message_id > $2
                ORDER BY message_id LIMIT $3)
           SELECT id AS "id!", recipient AS "recipient!", merge ->> 'name' AS name, state AS "state!", reason, finished_at,
                  reply_code, enhanced_code, reply, opened_at, clicked_at, unsubscribed_at
             FROM messages WHERE id = ANY(ARRAY(SELECT message_id FROM next)) AND id > $2
            ORDER BY id"#,
        id.0,
        after,
        limit
    )
    .fetch_all(db)
    .await
}

/// For a choice that few fit, or an address: whichever index knows those.
async fn few(
    db: &mut PgConnection,
    id: CampaignId,
    which: Which,
    prefix: &str,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"SELECT id AS "id!", recipient AS "recipient!", merge ->> 'name' AS name, state AS "state!", reason, finished_at,
                  reply_code, enhanced_code, reply, opened_at, clicked_at, unsubscribed_at
             FROM messages
            WHERE campaign_id = $1 AND id > $2
              AND CASE $3 WHEN '' THEN true
                  WHEN 'opened' THEN opened_at IS NOT NULL
                  WHEN 'clicked' THEN opened_at IS NOT NULL AND clicked_at IS NOT NULL
                  WHEN 'unsubscribed' THEN unsubscribed_at IS NOT NULL
                  WHEN 'queued' THEN state = 'queued'
                  WHEN 'sent' THEN state = 'sent'
                  ELSE trouble = $3 END
              AND CASE $4 WHEN '' THEN true ELSE lower(recipient) ~>=~ $4 AND lower(recipient) ~<~ $5 END
            ORDER BY id LIMIT $6"#,
        id.0,
        after,
        which.as_str(),
        prefix,
        format!("{prefix}\u{10ffff}"),
        limit
    )
    .fetch_all(db)
    .await
}

struct Row {
    id: Uuid,
    recipient: String,
    name: Option<String>,
    state: String,
    reason: Option<String>,
    finished_at: Option<DateTime<Utc>>,
    reply_code: Option<i16>,
    enhanced_code: Option<String>,
    reply: Option<String>,
    opened_at: Option<DateTime<Utc>>,
    clicked_at: Option<DateTime<Utc>>,
    unsubscribed_at: Option<DateTime<Utc>>,
}

impl From<Row> for Recipient {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            recipient: row.recipient,
            name: row.name.unwrap_or_default(),
            // The CHECK on the column allows no other word.
            state: row.state.parse().unwrap_or(MessageState::InDoubt),
            reason: row.reason,
            finished_at: row.finished_at,
            reply_code: row.reply_code,
            enhanced_code: row.enhanced_code,
            reply: row.reply,
            opened_at: row.opened_at,
            clicked_at: row.clicked_at,
            unsubscribed_at: row.unsubscribed_at,
        }
    }
}
