//! Pace: when a relay may be given its next messages, for all senders together.
//!
//! Senders reserve slots before they send. The relay's row holds the next free slot; whoever wants
//! n slots moves it n intervals ahead, in one statement, and may then send one message at each of
//! them. A limit for a minute spaces messages out as one for a second does: then it holds in every
//! minute, wherever that begins, and leaves nothing unused. Quotas of an hour and a day are counted by
//! the minute in `relay_usage`, at reservation: a slot that is not used after all is lost, so that a
//! quota can only be missed from below.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sebar_domain::id::RelayId;
use sqlx::{PgConnection, PgExecutor};

use crate::relays::{self, signed};

/// Slots keep a little more than their distance: messages arrive some milliseconds early or late,
/// and the limit must hold in every second as the relay measures it.
pub(crate) const HEADROOM: f64 = 0.97;

/// Slots that were granted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slots {
    /// How many.
    pub granted: u32,
    /// From now to the first.
    pub first_in: Duration,
    /// From each to the next.
    pub interval: Duration,
    /// Where fewer were granted than wanted: when a quota reopens.
    pub parked_until: Option<DateTime<Utc>>,
}

impl Slots {
    /// The slots of what has no limits.
    pub const FREE: Self =
        Self { granted: u32::MAX, first_in: Duration::ZERO, interval: Duration::ZERO, parked_until: None };

    /// Up to `wanted` slots `interval` seconds apart, the first in `first_in` seconds: those of them that
    /// come within `horizon`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and a float saturates"
    )]
    pub(crate) fn within(horizon: Duration, wanted: u32, first_in: f64, interval: f64) -> Self {
        let due = ((horizon.as_secs_f64() - first_in) / interval + 1.0).max(0.0) as u32;
        Self {
            granted: due.min(wanted),
            first_in: Duration::from_secs_f64(first_in),
            interval: Duration::from_secs_f64(interval),
            parked_until: None,
        }
    }

    /// When the `n`th slot (from 0) comes, from the moment of the reservation.
    pub fn at(&self, n: u32) -> Duration {
        self.first_in + self.interval * n
    }
}

/// How much of its quotas a relay has used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// In the last hour.
    pub hour: i64,
    /// In the last 24 hours.
    pub day: i64,
}

/// What a relay used of its quotas. Counted only for relays that have one.
pub async fn usage(db: impl PgExecutor<'_>, relay: RelayId) -> sqlx::Result<Usage> {
    let row = sqlx::query!(
        r#"SELECT coalesce(sum(used) FILTER (WHERE minute > now() - interval '61 minutes'), 0) AS "hour!",
                  coalesce(sum(used), 0) AS "day!"
             FROM relay_usage
            WHERE relay_id = $1 AND minute > now() - interval '24 hours 1 minute'"#,
        relay.0
    )
    .fetch_one(db)
    .await?;
    Ok(Usage { hour: row.hour, day: row.day })
}

/// Reserves up to `wanted` slots (at least 1) of a relay. Call it in a transaction: the relay's row
/// stays locked until its end, so commit at once. `None` when there is no such relay.
pub async fn reserve(db: &mut PgConnection, relay: RelayId, wanted: u32) -> sqlx::Result<Option<Slots>> {
    let limits = sqlx::query!(
        "SELECT per_second, per_minute, per_hour, per_day, slow_rate, warmup_start, warmup_growth, warmup_cap,
                warmup_since
           FROM relays WHERE id = $1 FOR NO KEY UPDATE",
        relay.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(limits) = limits else { return Ok(None) };
    let mut granted = i64::from(wanted);
    let mut parked_until = None;
    let plan =
        relays::warm_up(limits.warmup_start, limits.warmup_growth, limits.warmup_cap, limits.warmup_since);
    let today = plan.and_then(|plan| plan.quota_at(Utc::now())).map(signed);
    let per_day = [limits.per_day, today].into_iter().flatten().min();
    if limits.per_hour.is_some() || per_day.is_some() {
        let used = usage(&mut *db, relay).await?;
        let left = |limit: Option<i32>, used: i64| limit.map_or(i64::MAX, |limit| i64::from(limit) - used);
        let (hour, day) = (left(limits.per_hour, used.hour), left(per_day, used.day));
        granted = granted.min(hour).min(day).max(0);
        if granted < i64::from(wanted) {
            let until = reopens(&mut *db, relay, day <= hour).await?;
            park(&mut *db, relay, until).await?;
            parked_until = Some(until);
        }
        if granted > 0 {
            use_up(&mut *db, relay, granted).await?;
        }
    }
    let per_minute = limits.per_minute.and_then(|n| u32::try_from(n).ok());
    let rate = relays::rate(limits.per_second, per_minute, limits.slow_rate);
    let interval = rate.map_or(0.0, |rate| 1.0 / (rate * HEADROOM));
    let mut first_in = 0.0;
    if interval > 0.0 && granted > 0 {
        // `clock_timestamp`, because the transaction may have waited for the lock.
        first_in = sqlx::query_scalar!(
            r#"UPDATE relays SET next_slot = greatest(next_slot, clock_timestamp()) + $2::float8 * interval '1 second'
                WHERE id = $1
               RETURNING extract(epoch FROM next_slot - clock_timestamp())::float8 - $2 AS "first_in!""#,
            relay.0,
            interval * f64::from(u32::try_from(granted).unwrap_or(u32::MAX))
        )
        .fetch_one(&mut *db)
        .await?;
    }
    Ok(Some(Slots {
        granted: u32::try_from(granted).unwrap_or(u32::MAX),
        first_in: Duration::from_secs_f64(first_in.max(0.0)),
        interval: Duration::from_secs_f64(interval),
        parked_until,
    }))
}

async fn use_up(db: &mut PgConnection, relay: RelayId, n: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO relay_usage AS u (relay_id, minute, used) VALUES ($1, date_trunc('minute', now()), $2)
         ON CONFLICT (relay_id, minute) DO UPDATE SET used = u.used + $2",
        relay.0,
        i32::try_from(n).unwrap_or(i32::MAX)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lets everybody know that a relay can take no more until then.
async fn park(db: &mut PgConnection, relay: RelayId, until: DateTime<Utc>) -> sqlx::Result<()> {
    sqlx::query!("UPDATE relays SET parked_until = $2 WHERE id = $1", relay.0, until).execute(db).await?;
    Ok(())
}

/// When the oldest minute that counts leaves the window.
async fn reopens(db: &mut PgConnection, relay: RelayId, day: bool) -> sqlx::Result<DateTime<Utc>> {
    let minutes = if day { 24.0 * 60.0 + 1.0 } else { 61.0 };
    sqlx::query_scalar!(
        r#"SELECT coalesce(min(minute), now()) + $2::float8 * interval '1 minute' AS "at!"
             FROM relay_usage
            WHERE relay_id = $1 AND used > 0 AND minute > now() - $2::float8 * interval '1 minute'"#,
        relay.0,
        minutes
    )
    .fetch_one(db)
    .await
}

/// Forgets use that no quota looks at any more.
pub async fn forget_old(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM relay_usage WHERE minute < now() - interval '25 hours'").execute(db).await?;
    Ok(())
}
