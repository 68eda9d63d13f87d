//! A campaign that paused itself.

use sebar_domain::CampaignState;
use sebar_domain::id::CampaignId;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use super::schedule::set_state;

/// Why a campaign paused itself: too many of its latest answers were refusals by policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// So many were.
    pub blocked: u32,
    /// Of so many.
    pub of: u32,
    /// The last of them.
    pub answer: String,
}

/// Pauses a campaign, if it is being sent, and notes why. Whether it did.
pub async fn pause_itself(db: &mut PgConnection, id: CampaignId, why: &Blocked) -> sqlx::Result<bool> {
    let is_sending =
        sqlx::query_scalar!("SELECT id FROM campaigns WHERE id = $1 AND state = 'sending' FOR UPDATE", id.0)
            .fetch_optional(&mut *db)
            .await?
            .is_some();
    if is_sending {
        set_state(db, id, CampaignState::Paused).await?;
        sqlx::query!("UPDATE campaigns SET paused_why = $2 WHERE id = $1", id.0, Json(why) as _)
            .execute(db)
            .await?;
    }
    Ok(is_sending)
}

/// Why a campaign paused itself; `None` when a user paused it, or nobody.
pub async fn paused_why(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<Option<Blocked>> {
    let why = sqlx::query_scalar!(
        r#"SELECT paused_why AS "why: Json<Blocked>" FROM campaigns WHERE id = $1 AND state = 'paused'"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(why.flatten().map(|Json(why)| why))
}
