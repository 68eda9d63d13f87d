//! Campaigns: what is sent to whom, and where it stands.

mod counts;
mod draft;
mod listing;
mod pace;
mod resend;
mod schedule;
mod self_pause;
mod test_send;

pub use counts::{Counts, counts};
pub use draft::{create, delete_draft, duplicate, rename, set_audience, set_content, set_template};
pub use listing::{Filter, Listed, Position, list, recent_for_home, state_counts};
pub(crate) use pace::window;
pub use pace::{pace, reserve_slots, set_pace};
pub use resend::resend;
pub use schedule::{set_schedule, set_state, start, start_due, unschedule};
pub use self_pause::{Blocked, pause_itself, paused_why};
pub use test_send::queue_tests;

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContentId, ListId, TemplateId, TemplateVersionId};
use sebar_domain::{CampaignState, Tracking};
use sqlx::{PgConnection, PgExecutor};

/// A campaign as it is stored.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its key.
    pub id: CampaignId,
    /// How its users call it; recipients never see it.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
    /// To whose members it goes.
    pub lists: Vec<ListId>,
    /// To whose members it does not go, whatever other lists they are in.
    pub excluded_lists: Vec<ListId>,
    /// The template that its content was copied from.
    pub template: Option<TemplateId>,
    /// The version of it.
    pub template_version: Option<TemplateVersionId>,
    /// Subject, a template.
    pub subject: String,
    /// Preheader, a template.
    pub preheader: String,
    /// HTML body, a template.
    pub html: String,
    /// Plain-text body, a template; `None`: made from the HTML.
    pub text: Option<String>,
    /// The sender's name.
    pub from_name: String,
    /// The sender's address, as typed.
    pub from_email: String,
    /// Where answers go, as typed; empty: to the sender.
    pub reply_to: String,
    /// What is recorded of opens and clicks.
    pub tracking: Tracking,
    /// The frozen content, once it is scheduled or started.
    pub content: Option<ContentId>,
    /// When it starts, if scheduled.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// The time zone in which that was said (IANA).
    pub time_zone: Option<String>,
    /// When sending began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub finished_at: Option<DateTime<Utc>>,
    /// Recipients counted at the start.
    pub audience_size: Option<i64>,
    /// When the last message was planned.
    pub planned_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

struct Row {
    id: uuid::Uuid,
    name: String,
    state: String,
    list_ids: Vec<uuid::Uuid>,
    excluded_list_ids: Vec<uuid::Uuid>,
    template_id: Option<uuid::Uuid>,
    template_version_id: Option<uuid::Uuid>,
    subject: String,
    preheader: String,
    html: String,
    text: Option<String>,
    from_name: String,
    from_email: String,
    reply_to: String,
    tracking: String,
    content_id: Option<uuid::Uuid>,
    scheduled_at: Option<DateTime<Utc>>,
    time_zone: Option<String>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    audience_size: Option<i64>,
    planned_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for Campaign {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            state: word(&row.state)?,
            lists: row.list_ids.into_iter().map(ListId).collect(),
            excluded_lists: row.excluded_list_ids.into_iter().map(ListId).collect(),
            template: row.template_id.map(TemplateId),
            template_version: row.template_version_id.map(TemplateVersionId),
            subject: row.subject,
            preheader: row.preheader,
            html: row.html,
            text: row.text,
            from_name: row.from_name,
            from_email: row.from_email,
            reply_to: row.reply_to,
            tracking: word(&row.tracking)?,
            content: row.content_id.map(ContentId),
            scheduled_at: row.scheduled_at,
            time_zone: row.time_zone,
            started_at: row.started_at,
            finished_at: row.finished_at,
            audience_size: row.audience_size,
            planned_at: row.planned_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Reads one of our words back. A CHECK on the column allows no other.
fn word<T: std::str::FromStr<Err = sebar_domain::UnknownWord>>(text: &str) -> sqlx::Result<T> {
    text.parse().map_err(|fault| sqlx::Error::Decode(Box::new(fault)))
}

/// One campaign.
pub async fn get(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<Option<Campaign>> {
    sqlx::query_as!(
        Row,
        "SELECT id, name, state, list_ids, excluded_list_ids, template_id, template_version_id, subject, preheader,
                html, text, from_name, from_email, reply_to, tracking, content_id, scheduled_at, time_zone,
                started_at, finished_at, audience_size, planned_at, created_at, updated_at
           FROM campaigns WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?
    .map(Campaign::try_from)
    .transpose()
}

/// One campaign, held until the end of the transaction: nobody else changes it meanwhile.
pub async fn lock(db: &mut PgConnection, id: CampaignId) -> sqlx::Result<Option<Campaign>> {
    sqlx::query!("SELECT id FROM campaigns WHERE id = $1 FOR UPDATE", id.0).fetch_optional(&mut *db).await?;
    get(db, id).await
}
