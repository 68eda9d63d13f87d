//! Relays that rest after faults of their own.

use chrono::{DateTime, Utc};
use sebar_domain::id::RelayId;
use sebar_domain::{Phase, RelayTrouble, retry};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgExecutor};

use crate::control;

/// A relay's rest after a fault of its own. Past `until` one message tries it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// When the trouble began.
    pub since: DateTime<Utc>,
    /// When it is tried again.
    pub until: DateTime<Utc>,
    /// What was wrong.
    pub reason: PauseReason,
    /// How many times in a row.
    pub faults: u32,
}

/// What was wrong with a relay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PauseReason {
    /// In a word of ours.
    pub kind: RelayTrouble,
    /// Where in the conversation.
    pub phase: Phase,
    /// The reply code, if it answered.
    pub code: Option<u16>,
    /// Its answer, or the fault in English.
    pub text: String,
}

/// Ends a relay's rest at a user's wish: it is tried again at once.
pub async fn unpause(db: &mut PgConnection, id: RelayId) -> sqlx::Result<bool> {
    let paused = recovered(&mut *db, id).await?;
    control::tell(db).await?;
    Ok(paused)
}

/// Lets a relay rest after a fault of its own, twice as long each time. Of several that report the
/// same fault only the first counts. Call it in a transaction. Returns until when it rests.
pub async fn rest(
    db: &mut PgConnection,
    id: RelayId,
    reason: &PauseReason,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let faults = sqlx::query_scalar!(
        "UPDATE relays SET faults = faults + 1, paused_at = coalesce(paused_at, now())
          WHERE id = $1 AND (paused_until IS NULL OR paused_until <= now())
         RETURNING faults",
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(faults) = faults else { return Ok(None) };
    let rest = retry::relay_rest(u32::try_from(faults).unwrap_or(1));
    let until = sqlx::query_scalar!(
        r#"UPDATE relays SET paused_until = now() + $2::float8 * interval '1 second', pause_reason = $3
            WHERE id = $1 RETURNING paused_until AS "until!""#,
        id.0,
        rest.as_secs_f64(),
        serde_json::json!(reason)
    )
    .fetch_one(&mut *db)
    .await?;
    control::tell(db).await?;
    Ok(Some(until))
}

/// Notes that a relay works again. `false`: it was not in trouble.
pub async fn recovered(db: impl PgExecutor<'_>, id: RelayId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE relays SET faults = 0, paused_at = NULL, paused_until = NULL, pause_reason = NULL
          WHERE id = $1 AND (faults > 0 OR paused_until IS NOT NULL)",
        id.0
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
