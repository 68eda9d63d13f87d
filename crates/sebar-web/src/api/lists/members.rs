use axum::Json;
use axum::extract::{Path, State};
use sebar_domain::id::ContactId;
use sebar_store::{contacts, lists};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::find;
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, Result};
use crate::foundation::app::App;

/// Contacts of one request.
const MOST: usize = 1000;

/// Contacts that are to be put into a list or taken out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ListMembers)]
pub(crate) struct Members {
    /// Their ids or addresses: 1 to 1,000.
    contacts: Vec<String>,
}

/// What changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedListMembers)]
pub(crate) struct Changed {
    /// Always `list_members`.
    object: &'static str,
    /// How many contacts were put in or taken out: the others were (not) in it already.
    changed: u64,
}

/// The contacts that a request names; every one must be there.
async fn read(app: &App, json: &[u8]) -> Result<Vec<ContactId>> {
    let request = body::read::<Members>(json)?;
    let mut faults = Faults::default();
    if request.contacts.is_empty() || request.contacts.len() > MOST {
        faults.add(Cause::InvalidValue, "contacts", format!("has 1 to {MOST} contacts."));
        return Err(faults.refusal());
    }
    let found = contacts::ids(&app.db, &request.contacts).await?;
    for (n, id) in found.iter().enumerate() {
        if id.is_none() {
            faults.add(Cause::InvalidValue, format!("contacts[{n}]"), "names no contact.");
        }
    }
    if faults.is_empty() { Ok(found.into_iter().flatten().collect()) } else { Err(faults.refusal()) }
}

/// Put contacts into a list
///
/// Up to 1,000, all or none: each must be a contact. Twice is once.
#[utoipa::path(
    post, path = "/lists/{id}/contacts", tag = "Lists", operation_id = "addListMembers",
    params(("id" = String, Path, description = "The list's id.")), request_body = Members,
    responses((status = 200, description = "They are in it.", body = Changed), Usual, OfBody, OfOne),
)]
pub(crate) async fn add_members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<Changed>> {
    let list = find(&app, &id).await?;
    let contacts = read(&app, &json).await?;
    let mut tx = app.db.begin().await?;
    let changed = lists::add(&mut tx, &list, &contacts, caller.key).await?;
    tx.commit().await?;
    Ok(Json(Changed { object: "list_members", changed }))
}

/// Take contacts out of a list
///
/// Up to 1,000, all or none: each must be a contact. The contacts stay.
#[utoipa::path(
    post, path = "/lists/{id}/contacts/remove", tag = "Lists", operation_id = "removeListMembers",
    params(("id" = String, Path, description = "The list's id.")), request_body = Members,
    responses((status = 200, description = "They are not in it.", body = Changed), Usual, OfBody, OfOne),
)]
pub(crate) async fn remove_members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<Changed>> {
    let list = find(&app, &id).await?;
    let contacts = read(&app, &json).await?;
    let mut tx = app.db.begin().await?;
    let changed = lists::remove(&mut tx, &list, &contacts, caller.key).await?;
    tx.commit().await?;
    Ok(Json(Changed { object: "list_members", changed }))
}
