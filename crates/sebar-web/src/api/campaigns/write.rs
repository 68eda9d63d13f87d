use axum::Json;
use axum::extract::{Path, State};
use chrono::{NaiveTime, Timelike as _};
use chrono_tz::Tz;
use sebar_domain::id::{CampaignId, ListId, TemplateId, TemplateVersionId};
use sebar_domain::{Address, CampaignPace, Tracking, Window as Hours, WrongState};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::templates::Draft;
use sebar_store::{audit, lists, routing, templates};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{Shown, Window, find, id, shown, wrong_state};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, OfState, Usual};
use crate::api::body::{self, Body, given};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::api::shapes::Deleted;
use crate::api::text::line;
use crate::api::written::{self, Parts};
use crate::foundation::app::App;
use crate::pages::campaigns::{LONGEST_NAME, PER_HOUR, draft_of};

/// Longest name of a sender, in characters.
const LONGEST_SENDER: usize = 100;

/// A campaign as a program writes it. What is left out stays as it is; in a new one, as the settings say.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CampaignRequest, example = json!({
    "name": "Promo Desember", "lists": ["0192c3f4-0000-7000-8000-000000000000"],
    "subject": "Halo {{ first_name }}", "html": "<p>…</p>",
}))]
pub(crate) struct CampaignRequest {
    /// Its name; recipients never see it. A new campaign needs one.
    name: Option<String>,
    /// Ids of the lists that it goes to.
    lists: Option<Vec<String>>,
    /// Ids of lists whose members it does not go to.
    #[serde(alias = "excludedLists")]
    excluded_lists: Option<Vec<String>>,
    /// A template to copy the content from; what else is given stands over it.
    #[serde(alias = "templateId")]
    template_id: Option<String>,
    /// Subject, with variables.
    subject: Option<String>,
    /// What mail programs show after the subject.
    preheader: Option<String>,
    /// The HTML body, with variables.
    html: Option<String>,
    /// The plain-text body; empty: made from the HTML.
    text: Option<String>,
    /// The sender's name.
    #[serde(alias = "fromName")]
    from_name: Option<String>,
    /// The sender's address.
    #[serde(alias = "fromEmail")]
    from_email: Option<String>,
    /// Where answers go; empty: to the sender.
    #[serde(alias = "replyTo")]
    reply_to: Option<String>,
    /// What is recorded of opens and clicks: `off`, `anonymous` or `individual`.
    tracking: Option<String>,
    /// Most messages an hour; `null`: as fast as the relays may. Can be changed while it is being sent, and
    /// so can `window` and `pool`.
    #[serde(alias = "perHour", deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    #[expect(clippy::option_option, reason = "left as it is, taken away, or set")]
    per_hour: Option<Option<i64>>,
    /// The hours in which it is sent; `null`: all.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Window>)]
    #[expect(clippy::option_option, reason = "left as it is, taken away, or set")]
    window: Option<Option<Window>>,
    /// The pool of relays that it goes over, by name; `null`: as the rules say.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "left as it is, taken away, or set")]
    pool: Option<Option<String>>,
}

impl CampaignRequest {
    /// Whether it changes what is fixed once the campaign is on its way.
    fn changes_draft(&self) -> bool {
        self.lists.is_some()
            || self.excluded_lists.is_some()
            || self.template_id.is_some()
            || self.subject.is_some()
            || self.preheader.is_some()
            || self.html.is_some()
            || self.text.is_some()
            || self.from_name.is_some()
            || self.from_email.is_some()
            || self.reply_to.is_some()
            || self.tracking.is_some()
    }

    fn changes_pace(&self) -> bool {
        self.per_hour.is_some() || self.window.is_some() || self.pool.is_some()
    }
}

/// Whether a key may send from an address, where it may not from all. An address that is none is the
/// preflight's business.
pub(super) fn may_send_from(caller: &Caller, from: &str) -> Result<()> {
    let Ok(address) = from.trim().parse::<Address>() else { return Ok(()) };
    let domain = address.domain();
    if caller.from_domains.is_empty() || caller.from_domains.iter().any(|of| of.eq_ignore_ascii_case(domain))
    {
        return Ok(());
    }
    let message = format!("is of {domain}: this key sends from {} only.", caller.from_domains.join(", "));
    Err(Refusal::at(Cause::FromNotAllowed, "from_email", message))
}

