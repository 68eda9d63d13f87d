use chrono::{DateTime, Utc};
use sebar_domain::CampaignState;
use sebar_domain::id::CampaignId;
use sqlx::PgExecutor;

use super::{Counts, word};

/// A line of the list of campaigns.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its key.
    pub id: CampaignId,
    /// How its users call it.
    pub name: String,
    /// Its subject as it stands; may be empty.
    pub subject: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Names of the lists that it goes to, of those that still exist.
    pub lists: Vec<String>,
    /// Recipients counted at the start.
    pub audience_size: Option<i64>,
    /// Whether every message is planned, so that their number is exact.
    pub is_planned: bool,
    /// When it starts.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// What became of its messages.
    pub counts: Counts,
}

impl Listed {
    /// Of how many messages its progress is out of.
    pub fn total(&self) -> i64 {
        if self.is_planned {
            self.counts.planned
        } else {
            self.audience_size.unwrap_or(0).max(self.counts.planned)
        }
    }
}

/// Which campaigns are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any part of the name or the subject; empty: all.
    pub search: String,
    /// Only those in this state.
    pub state: Option<CampaignState>,
}

/// From where a page is read; campaigns are in order of their making, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// The newest.
    Start,
    /// Those after (older than) this one.
    After(CampaignId),
    /// Those just before (newer than) this one.
    Before(CampaignId),
}

struct Row {
    id: uuid::Uuid,
    name: String,
    subject: String,
    state: String,
    lists: Vec<String>,
    audience_size: Option<i64>,
    is_planned: bool,
    scheduled_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    updated_at: DateTime<Utc>,
    planned: i64,
    sent: i64,
    failed: i64,
    suppressed: i64,
    cancelled: i64,
    in_doubt: i64,
    opened: i64,
    clicked: i64,
    opens: i64,
    clicks: i64,
    unsubscribed: i64,
    bounced: i64,
    complained: i64,
}

impl TryFrom<Row> for Listed {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            subject: row.subject,
            state: word(&row.state)?,
            lists: row.lists,
            audience_size: row.audience_size,
            is_planned: row.is_planned,
            scheduled_at: row.scheduled_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
            updated_at: row.updated_at,
            counts: Counts {
                planned: row.planned,
                sent: row.sent,
                failed: row.failed,
                suppressed: row.suppressed,
                cancelled: row.cancelled,
                in_doubt: row.in_doubt,
                opened: row.opened,
                clicked: row.clicked,
                opens: row.opens,
                clicks: row.clicks,
                unsubscribed: row.unsubscribed,
                bounced: row.bounced,
                complained: row.complained,
            },
        })
    }
}

/// A page of campaigns, the newest first.
pub async fn list(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    from: Position,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    let (after, before) = match from {
        Position::Start => (None, None),
        Position::After(id) => (Some(id.0), None),
        Position::Before(id) => (None, Some(id.0)),
    };
    let rows = sqlx::query_as!(
        Row,
        r#"WITH found AS (
               SELECT * FROM campaigns
                WHERE ($1 = '' OR strpos(lower(name || ' ' || subject), lower($1)) > 0)
                  AND ($2::text IS NULL OR state = $2)
                  AND ($3::uuid IS NULL OR id < $3) AND ($4::uuid IS NULL OR id > $4)
                -- Backwards from `before`, so that the page just before it is found, not the first.
                ORDER BY CASE WHEN $4 IS NULL THEN id END DESC, CASE WHEN $4 IS NOT NULL THEN id END
                LIMIT $5
           )
           SELECT c.id AS "id!", c.name AS "name!", c.subject AS "subject!", c.state AS "state!",
                  ARRAY(SELECT l.name FROM lists l WHERE l.id = ANY (c.list_ids) ORDER BY lower(l.name)) AS "lists!",
                  c.audience_size, c.planned_at IS NOT NULL AS "is_planned!", c.scheduled_at, c.started_at,
                  c.finished_at, c.updated_at AS "updated_at!",
                  coalesce(n.planned, 0) AS "planned!", coalesce(n.sent, 0) AS "sent!",
                  coalesce(n.failed, 0) AS "failed!", coalesce(n.suppressed, 0) AS "suppressed!",
                  coalesce(n.cancelled, 0) AS "cancelled!", coalesce(n.in_doubt, 0) AS "in_doubt!",
                  coalesce(n.opened, 0) AS "opened!", coalesce(n.clicked, 0) AS "clicked!",
                  coalesce(n.opens, 0) AS "opens!", coalesce(n.clicks, 0) AS "clicks!",
                  coalesce(n.unsubscribed, 0) AS "unsubscribed!", coalesce(n.bounced, 0) AS "bounced!",
                  coalesce(n.complained, 0) AS "complained!"
             FROM found c LEFT JOIN campaign_counts n ON n.campaign_id = c.id
            ORDER BY c.id DESC"#,
        filter.search.trim(),
        filter.state.map(CampaignState::as_str),
        after,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Listed::try_from).collect()
}

/// How many campaigns there are in each state that has any.
pub async fn state_counts(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<(CampaignState, i64)>> {
    let rows =
        sqlx::query!(r#"SELECT state, count(*) AS "n!" FROM campaigns GROUP BY state"#).fetch_all(db).await?;
    rows.into_iter().map(|row| Ok((word(&row.state)?, row.n))).collect()
}

/// For Home: what is under way first (sending, paused, scheduled), then what ended or was written last.
pub async fn recent_for_home(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<Listed>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT c.id, c.name, c.subject, c.state,
                  ARRAY(SELECT l.name FROM lists l WHERE l.id = ANY (c.list_ids) ORDER BY lower(l.name)) AS "lists!",
                  c.audience_size, c.planned_at IS NOT NULL AS "is_planned!", c.scheduled_at, c.started_at,
                  c.finished_at, c.updated_at,
                  coalesce(n.planned, 0) AS "planned!", coalesce(n.sent, 0) AS "sent!",
                  coalesce(n.failed, 0) AS "failed!", coalesce(n.suppressed, 0) AS "suppressed!",
                  coalesce(n.cancelled, 0) AS "cancelled!", coalesce(n.in_doubt, 0) AS "in_doubt!",
                  coalesce(n.opened, 0) AS "opened!", coalesce(n.clicked, 0) AS "clicked!",
                  coalesce(n.opens, 0) AS "opens!", coalesce(n.clicks, 0) AS "clicks!",
                  coalesce(n.unsubscribed, 0) AS "unsubscribed!", coalesce(n.bounced, 0) AS "bounced!",
                  coalesce(n.complained, 0) AS "complained!"
             FROM campaigns c LEFT JOIN campaign_counts n ON n.campaign_id = c.id
            ORDER BY c.state NOT IN ('sending', 'paused'), c.state <> 'scheduled',
                     greatest(c.finished_at, c.started_at, c.updated_at) DESC, c.id DESC
            LIMIT $1"#,
        limit
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Listed::try_from).collect()
}
