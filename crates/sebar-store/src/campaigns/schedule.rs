//! A campaign on its way: started, scheduled, paused, resumed, cancelled.

use chrono::{DateTime, Utc};
use sebar_domain::CampaignState;
use sebar_domain::id::{CampaignId, ContentId};
use sqlx::PgConnection;

use crate::{audience, control};

/// Sets the state, and the moment at which it was over if that is so, and tells the senders.
///
/// The caller holds the row ([`lock`](super::lock)) and asked the domain for the transition.
pub async fn set_state(db: &mut PgConnection, id: CampaignId, state: CampaignState) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE campaigns
            SET state = $2, paused_why = NULL, finished_at = CASE WHEN $3 THEN now() ELSE finished_at END,
                scheduled_at = CASE WHEN $2 = 'draft' THEN NULL ELSE scheduled_at END, updated_at = now()
          WHERE id = $1",
        id.0,
        state.as_str(),
        state.is_over()
    )
    .execute(&mut *db)
    .await?;
    control::tell(db).await
}

/// Begins sending `content` now to an audience of `size` recipients.
pub async fn start(db: &mut PgConnection, id: CampaignId, content: ContentId, size: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE campaigns
            SET state = 'sending', content_id = $2, audience_size = $3, started_at = now(),
                updated_at = now()
          WHERE id = $1",
        id.0,
        content.0,
        size
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("INSERT INTO campaign_counts (campaign_id) VALUES ($1) ON CONFLICT DO NOTHING", id.0)
        .execute(&mut *db)
        .await?;
    control::tell(db).await
}

/// Has `content` sent at `at`, as it was said in `time_zone`; `size`: the recipients as of now.
pub async fn set_schedule(
    db: &mut PgConnection,
    id: CampaignId,
    content: ContentId,
    at: DateTime<Utc>,
    time_zone: &str,
    size: i64,
) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE campaigns
            SET state = 'scheduled', content_id = $2, scheduled_at = $3, time_zone = $4, audience_size = $5,
                updated_at = now()
          WHERE id = $1",
        id.0,
        content.0,
        at,
        time_zone,
        size
    )
    .execute(&mut *db)
    .await?;
    control::tell(db).await
}

/// Makes a scheduled campaign a draft again, and forgets the content that was frozen for it.
pub async fn unschedule(db: &mut PgConnection, id: CampaignId) -> sqlx::Result<()> {
    let content = sqlx::query_scalar!("SELECT content_id FROM campaigns WHERE id = $1", id.0)
        .fetch_optional(&mut *db)
        .await?
        .flatten();
    sqlx::query!(
        "UPDATE campaigns
            SET state = 'draft', content_id = NULL, scheduled_at = NULL, audience_size = NULL, updated_at = now()
          WHERE id = $1",
        id.0
    )
    .execute(&mut *db)
    .await?;
    if let Some(content) = content {
        // No message was made of it yet: planning begins with the start.
        sqlx::query!("DELETE FROM contents WHERE id = $1", content).execute(&mut *db).await?;
    }
    control::tell(db).await
}

/// Starts one campaign that is due: for the sender, as often as it looks. Counts the audience anew,
/// since it may have grown since it was scheduled. Several may call it at once.
pub async fn start_due(db: &mut PgConnection) -> sqlx::Result<Option<CampaignId>> {
    let due = sqlx::query!(
        "SELECT id, content_id, list_ids, excluded_list_ids FROM campaigns
          WHERE state = 'scheduled' AND scheduled_at <= now() AND content_id IS NOT NULL
          ORDER BY scheduled_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(due) = due else { return Ok(None) };
    let Some(content) = due.content_id else { return Ok(None) };
    let lists = |ids: Vec<uuid::Uuid>| ids.into_iter().map(Into::into).collect::<Vec<_>>();
    let size = audience::size(&mut *db, &lists(due.list_ids), &lists(due.excluded_list_ids)).await?;
    let id = CampaignId(due.id);
    start(db, id, ContentId(content), size.recipients()).await?;
    Ok(Some(id))
}
