//! Second step: what it says, and as whom.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use sebar_domain::Tracking;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns::{self, Campaign};
use sebar_store::{audience, audit, templates};
use serde::Deserialize;

use super::{draft_of, find, is_autosave, path, seal, state_word};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_address};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::writing::{Pane, Written, field_faults, variables};

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    subject: String,
    preheader: String,
    html: String,
    text: String,
    from_name: String,
    from_email: String,
    reply_to: String,
    tracking: String,
    seen: String,
}

impl Typed {
    fn written(&self) -> Written {
        Written {
            subject: self.subject.clone(),
            preheader: self.preheader.clone(),
            html: self.html.clone(),
            text: self.text.clone(),
        }
    }

    fn seal(&self) -> Result<String> {
        let draft = self.written().draft();
        let sender = (self.from_name.trim(), self.from_email.trim(), self.reply_to.trim(), &self.tracking);
        seal(&(draft.subject, draft.preheader, draft.html, draft.text, sender))
    }
}

impl From<&Campaign> for Typed {
    fn from(campaign: &Campaign) -> Self {
        Self {
            subject: campaign.subject.clone(),
            preheader: campaign.preheader.clone(),
            html: campaign.html.clone(),
            text: campaign.text.clone().unwrap_or_default(),
            from_name: campaign.from_name.clone(),
            from_email: campaign.from_email.clone(),
            reply_to: campaign.reply_to.clone(),
            tracking: campaign.tracking.as_str().to_owned(),
            seen: String::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "campaigns/content.html")]
struct ContentPage {
    page: Page,
    campaign: Campaign,
    template: Option<templates::Template>,
    typed: Typed,
    written: Written,
    faults: Faults,
    pane: Pane,
    variables: Vec<String>,
    frame: String,
    preview_as: String,
    modes: &'static [Tracking],
    is_conflict: bool,
}

/// Faults of the sender's addresses, where any are typed: an empty one is the review's business.
fn address_faults(page: &Page, faults: &mut Faults, typed: &Typed) {
    for (field, value) in [("from_email", &typed.from_email), ("reply_to", &typed.reply_to)] {
        if !value.trim().is_empty() {
            check_address(page, faults, field, value.trim());
        }
    }
    if typed.from_name.chars().count() > 100 {
        faults.add("from_name", &page.t("fault-too-long").with("n", 100));
    }
}

async fn show(
    app: &App,
    page: Page,
    campaign: Campaign,
    typed: Typed,
    is_conflict: bool,
) -> Result<Response> {
    let written = typed.written();
    let person = audience::next(&app.db, &campaign.lists, &campaign.excluded_lists, None).await?;
    let from = format!("{} <{}>", typed.from_name, typed.from_email);
    let preview_as = person.as_ref().map(|person| person.email.clone()).unwrap_or_default();
    let pane = Pane::new(app, &page, &written.draft(), from, person, false).await?;
    let mut faults = field_faults(&page, &written, &pane.faults);
    address_faults(&page, &mut faults, &typed);
    let template = match campaign.template {
        Some(id) => templates::get(&app.db, id).await?,
        None => None,
    };
    let content = ContentPage {
        variables: variables(app).await?,
        frame: format!("/campaigns/{}/preview", campaign.id),
        page,
        campaign,
        template,
        typed,
        written,
        faults,
        pane,
        preview_as,
        modes: Tracking::ALL,
        is_conflict,
    };
    Ok(render(&content)?.into_response())
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(id): Path<CampaignId>) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if !campaign.state.is_editable() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    let draft = draft_of(&campaign);
    if draft == templates::Draft::default() {
        return Ok(Redirect::to(&format!("/campaigns/{id}/template")).into_response());
    }
    let mut typed = Typed::from(&campaign);
    typed.seen = typed.seal()?;
    show(&app, page, campaign, typed, false).await
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    headers: HeaderMap,
    Path(id): Path<CampaignId>,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    let Ok(tracking) = typed.tracking.parse::<Tracking>() else { return Err(Error::BadRequest) };
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !campaign.state.is_editable() {
        let text = page.t("campaigns-wrong-edit").with("state", state_word(&page, campaign.state));
        if is_autosave(&headers) {
            return Ok((StatusCode::CONFLICT, text.to_string()).into_response());
        }
        drop(tx);
        return Ok(session.redirect(&app, &path(id), "error", text).await?.into_response());
    }
    let stored = Typed::from(&campaign).seal()?;
    let now = typed.seal()?;
    if typed.seen != stored && now != stored {
        drop(tx);
        if is_autosave(&headers) {
            return Ok((StatusCode::CONFLICT, page.t("campaigns-conflict-short").to_string()).into_response());
        }
        typed.seen = stored;
        return show(&app, page, campaign, typed, true).await;
    }
    if now != stored {
        campaigns::set_content(
            &mut *tx,
            id,
            &typed.written().draft(),
            typed.from_name.trim(),
            typed.from_email.trim(),
            typed.reply_to.trim(),
            tracking,
        )
        .await?;
        let details = serde_json::json!({ "subject": typed.subject.trim() });
        audit::record(&mut *tx, session.user.id, "campaign.content", &id.to_string(), details).await?;
    }
    tx.commit().await?;
    if is_autosave(&headers) {
        return Ok((StatusCode::NO_CONTENT, [("x-seen", now)]).into_response());
    }
    // All is kept; but what cannot be sent is better mended here, where it can be seen.
    let examined = crate::pages::writing::examine(&app, &typed.written().draft()).await?;
    let found = crate::pages::writing::lines(&page, &examined.faults);
    let mut faults = field_faults(&page, &typed.written(), &found);
    address_faults(&page, &mut faults, &typed);
    if !faults.is_empty() {
        typed.seen = now;
        return show(&app, page, campaign, typed, false).await;
    }
    Ok(Redirect::to(&format!("/campaigns/{id}/review")).into_response())
}
