//! A campaign's own pace: stored, and its slots, for all senders together.

use std::time::Duration;

use sebar_domain::id::CampaignId;
use sebar_domain::{CampaignPace, Window};
use sqlx::{PgConnection, PgExecutor};

use crate::control;
use crate::pace::Slots;

/// A campaign's pace; without any limit where there is no such campaign.
pub async fn pace(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<CampaignPace> {
    let row = sqlx::query!(
        "SELECT per_hour, window_from, window_to, window_zone, pool_id FROM campaigns WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map_or_else(CampaignPace::default, |row| CampaignPace {
        per_hour: row.per_hour,
        window: window(row.window_from, row.window_to, row.window_zone),
        pool: row.pool_id.map(Into::into),
    }))
}

/// The window as it is stored.
pub(crate) fn window(from: Option<i16>, to: Option<i16>, zone: Option<String>) -> Option<Window> {
    let minute = |minute: Option<i16>| minute.and_then(|minute| u16::try_from(minute).ok());
    Some(Window { from: minute(from)?, to: minute(to)?, zone: zone? })
}

/// Gives a campaign another pace, in whatever state it is, and tells the senders.
pub async fn set_pace(db: &mut PgConnection, id: CampaignId, pace: &CampaignPace) -> sqlx::Result<()> {
    let minute = |minute: u16| i16::try_from(minute).unwrap_or(0);
    let window = pace.window.as_ref();
    sqlx::query!(
        "UPDATE campaigns SET per_hour = $2, window_from = $3, window_to = $4, window_zone = $5, pool_id = $6,
                updated_at = now()
          WHERE id = $1",
        id.0,
        pace.per_hour,
        window.map(|window| minute(window.from)),
        window.map(|window| minute(window.to)),
        window.map(|window| window.zone.as_str()),
        pace.pool.map(|pool| pool.0)
    )
    .execute(&mut *db)
    .await?;
    // Slots that were reserved at another pace do not count.
    sqlx::query!("DELETE FROM campaign_slots WHERE campaign_id = $1", id.0).execute(&mut *db).await?;
    control::tell(db).await
}

/// Reserves up to `wanted` slots of a campaign that sends so many messages an hour, of those that come
/// within `horizon`; perhaps none. Call it in a transaction, and commit at once.
pub async fn reserve_slots(
    db: &mut PgConnection,
    id: CampaignId,
    per_hour: i32,
    wanted: u32,
    horizon: Duration,
) -> sqlx::Result<Slots> {
    sqlx::query!(
        "INSERT INTO campaign_slots (campaign_id, next_slot) VALUES ($1, clock_timestamp())
         ON CONFLICT (campaign_id) DO UPDATE SET next_slot = campaign_slots.next_slot",
        id.0
    )
    .execute(&mut *db)
    .await?;
    // The row is ours now.
    let first_in = sqlx::query_scalar!(
        r#"SELECT greatest(0, extract(epoch FROM next_slot - clock_timestamp()))::float8 AS "first_in!"
             FROM campaign_slots WHERE campaign_id = $1"#,
        id.0
    )
    .fetch_one(&mut *db)
    .await?;
    let slots = Slots::within(horizon, wanted, first_in, 3600.0 / f64::from(per_hour.max(1)));
    if slots.granted > 0 {
        sqlx::query!(
            "UPDATE campaign_slots
                SET next_slot = greatest(next_slot, clock_timestamp()) + $2::float8 * interval '1 second'
              WHERE campaign_id = $1",
            id.0,
            slots.interval.as_secs_f64() * f64::from(slots.granted)
        )
        .execute(db)
        .await?;
    }
    Ok(slots)
}
