use chrono::{DateTime, NaiveDate, Utc};
use sebar_domain::id::CampaignId;
use sebar_domain::{BounceKind, BounceReason};
use sqlx::PgPool;

use crate::archive::planned_anew;

/// What came back on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day, in the time zone that was asked for.
    pub day: NaiveDate,
    /// What it said.
    pub kind: BounceKind,
    /// How often.
    pub n: i64,
}

/// A line of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<T> {
    /// What is counted.
    pub what: T,
    /// Messages (those that were not found count one by one).
    pub n: i64,
}

/// What came back since a moment, by day and kind.
pub async fn by_day(
    db: &PgPool,
    campaign: Option<CampaignId>,
    since: DateTime<Utc>,
    time_zone: &str,
) -> sqlx::Result<Vec<Day>> {
    let mut db = planned_anew(db).await?;
    let rows = sqlx::query!(
        r#"SELECT (at AT TIME ZONE $2)::date AS "day!", kind, count(*) AS "n!"
             FROM bounces
            WHERE id >= uuid_floor($1) AND at >= $1 AND ($3::uuid IS NULL OR campaign_id = $3)
            GROUP BY 1, 2 ORDER BY 1, 2"#,
        since,
        time_zone,
        campaign.map(|campaign| campaign.0)
    )
    .fetch_all(&mut *db)
    .await?;
    db.commit().await?;
    Ok(rows
        .into_iter()
        .map(|row| Day { day: row.day, kind: row.kind.parse().unwrap_or(BounceKind::Other), n: row.n })
        .collect())
}

/// A campaign's messages by what came back about them: of each the gravest.
pub async fn by_kind(db: &PgPool, campaign: CampaignId) -> sqlx::Result<Vec<Line<BounceKind>>> {
    let rows = sqlx::query!(
        r#"SELECT kind AS "kind!", count(*) AS "n!"
             FROM (SELECT DISTINCT ON (message_id) kind FROM bounces WHERE campaign_id = $1
                    ORDER BY message_id, array_position(
                        ARRAY['complaint', 'hard', 'blocked', 'soft', 'other', 'delayed', 'auto_reply', 'delivered'],
                        kind)) gravest
            GROUP BY 1 ORDER BY 2 DESC, 1"#,
        campaign.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Line { what: row.kind.parse().unwrap_or(BounceKind::Other), n: row.n })
        .collect())
}

/// A campaign's bounces by reason, the most frequent first.
pub async fn by_reason(db: &PgPool, campaign: CampaignId) -> sqlx::Result<Vec<Line<BounceReason>>> {
    let rows = sqlx::query!(
        r#"SELECT reason, count(DISTINCT message_id) AS "n!"
             FROM bounces WHERE campaign_id = $1 AND kind IN ('hard', 'soft', 'blocked', 'other')
            GROUP BY 1 ORDER BY 2 DESC, 1"#,
        campaign.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Line { what: row.reason.parse().unwrap_or(BounceReason::Unknown), n: row.n })
        .collect())
}

/// The domains from which most of a campaign's mail came back.
pub async fn by_domain(db: &PgPool, campaign: CampaignId, limit: i64) -> sqlx::Result<Vec<Line<String>>> {
    let rows = sqlx::query!(
        r#"SELECT domain, count(DISTINCT message_id) AS "n!"
             FROM bounces WHERE campaign_id = $1 AND kind IN ('hard', 'soft', 'blocked', 'other')
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $2"#,
        campaign.0,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| Line { what: row.domain, n: row.n }).collect())
}