/// What a good request means.
struct Checked {
    name: Option<String>,
    audience: Option<(Vec<ListId>, Vec<ListId>)>,
    /// The template and its version, if the content is copied from one.
    template: Option<(TemplateId, TemplateVersionId)>,
    draft: Draft,
    from_name: String,
    from_email: String,
    reply_to: String,
    tracking: Tracking,
    pace: Option<CampaignPace>,
}

async fn checked(
    app: &App,
    caller: &Caller,
    request: CampaignRequest,
    now: &Campaign,
    pace: CampaignPace,
) -> Result<Checked> {
    let mut faults = Faults::default();
    if let Some(name) = &request.name {
        line(&mut faults, "name", name, 1, LONGEST_NAME);
    }
    let audience = audience(app, &mut faults, &request, now).await?;
    let pace = changed_pace(app, &mut faults, &request, pace).await?;
    let (template, base) = template(app, &mut faults, request.template_id.as_deref()).await?.unzip();
    let parts = Parts {
        subject: request.subject,
        preheader: request.preheader,
        html: request.html,
        text: request.text,
    };
    let is_written = template.is_some() || !parts.is_empty();
    let draft = parts.over(base.unwrap_or_else(|| draft_of(now)));
    if is_written {
        written::check(app, &mut faults, &draft).await?;
    }
    let from_name = request.from_name.unwrap_or_else(|| now.from_name.clone()).trim().to_owned();
    line(&mut faults, "from_name", &from_name, 0, LONGEST_SENDER);
    let from_email = request.from_email.unwrap_or_else(|| now.from_email.clone()).trim().to_owned();
    let reply_to = request.reply_to.unwrap_or_else(|| now.reply_to.clone()).trim().to_owned();
    for (field, text) in [("from_email", &from_email), ("reply_to", &reply_to)] {
        if !text.is_empty() && text.parse::<Address>().is_err() {
            faults.add(Cause::InvalidAddress, field, "is no email address. Write it as `name@example.com`.");
        }
    }
    let tracking = match request.tracking.as_deref().map(str::parse::<Tracking>) {
        None => now.tracking,
        Some(Ok(tracking)) => tracking,
        Some(Err(_)) => {
            faults.add(Cause::InvalidValue, "tracking", "must be `off`, `anonymous` or `individual`.");
            now.tracking
        }
    };
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    may_send_from(caller, &from_email)?;
    let name = request.name.map(|name| name.trim().to_owned());
    Ok(Checked { name, audience, template, draft, from_name, from_email, reply_to, tracking, pace })
}

async fn audience(
    app: &App,
    faults: &mut Faults,
    request: &CampaignRequest,
    now: &Campaign,
) -> Result<Option<(Vec<ListId>, Vec<ListId>)>> {
    if request.lists.is_none() && request.excluded_lists.is_none() {
        return Ok(None);
    }
    let all = lists::all(&app.db).await?;
    let mut read = |field: &str, given: Option<&Vec<String>>, now: &[ListId]| {
        let Some(given) = given else { return now.to_vec() };
        let mut ids = Vec::new();
        for (n, text) in given.iter().enumerate() {
            match text.trim().parse::<ListId>().ok().filter(|id| all.iter().any(|list| list.id == *id)) {
                Some(id) if ids.contains(&id) => {}
                Some(id) => ids.push(id),
                None => faults.add(Cause::InvalidValue, format!("{field}[{n}]"), "names no list."),
            }
        }
        ids
    };
    let wanted = read("lists", request.lists.as_ref(), &now.lists);
    let excluded = read("excluded_lists", request.excluded_lists.as_ref(), &now.excluded_lists);
    Ok(Some((wanted, excluded)))
}

type OfTemplate = ((TemplateId, TemplateVersionId), Draft);

