use axum::Json;
use axum::extract::{Path, State};
use sebar_store::{audit, lists};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Shown, find};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, OfState, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::api::shapes::Deleted;
use crate::api::text::line;
use crate::foundation::app::App;
use crate::pages::lists::edit::{DESCRIPTION_LIMIT, NAME_LIMIT, binding};

/// A new list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewList)]
pub(crate) struct ListRequest {
    /// Its name, which no other list has: at most 100 characters.
    name: String,
    /// What it is for: at most 500 characters.
    #[serde(default)]
    description: String,
}

/// A change to a list; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ListChange)]
pub(crate) struct ListChange {
    /// Its name.
    name: Option<String>,
    /// What it is for.
    description: Option<String>,
}

fn checked(name: &str, description: &str) -> Result<()> {
    let mut faults = Faults::default();
    line(&mut faults, "name", name, 1, NAME_LIMIT);
    line(&mut faults, "description", description, 0, DESCRIPTION_LIMIT);
    if faults.is_empty() { Ok(()) } else { Err(faults.refusal()) }
}

fn taken() -> Refusal {
    Refusal::at(Cause::NameTaken, "name", "is the name of another list.")
}

/// Create a list
#[utoipa::path(
    post, path = "/lists", tag = "Lists", operation_id = "createList", request_body = ListRequest,
    responses((status = 200, description = "The list.", body = Shown), Usual, OfBody, OfState),
)]
pub(crate) async fn create(State(app): State<App>, caller: Caller, Body(json): Body) -> Result<Json<Shown>> {
    let request = body::read::<ListRequest>(&json)?;
    let (name, description) = (request.name.trim(), request.description.trim());
    checked(name, description)?;
    let mut tx = app.db.begin().await?;
    let id = lists::create(&mut *tx, name, description).await?.ok_or_else(taken)?;
    audit::record(&mut *tx, caller.key, "list.created", &id.to_string(), json!({ "name": name })).await?;
    tx.commit().await?;
    Ok(Json(find(&app, &id.to_string()).await?.into()))
}

/// Change a list
#[utoipa::path(
    patch, path = "/lists/{id}", tag = "Lists", operation_id = "changeList",
    params(("id" = String, Path, description = "The list's id.")), request_body = ListChange,
    responses((status = 200, description = "The list.", body = Shown), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    let list = find(&app, &id).await?;
    let request = body::read::<ListChange>(&json)?;
    let name = request.name.as_deref().unwrap_or(&list.name).trim();
    let description = request.description.as_deref().unwrap_or(&list.description).trim();
    checked(name, description)?;
    let mut tx = app.db.begin().await?;
    if !lists::update(&mut *tx, list.id, name, description).await? {
        return Err(taken());
    }
    let details = json!({ "name": name, "name_before": list.name });
    audit::record(&mut *tx, caller.key, "list.changed", &list.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(find(&app, &id).await?.into()))
}

/// Delete a list
///
/// Its contacts stay. Not while a campaign is still to be sent to it: `in_use`.
#[utoipa::path(
    delete, path = "/lists/{id}", tag = "Lists", operation_id = "deleteList",
    params(("id" = String, Path, description = "The list's id.")),
    responses((status = 200, description = "Deleted.", body = Deleted), Usual, OfOne, OfState),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Deleted>> {
    let list = find(&app, &id).await?;
    let mut tx = app.db.begin().await?;
    let uses = lists::uses(&mut *tx, list.id).await?;
    if let Some(busy) = binding(&uses) {
        let message = format!("The campaign “{}” is still to be sent to this list.", busy.name);
        return Err(Refusal::new(Cause::InUse, message));
    }
    lists::delete(&mut *tx, list.id).await?;
    let details = json!({ "name": list.name, "members": list.members });
    audit::record(&mut *tx, caller.key, "list.deleted", &list.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(Deleted::new("list", list.id)))
}
