//! Campaigns: written, sent, watched.

mod control;
mod numbers;
mod read;
mod write;

pub(super) use control::{
    __path_cancel, __path_pause, __path_resend, __path_resume, __path_schedule, __path_start, __path_test,
    __path_unschedule, cancel, pause, resend, resume, schedule, start, test, unschedule,
};
pub(super) use numbers::{__path_statistics, statistics};
pub(super) use read::{__path_list, __path_show, list, show};
pub(super) use write::{
    __path_change, __path_create, __path_duplicate, __path_remove, change, create, duplicate, remove,
};

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ListId, TemplateId};
use sebar_domain::{CampaignPace, CampaignState, Tracking, WrongState};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::routing;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{Cause, Refusal, Result};
use crate::foundation::app::App;

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Campaign)]
pub(crate) struct Shown {
    /// Always `campaign`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CampaignId,
    /// Its name; recipients never see it.
    name: String,
    /// `draft`, `scheduled`, `sending`, `paused`, `sent` or `cancelled`.
    #[schema(value_type = String)]
    state: CampaignState,
    /// Ids of the lists that it goes to.
    #[schema(value_type = Vec<uuid::Uuid>)]
    lists: Vec<ListId>,
    /// Ids of the lists whose members it does not go to, whatever other lists they are in.
    #[schema(value_type = Vec<uuid::Uuid>)]
    excluded_lists: Vec<ListId>,
    /// The template that its content was copied from.
    #[schema(value_type = Option<uuid::Uuid>)]
    template_id: Option<TemplateId>,
    /// Subject, with variables.
    subject: String,
    /// What mail programs show after the subject.
    preheader: String,
    /// The HTML body, with variables.
    html: String,
    /// The plain-text body; `null`: made from the HTML.
    text: Option<String>,
    /// The sender's name.
    from_name: String,
    /// The sender's address.
    from_email: String,
    /// Where answers go; empty: to the sender.
    reply_to: String,
    /// What is recorded of opens and clicks: `off`, `anonymous` or `individual`.
    #[schema(value_type = String)]
    tracking: Tracking,
    /// Most messages an hour; `null`: as fast as the relays may.
    per_hour: Option<i32>,
    /// The hours in which it is sent; `null`: all.
    window: Option<Window>,
    /// The pool of relays that it goes over, by name; `null`: as the rules say.
    pool: Option<String>,
    /// When it starts, if it is scheduled.
    scheduled_at: Option<DateTime<Utc>>,
    /// When sending began.
    started_at: Option<DateTime<Utc>>,
    /// When it was over.
    finished_at: Option<DateTime<Utc>>,
    /// Recipients counted at the start, or when it was scheduled.
    recipients: Option<i64>,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

/// Hours of the day.
#[derive(Debug, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SendingWindow)]
pub(crate) struct Window {
    /// `HH:MM`.
    from: String,
    /// `HH:MM`; before `from`: over midnight.
    to: String,
    /// The time zone (IANA).
    #[serde(alias = "timeZone")]
    time_zone: String,
}

impl Shown {
    async fn new(app: &App, campaign: Campaign, pace: CampaignPace) -> Result<Self> {
        let pool = match pace.pool {
            Some(id) => {
                routing::all(&mut *app.db.acquire().await?).await?.pool(id).map(|pool| pool.name.clone())
            }
            None => None,
        };
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Ok(Self {
            object: "campaign",
            id: campaign.id,
            name: campaign.name,
            state: campaign.state,
            lists: campaign.lists,
            excluded_lists: campaign.excluded_lists,
            template_id: campaign.template,
            subject: campaign.subject,
            preheader: campaign.preheader,
            html: campaign.html,
            text: campaign.text,
            from_name: campaign.from_name,
            from_email: campaign.from_email,
            reply_to: campaign.reply_to,
            tracking: campaign.tracking,
            per_hour: pace.per_hour,
            window: pace.window.map(|window| Window {
                from: clock(window.from),
                to: clock(window.to),
                time_zone: window.zone,
            }),
            pool,
            scheduled_at: campaign.scheduled_at,
            started_at: campaign.started_at,
            finished_at: campaign.finished_at,
            recipients: campaign.audience_size,
            created_at: campaign.created_at,
            updated_at: campaign.updated_at,
        })
    }
}

/// Reads a campaign's id.
fn id(text: &str) -> Result<CampaignId> {
    text.parse().map_err(|_| Refusal::not_found("campaign"))
}

async fn find(app: &App, id: CampaignId) -> Result<Campaign> {
    campaigns::get(&app.db, id).await?.ok_or_else(|| Refusal::not_found("campaign"))
}

async fn shown(app: &App, id: CampaignId) -> Result<Shown> {
    let campaign = find(app, id).await?;
    let pace = campaigns::pace(&app.db, id).await?;
    Shown::new(app, campaign, pace).await
}

/// Its state does not allow it.
fn wrong_state(wrong: WrongState) -> Refusal {
    let message = format!("The campaign is `{}`: it cannot {} now.", wrong.from, wrong.wanted);
    Refusal::new(Cause::WrongState, message)
}
