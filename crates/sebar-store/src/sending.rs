//! Campaigns as the sender sees them: which are being sent, which are finished.

use sebar_domain::id::{CampaignId, ContentId};
use sebar_domain::{Address, CampaignPace};
use sqlx::PgExecutor;

use crate::campaigns;

/// A campaign that is being sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The campaign.
    pub id: CampaignId,
    /// Its frozen content.
    pub content: ContentId,
    /// The sender's address: only relays that may use it take part.
    pub from: Address,
    /// Its own pace.
    pub pace: CampaignPace,
}

/// The campaigns that are being sent now, the oldest first.
pub async fn now(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Sending>> {
    let rows = sqlx::query!(
        r#"SELECT c.id, k.id AS content, k.from_email, c.per_hour, c.window_from, c.window_to, c.window_zone,
                  c.pool_id
             FROM campaigns c JOIN contents k ON k.id = c.content_id
            WHERE c.state = 'sending' ORDER BY c.id"#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Sending {
                id: row.id.into(),
                content: row.content.into(),
                from: row.from_email.parse().map_err(|fault| sqlx::Error::Decode(Box::new(fault)))?,
                pace: CampaignPace {
                    per_hour: row.per_hour,
                    window: campaigns::window(row.window_from, row.window_to, row.window_zone),
                    pool: row.pool_id.map(Into::into),
                },
            })
        })
        .collect()
}

/// Marks the campaigns *sent* of which every message is planned and terminal; returns them.
pub async fn finish(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<CampaignId>> {
    let ids = sqlx::query_scalar!(
        "UPDATE campaigns c SET state = 'sent', finished_at = now(), settled_at = now(), updated_at = now()
          WHERE state = 'sending' AND settled_at IS NULL AND planned_at IS NOT NULL
            AND EXISTS (SELECT FROM campaign_counts n
                         WHERE n.campaign_id = c.id
                           AND n.planned = n.sent + n.failed + n.suppressed + n.cancelled + n.in_doubt)
            AND NOT EXISTS (SELECT FROM queue q WHERE q.campaign_id = c.id AND q.sender_id IS NULL)
         RETURNING id"
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(CampaignId).collect())
}

/// Cancelled campaigns that may still have messages in the queue.
pub async fn unsettled(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<CampaignId>> {
    let ids =
        sqlx::query_scalar!("SELECT id FROM campaigns WHERE state = 'cancelled' AND settled_at IS NULL")
            .fetch_all(db)
            .await?;
    Ok(ids.into_iter().map(CampaignId).collect())
}

/// Notes that every message of a cancelled campaign is terminal, if it is so.
pub async fn settle(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE campaigns c
            SET settled_at = now(), finished_at = coalesce(finished_at, now())
          WHERE id = $1 AND state = 'cancelled' AND settled_at IS NULL
            AND NOT EXISTS (SELECT FROM campaign_counts n
                             WHERE n.campaign_id = c.id
                               AND n.planned <> n.sent + n.failed + n.suppressed + n.cancelled + n.in_doubt)
            AND NOT EXISTS (SELECT FROM queue q WHERE q.campaign_id = c.id AND q.sender_id IS NULL)",
        id.0
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
