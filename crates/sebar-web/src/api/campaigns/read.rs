use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_domain::CampaignState;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns::{self, Filter, Listed, Position};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Shown, id, shown};
use crate::api::answers::{OfOne, Usual};
use crate::api::error::{Faults, Result};
use crate::api::query::{Parameters, limit, parameter};
use crate::api::shapes::Page;
use crate::foundation::app::App;

/// Which are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many at most: 1 to 100; 20 if left out.
    limit: Option<String>,
    /// The id of the last one of the page before.
    after: Option<String>,
    /// `draft`, `scheduled`, `sending`, `paused`, `sent` or `cancelled`.
    state: Option<String>,
    /// Any part of the name or subject.
    q: Option<String>,
}

/// A campaign in a list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignSummary)]
pub(crate) struct Summary {
    /// Always `campaign`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CampaignId,
    /// Its name.
    name: String,
    /// Its subject, as it is written.
    subject: String,
    /// Where it stands.
    #[schema(value_type = String)]
    state: CampaignState,
    /// Messages that it has, or will have.
    recipients: i64,
    /// Of these, taken by a relay.
    sent: i64,
    /// When it starts, if it is scheduled.
    scheduled_at: Option<DateTime<Utc>>,
    /// When sending began.
    started_at: Option<DateTime<Utc>>,
    /// When it was over.
    finished_at: Option<DateTime<Utc>>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<Listed> for Summary {
    fn from(one: Listed) -> Self {
        Self {
            object: "campaign",
            id: one.id,
            recipients: one.total(),
            sent: one.counts.sent,
            name: one.name,
            subject: one.subject,
            state: one.state,
            scheduled_at: one.scheduled_at,
            started_at: one.started_at,
            finished_at: one.finished_at,
            updated_at: one.updated_at,
        }
    }
}

/// List campaigns
///
/// The newest first.
#[utoipa::path(
    get, path = "/campaigns", tag = "Campaigns", operation_id = "listCampaigns", params(Wanted),
    responses((status = 200, description = "A page of campaigns.", body = Page<Summary>), Usual),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Summary>>> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let after = parameter(&mut faults, "after", wanted.after.as_deref(), "is no id of a campaign.");
    let state = parameter(&mut faults, "state", wanted.state.as_deref(), "is no state of a campaign.");
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let filter = Filter { search: wanted.q.unwrap_or_default().replace('\0', ""), state };
    let position = after.map_or(Position::Start, Position::After);
    let found = campaigns::list(&app.db, &filter, position, limit + 1).await?;
    Ok(Json(Page::cut(found, limit)))
}

/// Retrieve a campaign
#[utoipa::path(
    get, path = "/campaigns/{id}", tag = "Campaigns", operation_id = "getCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "The campaign.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(text): Path<String>) -> Result<Json<Shown>> {
    Ok(Json(shown(&app, id(&text)?).await?))
}
