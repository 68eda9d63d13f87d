//! A campaign while it is written. Every change asks for the state `draft` itself, so that nothing
//! slips into a campaign that was started meanwhile.

use sebar_domain::Tracking;
use sebar_domain::id::{CampaignId, ListId, TemplateId, TemplateVersionId, UserId};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::templates::Draft;

/// Makes a draft with the sender and tracking of the settings.
pub async fn create(db: impl PgExecutor<'_>, name: &str, user: Option<UserId>) -> sqlx::Result<CampaignId> {
    let id = CampaignId::new();
    sqlx::query!(
        "INSERT INTO campaigns (id, name, from_name, from_email, tracking, created_by)
         SELECT $1, $2, from_name, from_email, tracking, $3 FROM settings",
        id.0,
        name,
        user.map(|user| user.0)
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Makes a draft with audience and content of another campaign, in whatever state that is.
pub async fn duplicate(
    db: impl PgExecutor<'_>,
    of: CampaignId,
    name: &str,
    user: Option<UserId>,
) -> sqlx::Result<CampaignId> {
    let id = CampaignId::new();
    let done = sqlx::query!(
        "INSERT INTO campaigns (id, name, list_ids, excluded_list_ids, template_id, template_version_id, subject,
                                preheader, html, text, from_name, from_email, reply_to, tracking, per_hour,
                                window_from, window_to, window_zone, pool_id, created_by)
         SELECT $1, $2, list_ids, excluded_list_ids, template_id, template_version_id, subject,
                preheader, html, text, from_name, from_email, reply_to, tracking, per_hour, window_from, window_to,
                window_zone, pool_id, $4
           FROM campaigns WHERE id = $3",
        id.0,
        name,
        of.0,
        user.map(|user| user.0)
    )
    .execute(db)
    .await?;
    if done.rows_affected() == 1 { Ok(id) } else { Err(sqlx::Error::RowNotFound) }
}

/// Gives a campaign another name, in whatever state it is.
pub async fn rename(db: impl PgExecutor<'_>, id: CampaignId, name: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!("UPDATE campaigns SET name = $2 WHERE id = $1", id.0, name).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Sets to whom a draft goes. False if it is no draft any more.
pub async fn set_audience(
    db: impl PgExecutor<'_>,
    id: CampaignId,
    lists: &[ListId],
    excluded: &[ListId],
) -> sqlx::Result<bool> {
    let uuids = |lists: &[ListId]| lists.iter().map(|list| list.0).collect::<Vec<Uuid>>();
    let done = sqlx::query!(
        "UPDATE campaigns SET list_ids = $2, excluded_list_ids = $3, updated_at = now()
          WHERE id = $1 AND state = 'draft'",
        id.0,
        &uuids(lists),
        &uuids(excluded)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets what a draft says, and as whom. False if it is no draft any more.
pub async fn set_content(
    db: impl PgExecutor<'_>,
    id: CampaignId,
    draft: &Draft,
    from_name: &str,
    from_email: &str,
    reply_to: &str,
    tracking: Tracking,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE campaigns
            SET subject = $2, preheader = $3, html = $4, text = $5, from_name = $6, from_email = $7, reply_to = $8,
                tracking = $9, updated_at = now()
          WHERE id = $1 AND state = 'draft'",
        id.0,
        draft.subject,
        draft.preheader,
        draft.html,
        draft.text,
        from_name,
        from_email,
        reply_to,
        tracking.as_str()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Copies a template's version into a draft; `None` for content that comes from no stored template.
/// False if it is no draft any more.
pub async fn set_template(
    db: impl PgExecutor<'_>,
    id: CampaignId,
    template: Option<(TemplateId, TemplateVersionId)>,
    draft: &Draft,
) -> sqlx::Result<bool> {
    let (template, version) = template.unzip();
    let done = sqlx::query!(
        "UPDATE campaigns
            SET template_id = $2, template_version_id = $3, subject = $4, preheader = $5, html = $6, text = $7,
                updated_at = now()
          WHERE id = $1 AND state = 'draft'",
        id.0,
        template.map(|id| id.0),
        version.map(|id| id.0),
        draft.subject,
        draft.preheader,
        draft.html,
        draft.text
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a draft. False if it is no draft (any more): what was sent stays in the archive.
pub async fn delete_draft(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("DELETE FROM campaigns WHERE id = $1 AND state = 'draft'", id.0).execute(db).await?;
    Ok(done.rows_affected() == 1)
}
