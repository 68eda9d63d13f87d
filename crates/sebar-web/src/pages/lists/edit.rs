//! Making, renaming and deleting a list.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::ListId;
use sebar_store::audit;
use sebar_store::lists::{self, List, Use};
use serde::Deserialize;
use serde_json::json;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::contacts::{Answer, Ask};

pub(crate) const NAME_LIMIT: usize = 100;
pub(crate) const DESCRIPTION_LIMIT: usize = 500;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    description: String,
}

#[derive(Template)]
#[template(path = "lists/form.html")]
struct ListForm {
    page: Page,
    /// The stored list; `None` for a new one.
    list: Option<List>,
    typed: Typed,
    faults: Faults,
}

impl Typed {
    fn check(&self, page: &Page) -> Faults {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "name", &self.name, NAME_LIMIT);
        if self.description.chars().count() > DESCRIPTION_LIMIT {
            faults.add("description", &page.t("fault-too-long").with("n", DESCRIPTION_LIMIT));
        }
        faults
    }
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    render(&ListForm { page, list: None, typed: Typed::default(), faults: Faults::default() })
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = typed.check(&page);
    if !faults.is_empty() {
        return Ok(render(&ListForm { page, list: None, typed, faults })?.into_response());
    }
    let name = typed.name.trim();
    let mut tx = app.db.begin().await?;
    let Some(id) = lists::create(&mut *tx, name, typed.description.trim()).await? else {
        faults.add("name", &page.t("lists-name-taken"));
        return Ok(render(&ListForm { page, list: None, typed, faults })?.into_response());
    };
    audit::record(&mut *tx, session.user.id, "list.created", &id.to_string(), json!({ "name": name }))
        .await?;
    tx.commit().await?;
    let text = page.t("lists-created").with("name", name);
    Ok(session.redirect(&app, &format!("/lists/{id}"), "success", text).await?.into_response())
}

pub(crate) async fn edit(State(app): State<App>, page: Page, Path(id): Path<ListId>) -> Result<Html<String>> {
    let list = lists::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let typed = Typed { name: list.name.clone(), description: list.description.clone() };
    render(&ListForm { page, list: Some(list), typed, faults: Faults::default() })
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ListId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let list = lists::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut faults = typed.check(&page);
    if !faults.is_empty() {
        return Ok(render(&ListForm { page, list: Some(list), typed, faults })?.into_response());
    }
    let name = typed.name.trim();
    let mut tx = app.db.begin().await?;
    if !lists::update(&mut *tx, id, name, typed.description.trim()).await? {
        drop(tx);
        faults.add("name", &page.t("lists-name-taken"));
        return Ok(render(&ListForm { page, list: Some(list), typed, faults })?.into_response());
    }
    let details = json!({ "name": name, "name_before": list.name });
    audit::record(&mut *tx, session.user.id, "list.changed", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("lists-saved").with("name", name);
    Ok(session.redirect(&app, &format!("/lists/{id}"), "success", text).await?.into_response())
}

/// What deleting the list means; a list with contacts wants its name typed.
fn question(page: &Page, list: &List, uses: &[Use]) -> Ask {
    let mut ask = Ask::new(
        page.clone(),
        page.t("lists-delete-title").with("name", &list.name),
        page.t("lists-delete-text").with("n", list.members),
        format!("/lists/{}/delete", list.id),
        page.t("lists-delete"),
        format!("/lists/{}", list.id),
    );
    let names: Vec<&str> = uses.iter().map(|one| one.name.as_str()).collect();
    if !names.is_empty() {
        ask.more.push(page.t("lists-delete-drafts").with("n", names.len()).with("names", names.join(", ")));
    }
    if list.members > 0 {
        ask.name = Some(list.name.clone());
    }
    ask
}

/// The campaign that would go to others than its author chose, if the list were deleted.
pub(crate) fn binding(uses: &[Use]) -> Option<&Use> {
    uses.iter().find(|one| one.is_binding())
}

async fn refuse(app: &App, page: &Page, session: &Session, id: ListId, used: &Use) -> Result<Response> {
    let text = page.t("lists-delete-used").with("name", &used.name);
    Ok(session.redirect(app, &format!("/lists/{id}"), "error", text).await?.into_response())
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ListId>,
) -> Result<Response> {
    let list = lists::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let uses = lists::uses(&app.db, id).await?;
    match binding(&uses) {
        Some(busy) => refuse(&app, &page, &session, id, busy).await,
        None => question(&page, &list, &uses).into_response(),
    }
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ListId>,
    Form(typed): Form<Answer>,
) -> Result<Response> {
    let list = lists::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let uses = lists::uses(&app.db, id).await?;
    if let Some(busy) = binding(&uses) {
        return refuse(&app, &page, &session, id, busy).await;
    }
    if let Err(again) = question(&page, &list, &uses).answered(typed) {
        return again.into_response();
    }
    let mut tx = app.db.begin().await?;
    lists::delete(&mut *tx, id).await?;
    let details = json!({ "name": list.name, "members": list.members });
    audit::record(&mut *tx, session.user.id, "list.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("lists-deleted").with("name", &list.name);
    Ok(session.redirect(&app, "/lists", "success", text).await?.into_response())
}
