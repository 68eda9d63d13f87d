//! First step: who will receive it.

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use sebar_domain::id::{CampaignId, ListId};
use sebar_store::audience::{self, ListChoice, Size};
use sebar_store::audit;
use sebar_store::campaigns::{self, Campaign};

use super::{find, is_autosave, path, seal, state_word};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// The chosen lists, as a form sends them: a pair for each ticked box.
#[derive(Default)]
struct Typed {
    lists: Vec<ListId>,
    excluded: Vec<ListId>,
    seen: String,
}

impl Typed {
    fn read(form: &[u8]) -> Self {
        let mut typed = Self::default();
        for (name, value) in url::form_urlencoded::parse(form) {
            match (&*name, value.parse()) {
                ("lists", Ok(list)) => typed.lists.push(list),
                ("excluded", Ok(list)) => typed.excluded.push(list),
                ("seen", _) => typed.seen = value.into_owned(),
                _ => {}
            }
        }
        typed.lists.sort();
        typed.lists.dedup();
        typed.excluded.sort();
        typed.excluded.dedup();
        typed
    }

    fn seal(&self) -> Result<String> {
        seal(&(&self.lists, &self.excluded))
    }
}

impl From<&Campaign> for Typed {
    fn from(campaign: &Campaign) -> Self {
        let mut typed = Self {
            lists: campaign.lists.clone(),
            excluded: campaign.excluded_lists.clone(),
            seen: String::new(),
        };
        typed.lists.sort();
        typed.excluded.sort();
        typed
    }
}

#[derive(Template)]
#[template(path = "campaigns/audience.html")]
struct Audience {
    page: Page,
    campaign: Campaign,
    lists: Vec<ListChoice>,
    typed: Typed,
    size: Size,
    faults: Faults,
    is_conflict: bool,
}

async fn show(
    app: &App,
    page: Page,
    campaign: Campaign,
    typed: Typed,
    faults: Faults,
    is_conflict: bool,
) -> Result<Response> {
    let lists = audience::lists(&app.db).await?;
    let size = audience::size(&app.db, &typed.lists, &typed.excluded).await?;
    let audience = Audience { page, campaign, lists, typed, size, faults, is_conflict };
    Ok(render(&audience)?.into_response())
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(id): Path<CampaignId>) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if !campaign.state.is_editable() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    let mut typed = Typed::from(&campaign);
    typed.seen = typed.seal()?;
    show(&app, page, campaign, typed, Faults::default(), false).await
}

#[derive(Template)]
#[template(path = "campaigns/count.html")]
struct Count {
    page: Page,
    size: Size,
}

/// How many the ticked lists come to, while they are being ticked.
pub(crate) async fn count(
    State(app): State<App>,
    page: Page,
    RawForm(form): RawForm,
) -> Result<Html<String>> {
    let typed = Typed::read(&form);
    let size = audience::size(&app.db, &typed.lists, &typed.excluded).await?;
    render(&Count { page, size })
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    headers: HeaderMap,
    Path(id): Path<CampaignId>,
    RawForm(form): RawForm,
) -> Result<Response> {
    let mut typed = Typed::read(&form);
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
        return show(&app, page, campaign, typed, Faults::default(), true).await;
    }
    if now != stored {
        campaigns::set_audience(&mut *tx, id, &typed.lists, &typed.excluded).await?;
        let details = serde_json::json!({ "lists": typed.lists, "excluded": typed.excluded });
        audit::record(&mut *tx, session.user.id, "campaign.audience", &id.to_string(), details).await?;
    }
    tx.commit().await?;
    if is_autosave(&headers) {
        return Ok((StatusCode::NO_CONTENT, [("x-seen", now)]).into_response());
    }
    if typed.lists.is_empty() {
        let mut faults = Faults::default();
        faults.add("lists", &page.t("campaigns-choose-list"));
        typed.seen = now;
        return show(&app, page, campaign, typed, faults, false).await;
    }
    Ok(Redirect::to(&format!("/campaigns/{id}/content")).into_response())
}
