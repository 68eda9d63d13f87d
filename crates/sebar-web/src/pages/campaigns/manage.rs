//! Make, rename, copy, delete.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use sebar_domain::id::CampaignId;
use sebar_store::{audit, campaigns};
use serde::Deserialize;

use super::{LONGEST_NAME, find, path, state_word};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
}

#[derive(Template)]
#[template(path = "campaigns/new.html")]
struct New {
    page: Page,
    typed: Typed,
    faults: Faults,
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    render(&New { page, typed: Typed::default(), faults: Faults::default() })
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    check_line(&page, &mut faults, "name", &typed.name, LONGEST_NAME);
    if !faults.is_empty() {
        return Ok(render(&New { page, typed, faults })?.into_response());
    }
    let mut tx = app.db.begin().await?;
    let id = campaigns::create(&mut *tx, typed.name.trim(), Some(session.user.id)).await?;
    let details = serde_json::json!({ "name": typed.name.trim() });
    audit::record(&mut *tx, session.user.id, "campaign.created", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/campaigns/{id}/audience")).into_response())
}

pub(crate) async fn rename(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
    Form(typed): Form<Typed>,
) -> Result<Redirect> {
    let mut faults = Faults::default();
    check_line(&page, &mut faults, "name", &typed.name, LONGEST_NAME);
    if !faults.is_empty() {
        return session.redirect(&app, &path(id), "error", faults.get("name")).await;
    }
    let mut tx = app.db.begin().await?;
    if !campaigns::rename(&mut *tx, id, typed.name.trim()).await? {
        return Err(Error::NotFound);
    }
    let details = serde_json::json!({ "name": typed.name.trim() });
    audit::record(&mut *tx, session.user.id, "campaign.renamed", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("campaigns-renamed").with("name", typed.name.trim());
    session.redirect(&app, &path(id), "success", text).await
}

pub(crate) async fn duplicate(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Redirect> {
    let campaign = find(&app, id).await?;
    let name = page.t("campaigns-copy-of").with("name", &campaign.name).to_string();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let mut tx = app.db.begin().await?;
    let copy = campaigns::duplicate(&mut *tx, id, &name, Some(session.user.id)).await?;
    let details = serde_json::json!({ "name": name, "of": id });
    audit::record(&mut *tx, session.user.id, "campaign.created", &copy.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("campaigns-duplicated").with("name", &name);
    session.redirect(&app, &format!("/campaigns/{copy}/audience"), "success", text).await
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
) -> Result<Html<String>> {
    let campaign = find(&app, id).await?;
    Confirm {
        title: page.t("campaigns-delete-title").with("name", &campaign.name),
        text: page.t("campaigns-delete-text"),
        action: format!("/campaigns/{id}/delete"),
        button: page.t("campaigns-delete"),
        is_danger: true,
        back: path(id),
        page,
    }
    .show()
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Redirect> {
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !campaigns::delete_draft(&mut *tx, id).await? {
        let text = page.t("campaigns-wrong-delete").with("state", state_word(&page, campaign.state));
        drop(tx);
        return session.redirect(&app, &path(id), "error", text).await;
    }
    let details = serde_json::json!({ "name": campaign.name });
    audit::record(&mut *tx, session.user.id, "campaign.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("campaigns-deleted").with("name", &campaign.name);
    session.redirect(&app, "/campaigns", "success", text).await
}
