//! Relays that asked to be sent less.
//!
//! Each plea halves what a relay is sent, for all senders together; while it is content that grows
//! again, until it is what it was before.

use sebar_domain::id::RelayId;
use sqlx::{PgConnection, PgExecutor};

use crate::control;

/// Slowed down to at least this: one message in five seconds.
const SLOWEST: f64 = 0.2;

/// At its own wish a relay is sent less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slowed {
    /// So many messages a second.
    pub rate: f64,
    /// What it took before, where the slow-down ends.
    pub from: f64,
}

/// Halves what a relay is sent, of the `observed` messages a second that it takes now. Of the pleas
/// within two seconds only the first counts: the others were on their way. Call it in a transaction.
/// Returns whether it counted.
pub async fn slow_down(db: &mut PgConnection, id: RelayId, observed: f64) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE relays
            SET slow_rate = greatest($3, least(coalesce(slow_rate, $2), $2) / 2),
                slow_from = greatest($3, coalesce(slow_from, $2)), slowed_at = now()
          WHERE id = $1 AND (slowed_at IS NULL OR slowed_at < now() - interval '2 seconds')",
        id.0,
        observed,
        SLOWEST
    )
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    control::tell(db).await?;
    Ok(true)
}

/// Lets relays that have not complained for a while have a quarter more, and ends the slow-down of those
/// that are back to what they took. Returns how many changed.
pub async fn speed_up(db: impl PgExecutor<'_>) -> sqlx::Result<u64> {
    let done = sqlx::query!(
        "UPDATE relays
            SET slow_rate = CASE WHEN slow_rate * 1.25 < slow_from THEN slow_rate * 1.25 END,
                slow_from = CASE WHEN slow_rate * 1.25 < slow_from THEN slow_from END,
                slowed_at = now()
          WHERE slow_rate IS NOT NULL AND slowed_at < now() - interval '10 seconds'"
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
