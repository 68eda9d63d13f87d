//! All templates, and how a new one begins.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use sebar_domain::id::TemplateId;
use sebar_store::audit;
use sebar_store::templates::{self, Draft};
use serde::Deserialize;

use super::LONGEST_NAME;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::writing::{Pane, Starter};

/// Templates on a page of the gallery.
const PAGE: usize = 24;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    archived: bool,
    /// The last one of the page before: its time of change in microseconds, and its id.
    after: Option<String>,
}

impl Asked {
    fn position(&self) -> Option<(DateTime<Utc>, TemplateId)> {
        let (micros, id) = self.after.as_deref()?.split_once('.')?;
        Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, id.parse().ok()?))
    }
}

/// A built-in design as the pages offer it.
struct Offer {
    word: &'static str,
    name: Text,
    hint: Text,
    is_chosen: bool,
}

fn offers(page: &Page, chosen: &str) -> Vec<Offer> {
    Starter::ALL
        .iter()
        .map(|starter| Offer {
            word: starter.as_str(),
            name: starter.name(page.language()),
            hint: page.t(&format!("starters-{}-hint", starter.as_str())),
            is_chosen: starter.as_str() == chosen,
        })
        .collect()
}

#[derive(Template)]
#[template(path = "templates/gallery.html")]
struct Gallery {
    page: Page,
    asked: Asked,
    templates: Vec<templates::Template>,
    next: String,
    is_empty: bool,
    offers: Vec<Offer>,
}

pub(crate) async fn page(State(app): State<App>, page: Page, Query(asked): Query<Asked>) -> Result<Response> {
    let limit = i64::try_from(PAGE + 1).map_err(Error::internal)?;
    let mut found = templates::list(&app.db, &asked.q, asked.archived, asked.position(), limit).await?;
    let is_empty = found.is_empty() && !templates::any(&app.db).await?;
    let mut next = String::new();
    if found.len() > PAGE {
        found.truncate(PAGE);
        if let Some(last) = found.last() {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("q", &asked.q)
                .append_pair("archived", if asked.archived { "true" } else { "false" })
                .append_pair("after", &format!("{}.{}", last.updated_at.timestamp_micros(), last.id))
                .finish();
            next = format!("/templates?{query}");
        }
    }
    let offers = offers(&page, "");
    Ok(render(&Gallery { page, asked, templates: found, next, is_empty, offers })?.into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    starter: String,
}

#[derive(Template)]
#[template(path = "templates/new.html")]
struct New {
    page: Page,
    typed: Typed,
    faults: Faults,
    offers: Vec<Offer>,
}

pub(crate) async fn new(page: Page, Query(mut typed): Query<Typed>) -> Result<Response> {
    if typed.starter.is_empty() {
        typed.starter = Starter::Newsletter.as_str().into();
    }
    let offers = offers(&page, &typed.starter);
    Ok(render(&New { page, typed, faults: Faults::default(), offers })?.into_response())
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
        let offers = offers(&page, &typed.starter);
        return Ok(render(&New { page, typed, faults, offers })?.into_response());
    }
    let draft =
        Starter::find(&typed.starter).map_or_else(Draft::default, |starter| starter.draft(page.language()));
    let mut tx = app.db.begin().await?;
    let id = templates::create(&mut tx, typed.name.trim(), &draft, Some(session.user.id)).await?;
    let details = serde_json::json!({ "name": typed.name.trim() });
    audit::record(&mut *tx, session.user.id, "template.created", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Redirect::to(&super::path(id)).into_response())
}

/// A built-in design as a document, for its picture in the gallery.
pub(crate) async fn preview_starter(
    State(app): State<App>,
    page: Page,
    Path(word): Path<String>,
) -> Result<Response> {
    let starter = Starter::find(&word).ok_or(Error::NotFound)?;
    let draft = starter.draft(page.language());
    Pane::new(&app, &page, &draft, String::new(), None, false).await?.document(&page)
}
