//! Third step: is all well, how does it look, and off it goes.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{Days, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use sebar_domain::id::{CampaignId, ContactId};
use sebar_store::audience::{self, Person};
use sebar_store::campaigns::Campaign;
use serde::Deserialize;

use super::preflight::{Preflight, Weight, check};
use super::{draft_of, find, path};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::pages::writing::Pane;

/// Whose mail is shown: a contact, or the one after or before it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Shown {
    pub(super) contact: Option<ContactId>,
    pub(super) go: String,
}

/// The person to show, where that is anybody.
async fn person(app: &App, campaign: &Campaign, shown: &Shown) -> Result<Option<Person>> {
    let (lists, excluded) = (&campaign.lists, &campaign.excluded_lists);
    let found = match (shown.contact, shown.go.as_str()) {
        (Some(from), "next") => audience::next(&app.db, lists, excluded, Some(from)).await?,
        (Some(from), "previous") => audience::previous(&app.db, lists, excluded, from).await?,
        (Some(id), _) => return Ok(audience::person(&app.db, id).await?),
        (None, _) => None,
    };
    match found {
        Some(person) => Ok(Some(person)),
        // Past the end it begins again.
        None => Ok(audience::next(&app.db, lists, excluded, None).await?),
    }
}

/// When it shall start, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Schedule {
    pub(super) date: String,
    pub(super) time: String,
    pub(super) zone: String,
}

#[derive(Template)]
#[template(path = "campaigns/review.html")]
struct Review {
    page: Page,
    campaign: Campaign,
    preflight: Preflight,
    blocking: usize,
    warnings: usize,
    pane: Pane,
    frame: String,
    /// The contact that is shown; none where there is nobody.
    contact: String,
    tests: String,
    schedule: Schedule,
    faults: Faults,
    zones: &'static [Tz],
}

/// What was typed on the page and is not right.
#[derive(Default)]
pub(super) struct Returned {
    pub(super) faults: Faults,
    pub(super) tests: Option<String>,
    pub(super) schedule: Option<Schedule>,
}

pub(super) async fn show(
    app: &App,
    page: Page,
    campaign: Campaign,
    shown: &Shown,
    returned: Returned,
) -> Result<Response> {
    let preflight = check(app, &page, &campaign).await?;
    let person = person(app, &campaign, shown).await?;
    let contact = person.as_ref().map(|person| person.id.to_string()).unwrap_or_default();
    let from = format!("{} <{}>", campaign.from_name, campaign.from_email);
    let pane = Pane::new(app, &page, &draft_of(&campaign), from, person, false).await?;
    let frame = format!("/campaigns/{}/preview?contact={contact}", campaign.id);
    let frame = if contact.is_empty() { format!("/campaigns/{}/preview", campaign.id) } else { frame };
    let schedule = returned.schedule.unwrap_or_else(|| {
        // Tomorrow at nine, in the reader's own time.
        let tomorrow = Utc::now().with_timezone(&page.zone()).date_naive() + Days::new(1);
        Schedule { date: tomorrow.to_string(), time: "09:00".into(), zone: page.zone().name().into() }
    });
    let tests = returned.tests.or_else(|| page.user().map(|user| user.email.clone())).unwrap_or_default();
    let review = Review {
        blocking: preflight.count(Weight::Blocking),
        warnings: preflight.count(Weight::Warning),
        page,
        campaign,
        preflight,
        pane,
        frame,
        contact,
        tests,
        schedule,
        faults: returned.faults,
        zones: &TZ_VARIANTS,
    };
    Ok(render(&review)?.into_response())
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
    Query(shown): Query<Shown>,
) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if !campaign.state.is_editable() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    show(&app, page, campaign, &shown, Returned::default()).await
}

/// The mail of one person as a document, for the frame.
pub(crate) async fn preview(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
    Query(shown): Query<Shown>,
) -> Result<Response> {
    let campaign = find(&app, id).await?;
    let person = person(&app, &campaign, &shown).await?;
    Pane::new(&app, &page, &draft_of(&campaign), String::new(), person, false).await?.document(&page)
}
