//! The saved states of a template.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use sebar_domain::id::TemplateId;
use sebar_store::templates::{self, Draft, Saved, Version};
use sebar_store::{audit, settings};
use serde::Deserialize;

use super::find;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::writing::{Pane, someone};

const PAGE: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Only versions below this number: the next page.
    before: Option<i32>,
}

#[derive(Template)]
#[template(path = "templates/versions.html")]
struct Versions {
    page: Page,
    template: templates::Template,
    versions: Vec<Version>,
    next: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<TemplateId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let template = find(&app, id).await?;
    let limit = i64::try_from(PAGE + 1).map_err(Error::internal)?;
    let mut versions = templates::versions(&app.db, id, asked.before.unwrap_or(i32::MAX), limit).await?;
    let mut next = String::new();
    if versions.len() > PAGE {
        versions.truncate(PAGE);
        if let Some(last) = versions.last() {
            next = format!("/templates/{id}/versions?before={}", last.n);
        }
    }
    Ok(render(&Versions { page, template, versions, next })?.into_response())
}

async fn content_of(app: &App, id: TemplateId, n: i32) -> Result<Draft> {
    let version = templates::version(&app.db, id, n).await?.ok_or(Error::NotFound)?;
    templates::content(&app.db, version).await?.ok_or(Error::NotFound)
}

#[derive(Template)]
#[template(path = "templates/version.html")]
struct View {
    page: Page,
    template: templates::Template,
    n: i32,
    draft: Draft,
    pane: Pane,
    frame: String,
}

pub(crate) async fn view(
    State(app): State<App>,
    page: Page,
    Path((id, n)): Path<(TemplateId, i32)>,
) -> Result<Response> {
    let template = find(&app, id).await?;
    let draft = content_of(&app, id, n).await?;
    let settings = settings::get(&app.db).await?;
    let from = format!("{} <{}>", settings.from_name, settings.from_email);
    let pane = Pane::new(&app, &page, &draft, from, someone(&app, "").await?, false).await?;
    let frame = format!("/templates/{id}/preview?version={n}");
    Ok(render(&View { page, template, n, draft, pane, frame })?.into_response())
}

pub(crate) async fn restore(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path((id, n)): Path<(TemplateId, i32)>,
) -> Result<Response> {
    let template = find(&app, id).await?;
    let draft = content_of(&app, id, n).await?;
    let mut tx = app.db.begin().await?;
    let saved = templates::save(&mut tx, id, template.version, &draft, Some(session.user.id)).await?;
    let (kind, notice) = match saved.ok_or(Error::NotFound)? {
        Saved::New(_, new) => {
            let details = serde_json::json!({ "version": new, "of": n });
            audit::record(&mut *tx, session.user.id, "template.restored", &id.to_string(), details).await?;
            tx.commit().await?;
            ("success", page.t("templates-restored").with("n", n).with("new", new))
        }
        Saved::Unchanged => {
            drop(tx);
            ("info", page.t("templates-unchanged"))
        }
        Saved::Conflict(_) => return Err(Error::Conflict),
    };
    Ok(session.redirect(&app, &super::path(id), kind, notice).await?.into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    version: Option<i32>,
    preview_as: String,
}

/// A saved version as a document of its own, for frames.
pub(crate) async fn preview(
    State(app): State<App>,
    page: Page,
    Path(id): Path<TemplateId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response> {
    let draft = if let Some(n) = wanted.version {
        content_of(&app, id, n).await?
    } else {
        let template = find(&app, id).await?;
        templates::content(&app.db, template.version).await?.ok_or(Error::NotFound)?
    };
    let person = someone(&app, &wanted.preview_as).await?;
    Pane::new(&app, &page, &draft, String::new(), person, false).await?.document(&page)
}
