//! What a campaign came to: over time, by link, by domain, by reason, by recipient.
//!
//! Nothing here reads more than a page of a campaign's messages while somebody waits: hours and
//! links are counted as the hits come ([`crate::hits`]), domains and reasons in the background.

mod breakdown;
mod recipients;

pub use breakdown::{Breakdown, Domain, Why, breakdown, count_breakdown};
pub use recipients::{Recipient, Which, recipients};

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContentId};
use sqlx::PgExecutor;

/// Opens and clicks in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins: an hour, or midnight in the reader's zone.
    pub at: DateTime<Utc>,
    /// Opens, however often by the same person.
    pub opens: i64,
    /// Clicks.
    pub clicks: i64,
}

/// Opens and clicks by the hour until `until`; hours without any are left out.
pub async fn by_hour(
    db: impl PgExecutor<'_>,
    id: CampaignId,
    content: ContentId,
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<Span>> {
    sqlx::query_as!(
        Span,
        r#"SELECT hour AS "at!", sum(opens)::bigint AS "opens!", sum(clicks)::bigint AS "clicks!"
             FROM (SELECT hour, opens, clicks FROM campaign_hours WHERE campaign_id = $1
                   UNION ALL
                   SELECT hour, CASE WHEN link < 0 THEN hits ELSE 0 END, CASE WHEN link < 0 THEN 0 ELSE hits END
                     FROM anonymous_hits WHERE content_id = $2) hits
            WHERE hour < $3
            GROUP BY hour ORDER BY hour"#,
        id.0,
        content.0,
        until
    )
    .fetch_all(db)
    .await
}

/// Opens and clicks by the day of a time zone (IANA name); days without any are left out.
pub async fn by_day(
    db: impl PgExecutor<'_>,
    id: CampaignId,
    content: ContentId,
    zone: &str,
) -> sqlx::Result<Vec<Span>> {
    sqlx::query_as!(
        Span,
        r#"SELECT date_trunc('day', hour, $3) AS "at!", sum(opens)::bigint AS "opens!", sum(clicks)::bigint AS "clicks!"
             FROM (SELECT hour, opens, clicks FROM campaign_hours WHERE campaign_id = $1
                   UNION ALL
                   SELECT hour, CASE WHEN link < 0 THEN hits ELSE 0 END, CASE WHEN link < 0 THEN 0 ELSE hits END
                     FROM anonymous_hits WHERE content_id = $2) hits
            GROUP BY 1 ORDER BY 1"#,
        id.0,
        content.0,
        zone
    )
    .fetch_all(db)
    .await
}

/// A tracked link and who followed it.
#[derive(Clone, Debug)]
pub struct LinkHits {
    /// Where it leads, as it is written in the content.
    pub url: String,
    /// How often it was followed.
    pub clicks: i64,
    /// By how many people; zero where only counts are kept.
    pub people: i64,
}

/// The tracked links of a content, the most followed first.
pub async fn links(db: impl PgExecutor<'_>, content: ContentId) -> sqlx::Result<Vec<LinkHits>> {
    sqlx::query_as!(
        LinkHits,
        "SELECT url, clicks, people FROM content_links WHERE content_id = $1 ORDER BY clicks DESC, n",
        content.0
    )
    .fetch_all(db)
    .await
}
