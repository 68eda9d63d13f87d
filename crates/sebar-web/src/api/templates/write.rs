use axum::Json;
use axum::extract::{Path, State};
use sebar_store::audit;
use sebar_store::templates::{self, Draft, Saved};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Shown, content, find, shown};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, OfState, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::api::shapes::Deleted;
use crate::api::text::line;
use crate::api::written::{self, Parts};
use crate::foundation::app::App;
use crate::pages::templates::LONGEST_NAME;

/// A new template.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTemplate, example = json!({
    "name": "Pesanan", "subject": "Pesanan {{ nomor }}", "html": "<p>Halo {{ first_name | default('Kawan') }}</p>",
}))]
pub(crate) struct TemplateRequest {
    /// Its name: at most 120 characters.
    name: String,
    /// The subject, with variables.
    #[serde(default)]
    subject: String,
    /// What mail programs show after the subject.
    #[serde(default)]
    preheader: String,
    /// The HTML body, with variables.
    #[serde(default)]
    html: String,
    /// The plain-text body; made from the HTML if left out.
    text: Option<String>,
}

/// A change to a template; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TemplateChange)]
pub(crate) struct TemplateChange {
    /// Its name.
    name: Option<String>,
    /// The subject.
    subject: Option<String>,
    /// What mail programs show after the subject.
    preheader: Option<String>,
    /// The HTML body.
    html: Option<String>,
    /// The plain-text body; empty: made from the HTML.
    text: Option<String>,
    /// The version that your change is based on: if there is a newer one, nothing is changed (`changed_meanwhile`).
    version: Option<i32>,
    /// Whether it is put away.
    archived: Option<bool>,
}

/// Create a template
#[utoipa::path(
    post, path = "/templates", tag = "Templates", operation_id = "createTemplate", request_body = TemplateRequest,
    responses((status = 200, description = "The template.", body = Shown), Usual, OfBody),
)]
pub(crate) async fn create(State(app): State<App>, caller: Caller, Body(json): Body) -> Result<Json<Shown>> {
    let request = body::read::<TemplateRequest>(&json)?;
    let mut faults = Faults::default();
    line(&mut faults, "name", &request.name, 1, LONGEST_NAME);
    let parts = Parts {
        subject: Some(request.subject),
        preheader: Some(request.preheader),
        html: Some(request.html),
        text: request.text,
    };
    let draft = parts.over(Draft::default());
    written::check(&app, &mut faults, &draft).await?;
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let name = request.name.trim();
    let mut tx = app.db.begin().await?;
    let id = templates::create(&mut tx, name, &draft, None).await?;
    audit::record(&mut *tx, caller.key, "template.created", &id.to_string(), json!({ "name": name })).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, &id.to_string()).await?))
}

/// Change a template
///
/// What it says becomes a new version; what was sent before is not touched.
#[utoipa::path(
    patch, path = "/templates/{id}", tag = "Templates", operation_id = "changeTemplate",
    params(("id" = String, Path, description = "The template's id.")), request_body = TemplateChange,
    responses((status = 200, description = "The template.", body = Shown), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    let template = find(&app, &id).await?;
    let request = body::read::<TemplateChange>(&json)?;
    let mut faults = Faults::default();
    if let Some(name) = &request.name {
        line(&mut faults, "name", name, 1, LONGEST_NAME);
    }
    let parts = Parts {
        subject: request.subject,
        preheader: request.preheader,
        html: request.html,
        text: request.text,
    };
    let draft = parts.over(content(&app, &template).await?);
    written::check(&app, &mut faults, &draft).await?;
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let based_on = match request.version {
        Some(n) => templates::version(&app.db, template.id, n)
            .await?
            .ok_or_else(|| Refusal::at(Cause::InvalidValue, "version", "is no version of this template."))?,
        None => template.version,
    };
    let (id, key) = (template.id, caller.key);
    let mut tx = app.db.begin().await?;
    match templates::save(&mut tx, id, based_on, &draft, None).await? {
        None => return Err(Refusal::not_found("template")),
        Some(Saved::Conflict(n)) => {
            let message = format!("Version {n} was saved meanwhile. Look at it, then repeat the request.");
            return Err(Refusal::new(Cause::ChangedMeanwhile, message));
        }
        Some(Saved::New(_, n)) => {
            audit::record(&mut *tx, key, "template.saved", &id.to_string(), json!({ "version": n })).await?;
        }
        Some(Saved::Unchanged) => {}
    }
    if let Some(name) = request.name.as_deref().map(str::trim).filter(|name| *name != template.name) {
        templates::rename(&mut *tx, id, name).await?;
        audit::record(&mut *tx, key, "template.renamed", &id.to_string(), json!({ "name": name })).await?;
    }
    if let Some(archived) = request.archived.filter(|archived| *archived != template.archived_at.is_some()) {
        templates::set_archived(&mut *tx, id, archived).await?;
        let action = if archived { "template.archived" } else { "template.unarchived" };
        audit::record(&mut *tx, key, action, &id.to_string(), json!({})).await?;
    }
    tx.commit().await?;
    Ok(Json(shown(&app, &id.to_string()).await?))
}

/// Duplicate a template
///
/// A new one with what the newest version says.
#[utoipa::path(
    post, path = "/templates/{id}/duplicate", tag = "Templates", operation_id = "duplicateTemplate",
    params(("id" = String, Path, description = "The template's id.")),
    responses((status = 200, description = "The new template.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn duplicate(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Shown>> {
    let template = find(&app, &id).await?;
    let draft = content(&app, &template).await?;
    let name: String = format!("Copy of {}", template.name).chars().take(LONGEST_NAME).collect();
    let mut tx = app.db.begin().await?;
    let copy = templates::create(&mut tx, &name, &draft, None).await?;
    let details = json!({ "of": template.id, "name": name });
    audit::record(&mut *tx, caller.key, "template.created", &copy.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(shown(&app, &copy.to_string()).await?))
}

/// Delete a template
///
/// With all its versions. Campaigns keep their own copy of what they took from it.
#[utoipa::path(
    delete, path = "/templates/{id}", tag = "Templates", operation_id = "deleteTemplate",
    params(("id" = String, Path, description = "The template's id.")),
    responses((status = 200, description = "Deleted.", body = Deleted), Usual, OfOne),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Deleted>> {
    let template = find(&app, &id).await?;
    let mut tx = app.db.begin().await?;
    templates::delete(&mut tx, template.id).await?;
    let details = json!({ "name": template.name });
    audit::record(&mut *tx, caller.key, "template.deleted", &template.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(Deleted::new("template", template.id)))
}
