use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sebar_domain::{Address, CampaignState, MessageState, WrongState};
use sebar_store::{audience, campaigns, contacts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::write::may_send_from;
use super::{Shown, find, id, shown, wrong_state};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, OfState, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::foundation::app::App;
use crate::foundation::page::Page;
use crate::pages::campaigns::{Check, Launched, MOST_TESTS, When, launch, queue_test, transition};
use crate::pages::report::send_anew;

/// What must be mended first, in order.
fn not_ready(blocking: &[Check]) -> Refusal {
    let mut faults = Faults::default();
    for check in blocking {
        let step = check.href.rsplit_once('/').map_or("", |(_, step)| step);
        let field = match step {
            "audience" => "lists",
            "content" => "content",
            "relays" | "pools" => "relays",
            _ => "settings",
        };
        let message = format!("{}: {}", check.text, check.detail);
        faults.add(Cause::NotReady, field, message.trim_end_matches([' ', ':']));
    }
    faults.refusal()
}

async fn send(app: &App, caller: &Caller, text: &str, when: When<'_>) -> Result<Json<Shown>> {
    let campaign = find(app, id(text)?).await?;
    may_send_from(caller, &campaign.from_email)?;
    match launch(app, &Page::for_programs(), &campaign, when, caller.key).await? {
        Launched::To(_) => Ok(Json(shown(app, campaign.id).await?)),
        Launched::Wrong(wrong) => Err(wrong_state(wrong)),
        Launched::NotReady(blocking) => Err(not_ready(&blocking)),
    }
}

/// Start a campaign
///
/// A draft, or a scheduled campaign before its time. What must be mended first is told:
/// `campaign_not_ready`.
#[utoipa::path(
    post, path = "/campaigns/{id}/start", tag = "Campaigns", operation_id = "startCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "It is being sent.", body = Shown), Usual, OfOne, OfState),
)]
pub(crate) async fn start(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Shown>> {
    send(&app, &caller, &text, When::Now).await
}

/// When a campaign is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignSchedule)]
pub(crate) struct Schedule {
    /// The time, by ISO 8601 with a time zone.
    #[serde(alias = "scheduledAt")]
    #[schema(format = DateTime)]
    scheduled_at: String,
    /// The time zone in which people are shown that time (IANA); UTC if left out.
    #[serde(alias = "timeZone")]
    time_zone: Option<String>,
}

/// Schedule a campaign
///
/// A draft; or another time for a scheduled one.
#[utoipa::path(
    post, path = "/campaigns/{id}/schedule", tag = "Campaigns", operation_id = "scheduleCampaign",
    params(("id" = String, Path, description = "The campaign's id.")), request_body = Schedule,
    responses((status = 200, description = "It is scheduled.", body = Shown), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn schedule(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    id(&text)?;
    let request = body::read::<Schedule>(&json)?;
    let mut faults = Faults::default();
    let at = request.scheduled_at.trim().parse::<DateTime<Utc>>().ok();
    if at.is_none() {
        let message = "is no time. Write it by ISO 8601, such as `2027-01-31T09:00:00+07:00`.";
        faults.add(Cause::InvalidScheduledAt, "scheduled_at", message);
    } else if at.is_some_and(|at| at <= Utc::now()) {
        faults.add(Cause::InvalidScheduledAt, "scheduled_at", "has passed.");
    }
    let zone = request.time_zone.as_deref().unwrap_or("UTC").parse::<Tz>().ok();
    if zone.is_none() {
        let message = "is no time zone. Write its IANA name, such as `Asia/Jakarta`.";
        faults.add(Cause::InvalidValue, "time_zone", message);
    }
    let (Some(at), Some(zone), true) = (at, zone, faults.is_empty()) else { return Err(faults.refusal()) };
    send(&app, &caller, &text, When::At(at, zone.name())).await
}

async fn change(
    app: &App,
    caller: &Caller,
    text: &str,
    to: impl FnOnce(CampaignState) -> Result<CampaignState, WrongState>,
) -> Result<Json<Shown>> {
    let id = id(text)?;
    find(app, id).await?;
    transition(app, id, to, caller.key).await?.map_err(wrong_state)?;
    Ok(Json(shown(app, id).await?))
}

/// Take a schedule back
///
/// The campaign is a draft again.
#[utoipa::path(
    post, path = "/campaigns/{id}/unschedule", tag = "Campaigns", operation_id = "unscheduleCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "It is a draft.", body = Shown), Usual, OfOne, OfState),
)]
pub(crate) async fn unschedule(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Shown>> {
    change(&app, &caller, &text, CampaignState::unschedule).await
}

/// Pause a campaign
///
/// Within two seconds nothing more is sent.
#[utoipa::path(
    post, path = "/campaigns/{id}/pause", tag = "Campaigns", operation_id = "pauseCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "It holds still.", body = Shown), Usual, OfOne, OfState),
)]
pub(crate) async fn pause(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Shown>> {
    change(&app, &caller, &text, CampaignState::pause).await
}

/// Resume a campaign
#[utoipa::path(
    post, path = "/campaigns/{id}/resume", tag = "Campaigns", operation_id = "resumeCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "It goes on.", body = Shown), Usual, OfOne, OfState),
)]
pub(crate) async fn resume(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Shown>> {
    let campaign = find(&app, id(&text)?).await?;
    may_send_from(&caller, &campaign.from_email)?;
    change(&app, &caller, &text, CampaignState::resume).await
}

/// Cancel a campaign
///
/// What is queued is never sent. This cannot be undone.
#[utoipa::path(
    post, path = "/campaigns/{id}/cancel", tag = "Campaigns", operation_id = "cancelCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "It is cancelled.", body = Shown), Usual, OfOne, OfState),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Shown>> {
    change(&app, &caller, &text, CampaignState::cancel).await
}