async fn template(app: &App, faults: &mut Faults, wanted: Option<&str>) -> Result<Option<OfTemplate>> {
    let Some(wanted) = wanted else { return Ok(None) };
    let found = match wanted.trim().parse() {
        Ok(id) => templates::get(&app.db, id).await?,
        Err(_) => None,
    };
    let Some(found) = found else {
        faults.add(Cause::TemplateNotFound, "template_id", "names no template.");
        return Ok(None);
    };
    let draft = templates::content(&app.db, found.version).await?;
    Ok(draft.map(|draft| ((found.id, found.version), draft)))
}

async fn changed_pace(
    app: &App,
    faults: &mut Faults,
    request: &CampaignRequest,
    mut pace: CampaignPace,
) -> Result<Option<CampaignPace>> {
    if !request.changes_pace() {
        return Ok(None);
    }
    if let Some(per_hour) = request.per_hour {
        let fits = |n: &i32| PER_HOUR.contains(n);
        pace.per_hour = per_hour.and_then(|n| i32::try_from(n).ok()).filter(fits);
        if per_hour.is_some() && pace.per_hour.is_none() {
            let message = format!("is a number from {} to {}.", PER_HOUR.start(), PER_HOUR.end());
            faults.add(Cause::InvalidValue, "per_hour", message);
        }
    }
    if let Some(window) = &request.window {
        pace.window = match window {
            None => None,
            Some(window) => hours(faults, window),
        };
    }
    if let Some(name) = &request.pool {
        pace.pool = match name {
            None => None,
            Some(name) if name.contains('\0') => None,
            Some(name) => routing::pool_named(&app.db, name.trim()).await?,
        };
        if name.is_some() && pace.pool.is_none() {
            faults.add(Cause::InvalidValue, "pool", "names no pool.");
        }
    }
    Ok(Some(pace))
}

fn hours(faults: &mut Faults, window: &Window) -> Option<Hours> {
    let mut minute = |field: &str, text: &str| {
        let time = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        if time.is_none() {
            faults.add(Cause::InvalidValue, field, "is no time of day. Write it as `09:00`.");
        }
        time.and_then(|time| u16::try_from(time.hour() * 60 + time.minute()).ok())
    };
    let (from, to) = (minute("window.from", &window.from), minute("window.to", &window.to));
    if from.is_some() && from == to {
        faults.add(Cause::InvalidValue, "window.to", "is the same as `from`.");
    }
    if window.time_zone.parse::<Tz>().is_err() {
        let message = "is no time zone. Write its IANA name, such as `Asia/Jakarta`.";
        faults.add(Cause::InvalidValue, "window.time_zone", message);
    }
    Some(Hours { from: from?, to: to?, zone: window.time_zone.clone() })
}

/// Writes a draft's audience and content. `false`: it is no draft any more.
async fn store_draft(db: &mut PgConnection, id: CampaignId, checked: &Checked) -> sqlx::Result<bool> {
    if let Some((lists, excluded)) = &checked.audience
        && !campaigns::set_audience(&mut *db, id, lists, excluded).await?
    {
        return Ok(false);
    }
    if let Some(template) = checked.template
        && !campaigns::set_template(&mut *db, id, Some(template), &checked.draft).await?
    {
        return Ok(false);
    }
    campaigns::set_content(
        db,
        id,
        &checked.draft,
        &checked.from_name,
        &checked.from_email,
        &checked.reply_to,
        checked.tracking,
    )
    .await
}

