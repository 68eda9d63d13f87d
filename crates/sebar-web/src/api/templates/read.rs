use axum::Json;
use axum::extract::{Path, State};
use sebar_domain::id::TemplateId;
use sebar_store::templates;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Shown, Summary, shown};
use crate::api::answers::{OfOne, Usual};
use crate::api::error::{Cause, Faults, Result};
use crate::api::query::{Parameters, limit};
use crate::api::shapes::Page;
use crate::foundation::app::App;

/// Which are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many at most: 1 to 100; 20 if left out.
    limit: Option<String>,
    /// The id of the last one of the page before.
    after: Option<String>,
    /// Any part of the name or subject.
    q: Option<String>,
    /// `true`: those that were put away instead.
    archived: Option<String>,
}

/// List templates
///
/// The last changed first.
#[utoipa::path(
    get, path = "/templates", tag = "Templates", operation_id = "listTemplates", params(Wanted),
    responses((status = 200, description = "A page of templates.", body = Page<Summary>), Usual),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Summary>>> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let archived = match wanted.archived.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => {
            faults.add(Cause::InvalidParameter, "archived", "must be `true` or `false`.");
            false
        }
    };
    let after = match wanted.after.as_deref().map(str::parse::<TemplateId>) {
        Some(Ok(id)) => templates::get(&app.db, id).await?,
        Some(Err(_)) | None => None,
    };
    if wanted.after.is_some() && after.is_none() {
        faults.add(Cause::InvalidParameter, "after", "is no id of a template.");
    }
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let search = wanted.q.unwrap_or_default().replace('\0', "");
    let position = after.map(|after| (after.updated_at, after.id));
    let found = templates::list(&app.db, &search, archived, position, limit + 1).await?;
    Ok(Json(Page::cut(found, limit)))
}

/// Retrieve a template
///
/// Its newest version.
#[utoipa::path(
    get, path = "/templates/{id}", tag = "Templates", operation_id = "getTemplate",
    params(("id" = String, Path, description = "The template's id.")),
    responses((status = 200, description = "The template.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Shown>> {
    Ok(Json(shown(&app, &id).await?))
}