/// Which messages are sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignResend)]
pub(crate) struct Resend {
    /// `failed` or `in_doubt`.
    state: String,
}

/// How many messages are sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResentCampaign)]
pub(crate) struct Resent {
    /// Always `campaign_resend`.
    object: &'static str,
    /// How many.
    messages: i64,
}

/// Send again what was not sent
///
/// Messages that failed, or of which nobody can know whether they were sent.
#[utoipa::path(
    post, path = "/campaigns/{id}/resend", tag = "Campaigns", operation_id = "resendCampaign",
    params(("id" = String, Path, description = "The campaign's id.")), request_body = Resend,
    responses((status = 200, description = "They are queued.", body = Resent), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    Body(json): Body,
) -> Result<Json<Resent>> {
    let campaign = find(&app, id(&text)?).await?;
    let request = body::read::<Resend>(&json)?;
    let Ok(state @ (MessageState::Failed | MessageState::InDoubt)) = request.state.parse() else {
        return Err(Refusal::at(Cause::InvalidValue, "state", "must be `failed` or `in_doubt`."));
    };
    may_send_from(&caller, &campaign.from_email)?;
    let messages = send_anew(&app, campaign.id, state, caller.key).await?.map_err(wrong_state)?;
    Ok(Json(Resent { object: "campaign_resend", messages }))
}

/// To whom a test goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignTest)]
pub(crate) struct Test {
    /// 1 to 10 addresses.
    to: Vec<String>,
    /// The contact whose data fill in the variables, by id or address; if left out, names stand for values.
    contact: Option<String>,
}

/// A test that is under way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignTestSent)]
pub(crate) struct Tested {
    /// Always `campaign_test`.
    object: &'static str,
    /// How many mails were queued.
    messages: usize,
}

/// Send a test of a campaign
///
/// The mail as it stands, to a few addresses; a draft stays a draft.
#[utoipa::path(
    post, path = "/campaigns/{id}/test", tag = "Campaigns", operation_id = "testCampaign",
    params(("id" = String, Path, description = "The campaign's id.")), request_body = Test,
    responses((status = 200, description = "It is queued.", body = Tested), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn test(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    Body(json): Body,
) -> Result<Json<Tested>> {
    let id = id(&text)?;
    find(&app, id).await?;
    let request = body::read::<Test>(&json)?;
    let mut faults = Faults::default();
    let mut addresses: Vec<Address> = Vec::new();
    for (n, text) in request.to.iter().enumerate() {
        match text.parse::<Address>() {
            Ok(address) if addresses.contains(&address) => {}
            Ok(address) => addresses.push(address),
            Err(_) => faults.add(Cause::InvalidAddress, format!("to[{n}]"), "is no email address."),
        }
    }
    if request.to.is_empty() || request.to.len() > MOST_TESTS {
        faults.add(Cause::InvalidValue, "to", format!("has 1 to {MOST_TESTS} addresses."));
    }
    let contact = match &request.contact {
        Some(named) => contacts::ids(&app.db, std::slice::from_ref(named)).await?.pop().flatten(),
        None => None,
    };
    if request.contact.is_some() && contact.is_none() {
        faults.add(Cause::InvalidValue, "contact", "names no contact.");
    }
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or_else(|| Refusal::not_found("campaign"))?;
    may_send_from(&caller, &campaign.from_email)?;
    if !campaign.state.is_editable() {
        return Err(wrong_state(WrongState { from: campaign.state, wanted: "test" }));
    }
    let person = match contact {
        Some(contact) => audience::person(&mut *tx, contact).await?,
        None => None,
    };
    if !queue_test(&app, &mut tx, &campaign, &addresses, person, caller.key).await? {
        let message = "The campaign has no valid sender, has a fault, or no relay may send it.";
        return Err(Refusal::new(Cause::NotReady, message));
    }
    tx.commit().await?;
    Ok(Json(Tested { object: "campaign_test", messages: addresses.len() }))
}
