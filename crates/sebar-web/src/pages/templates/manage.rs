//! Rename, copy, put away, delete.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use sebar_domain::id::TemplateId;
use sebar_store::{audit, templates};
use serde::Deserialize;

use super::{LONGEST_NAME, find, path};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::page::Page;
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;

#[derive(Deserialize)]
pub(crate) struct Name {
    name: String,
}

pub(crate) async fn rename(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<TemplateId>,
    Form(typed): Form<Name>,
) -> Result<Redirect> {
    let mut faults = Faults::default();
    check_line(&page, &mut faults, "name", &typed.name, LONGEST_NAME);
    if !faults.is_empty() {
        return session.redirect(&app, &path(id), "error", faults.get("name")).await;
    }
    let mut tx = app.db.begin().await?;
    if !templates::rename(&mut *tx, id, typed.name.trim()).await? {
        return Err(Error::NotFound);
    }
    let details = serde_json::json!({ "name": typed.name.trim() });
    audit::record(&mut *tx, session.user.id, "template.renamed", &id.to_string(), details).await?;
    tx.commit().await?;
    session
        .redirect(&app, &path(id), "success", page.t("templates-renamed").with("name", typed.name.trim()))
        .await
}

pub(crate) async fn duplicate(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<TemplateId>,
) -> Result<Redirect> {
    let template = find(&app, id).await?;
    let draft = templates::content(&app.db, template.version).await?.ok_or(Error::NotFound)?;
    let name: String = page.t("templates-copy-of").with("name", &template.name).to_string();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let mut tx = app.db.begin().await?;
    let copy = templates::create(&mut tx, &name, &draft, Some(session.user.id)).await?;
    let details = serde_json::json!({ "of": id, "name": name });
    audit::record(&mut *tx, session.user.id, "template.created", &copy.to_string(), details).await?;
    tx.commit().await?;
    session.redirect(&app, &path(copy), "success", page.t("templates-duplicated").with("name", &name)).await
}

#[derive(Deserialize)]
pub(crate) struct Archived {
    archived: bool,
}

pub(crate) async fn set_archived(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<TemplateId>,
    Form(wanted): Form<Archived>,
) -> Result<Redirect> {
    let template = find(&app, id).await?;
    let mut tx = app.db.begin().await?;
    templates::set_archived(&mut *tx, id, wanted.archived).await?;
    let action = if wanted.archived { "template.archived" } else { "template.unarchived" };
    audit::record(&mut *tx, session.user.id, action, &id.to_string(), serde_json::json!({})).await?;
    tx.commit().await?;
    let key = if wanted.archived { "templates-archived-done" } else { "templates-unarchived-done" };
    let to = if wanted.archived { "/templates".to_owned() } else { path(id) };
    session.redirect(&app, &to, "success", page.t(key).with("name", &template.name)).await
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<TemplateId>,
) -> Result<Html<String>> {
    let template = find(&app, id).await?;
    Confirm {
        title: page.t("templates-delete-title").with("name", &template.name),
        text: page.t("templates-delete-text").with("n", template.versions),
        action: format!("/templates/{id}/delete"),
        button: page.t("templates-delete"),
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
    Path(id): Path<TemplateId>,
) -> Result<Redirect> {
    let template = find(&app, id).await?;
    let mut tx = app.db.begin().await?;
    templates::delete(&mut tx, id).await?;
    let details = serde_json::json!({ "name": template.name });
    audit::record(&mut *tx, session.user.id, "template.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    session
        .redirect(&app, "/templates", "success", page.t("templates-deleted").with("name", &template.name))
        .await
}