/// Create a campaign
///
/// A draft, with the sender and tracking of the settings unless others are given.
#[utoipa::path(
    post, path = "/campaigns", tag = "Campaigns", operation_id = "createCampaign", request_body = CampaignRequest,
    responses((status = 200, description = "The campaign.", body = Shown), Usual, OfBody),
)]
pub(crate) async fn create(State(app): State<App>, caller: Caller, Body(json): Body) -> Result<Json<Shown>> {
    let request = body::read::<CampaignRequest>(&json)?;
    let Some(name) = request.name.clone() else {
        return Err(Refusal::at(Cause::MissingRequiredField, "name", "is missing."));
    };
    let mut faults = Faults::default();
    line(&mut faults, "name", &name, 1, LONGEST_NAME);
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let mut tx = app.db.begin().await?;
    let id = campaigns::create(&mut *tx, name.trim(), None).await?;
    let fresh = campaigns::lock(&mut tx, id).await?.ok_or_else(|| Refusal::not_found("campaign"))?;
    let checked = checked(&app, &caller, request, &fresh, CampaignPace::default()).await?;
    store_draft(&mut tx, id, &checked).await?;
    if let Some(pace) = &checked.pace {
        campaigns::set_pace(&mut tx, id, pace).await?;
    }
    let details = json!({ "name": name.trim() });
    audit::record(&mut *tx, caller.key, "campaign.created", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, id).await?))
}

/// Change a campaign
///
/// Audience and content of a draft; name, pace, hours and pool at any time.
#[utoipa::path(
    patch, path = "/campaigns/{id}", tag = "Campaigns", operation_id = "changeCampaign",
    params(("id" = String, Path, description = "The campaign's id.")), request_body = CampaignRequest,
    responses((status = 200, description = "The campaign.", body = Shown), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    let id = id(&text)?;
    find(&app, id).await?;
    let request = body::read::<CampaignRequest>(&json)?;
    let (of_draft, of_pace) = (request.changes_draft(), request.changes_pace());
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or_else(|| Refusal::not_found("campaign"))?;
    let over = campaign.state.is_over();
    if of_draft && !campaign.state.is_editable() || of_pace && over {
        return Err(wrong_state(WrongState { from: campaign.state, wanted: "change" }));
    }
    let pace = campaigns::pace(&mut *tx, id).await?;
    let checked = checked(&app, &caller, request, &campaign, pace).await?;
    let key = caller.key;
    if of_draft {
        store_draft(&mut tx, id, &checked).await?;
        let details = json!({ "subject": checked.draft.subject });
        audit::record(&mut *tx, key, "campaign.content", &id.to_string(), details).await?;
    }
    if let Some(pace) = &checked.pace {
        campaigns::set_pace(&mut tx, id, pace).await?;
        audit::record(&mut *tx, key, "campaign.paced", &id.to_string(), json!({})).await?;
    }
    if let Some(name) = checked.name.filter(|name| *name != campaign.name) {
        campaigns::rename(&mut *tx, id, &name).await?;
        audit::record(&mut *tx, key, "campaign.renamed", &id.to_string(), json!({ "name": name })).await?;
    }
    tx.commit().await?;
    Ok(Json(shown(&app, id).await?))
}

/// Duplicate a campaign
///
/// A draft with the audience and content of another campaign, in whatever state that is.
#[utoipa::path(
    post, path = "/campaigns/{id}/duplicate", tag = "Campaigns", operation_id = "duplicateCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "The new campaign.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn duplicate(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Shown>> {
    let campaign = find(&app, id(&text)?).await?;
    may_send_from(&caller, &campaign.from_email)?;
    let name: String = format!("Copy of {}", campaign.name).chars().take(LONGEST_NAME).collect();
    let mut tx = app.db.begin().await?;
    let copy = campaigns::duplicate(&mut *tx, campaign.id, &name, None).await?;
    let details = json!({ "name": name, "of": campaign.id });
    audit::record(&mut *tx, caller.key, "campaign.created", &copy.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, copy).await?))
}

/// Delete a campaign
///
/// A draft only: what was sent stays in the archive.
#[utoipa::path(
    delete, path = "/campaigns/{id}", tag = "Campaigns", operation_id = "deleteCampaign",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "Deleted.", body = Deleted), Usual, OfOne, OfState),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Deleted>> {
    let id = id(&text)?;
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or_else(|| Refusal::not_found("campaign"))?;
    if !campaigns::delete_draft(&mut *tx, id).await? {
        return Err(wrong_state(WrongState { from: campaign.state, wanted: "delete" }));
    }
    let details = json!({ "name": campaign.name });
    audit::record(&mut *tx, caller.key, "campaign.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(Deleted::new("campaign", id)))
}
