use chrono::{DateTime, NaiveDate, Utc};
use sebar_domain::id::CampaignId;
use sebar_domain::{BounceKind, BounceReason};
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

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

/// So many days are counted: more than any chart shows.
const COUNTED_DAYS: i32 = 40;

/// Counts bounces that were recorded now: when they happened, what they say, of which campaign. The last
/// thing in a transaction, and in the order of the rows, so that nobody waits for another in a circle.
pub(super) async fn count(
    db: &mut PgConnection,
    bounces: &[(DateTime<Utc>, BounceKind, Option<Uuid>)],
) -> sqlx::Result<()> {
    if bounces.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO bounce_counts AS c (slot, kind, campaign_id, n)
         SELECT date_bin('15 minutes', at, 'epoch'), kind, campaign, count(*)
           FROM unnest($1::timestamptz[], $2::text[], $3::uuid[]) AS new (at, kind, campaign)
          GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
         ON CONFLICT (slot, kind, campaign_id) DO UPDATE SET n = c.n + excluded.n",
        &bounces.iter().map(|(at, ..)| *at).collect::<Vec<_>>(),
        &bounces.iter().map(|(_, kind, _)| kind.as_str()).collect::<Vec<_>>() as &[&str],
        &bounces.iter().map(|(.., campaign)| campaign.unwrap_or_default()).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets counts that no chart shows any more.
pub async fn forget_old_counts(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM bounce_counts WHERE slot < now() - make_interval(days => $1)", COUNTED_DAYS)
        .execute(db)
        .await?;
    Ok(())
}

/// What came back since a moment of the last weeks, by day and kind; exact to a quarter of an hour.
pub async fn by_day(
    db: &PgPool,
    campaign: Option<CampaignId>,
    since: DateTime<Utc>,
    time_zone: &str,
) -> sqlx::Result<Vec<Day>> {
    let rows = sqlx::query!(
        r#"SELECT (slot AT TIME ZONE $2)::date AS "day!", kind, sum(n)::bigint AS "n!"
             FROM bounce_counts
            WHERE slot >= date_bin('15 minutes', $1, 'epoch') AND ($3::uuid IS NULL OR campaign_id = $3)
            GROUP BY 1, 2 ORDER BY 1, 2"#,
        since,
        time_zone,
        campaign.map(|campaign| campaign.0)
    )
    .fetch_all(db)
    .await?;
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
