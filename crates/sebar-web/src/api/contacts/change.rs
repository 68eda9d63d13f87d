//! A contact changed by its id, and mailed again.

use axum::Json;
use axum::extract::{Path, State};
use sebar_domain::ContactEvent;
use sebar_store::contact_events::{self, Cause as By};
use sebar_store::contacts::{self, ContactData, Saved};
use sebar_store::{audit, lists};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::check::{ContactRequest, check};
use super::show::{Shown, find, shown};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, OfState, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::foundation::app::App;
use crate::pages::contacts::NOTE_LIMIT;

/// Change a contact
///
/// By its id or address; the address too can be changed. What is left out stays as it is, and so does
/// whether the contact is mailed.
#[utoipa::path(
    patch, path = "/contacts/{id}", tag = "Contacts", operation_id = "changeContact",
    params(("id" = String, Path, description = "The contact's id or address.")), request_body = ContactRequest,
    responses((status = 200, description = "The contact.", body = Shown), Usual, OfBody, OfOne, OfState),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    let contact = find(&app, &id).await?;
    let mut request = body::read::<ContactRequest>(&json)?;
    request.email.get_or_insert_with(|| contact.email.clone());
    let mut faults = Faults::default();
    let Some(checked) = check(&mut faults, &request, &lists::all(&app.db).await?) else {
        return Err(faults.refusal());
    };
    let given = checked.data;
    let mut attributes = contact.attributes.clone();
    for (key, value) in given.attributes {
        if value.is_null() {
            attributes.remove(&key)
        } else {
            attributes.insert(key, value)
        };
    }
    let language = given.language.unwrap_or_else(|| contact.language.clone());
    let time_zone = given.time_zone.unwrap_or_else(|| contact.time_zone.clone());
    let data = ContactData {
        email: &given.email,
        name: given.name.as_deref().unwrap_or(&contact.name),
        attributes: &attributes,
        language: language.as_deref(),
        time_zone: time_zone.as_deref(),
    };
    let changed = contacts::changes(&contact, &data);
    let mut tx = app.db.begin().await?;
    if !changed.is_empty() {
        match contacts::update(&mut *tx, contact.id, &data).await? {
            Saved::Done => {}
            Saved::Gone => return Err(Refusal::not_found("contact")),
            Saved::EmailTaken => {
                return Err(Refusal::at(Cause::NameTaken, "email", "is the address of another contact."));
            }
        }
        let mut details = json!({ "fields": changed });
        if contact.email != given.email.as_str() {
            details["email_before"] = contact.email.as_str().into();
        }
        let by = By::Key(caller.key);
        contact_events::record(&mut *tx, &[contact.id], ContactEvent::Edited, by, details.clone()).await?;
        audit::record(&mut *tx, caller.key, "contact.edited", &contact.id.to_string(), details).await?;
    }
    for list in lists::all(&mut *tx).await?.iter().filter(|list| checked.lists.contains(&list.id)) {
        lists::add(&mut tx, list, &[contact.id], caller.key).await?;
    }
    tx.commit().await?;
    let contact = find(&app, &contact.id.to_string()).await?;
    shown(&app, contact).await
}

/// Why a contact is mailed again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Resubscribe)]
pub(crate) struct ResubscribeRequest {
    /// How you know that the person asked for it: at most 500 characters. It stands in the contact's history.
    note: String,
}

/// Resubscribe a contact
///
/// Only where the person asked for it: say in the note how you know.
#[utoipa::path(
    post, path = "/contacts/{id}/resubscribe", tag = "Contacts", operation_id = "resubscribeContact",
    params(("id" = String, Path, description = "The contact's id or address.")),
    request_body = ResubscribeRequest,
    responses((status = 200, description = "The contact.", body = Shown), Usual, OfBody, OfOne),
)]
pub(crate) async fn resubscribe(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    let contact = find(&app, &id).await?;
    let request = body::read::<ResubscribeRequest>(&json)?;
    let mut faults = Faults::default();
    crate::api::text::line(&mut faults, "note", &request.note, 1, NOTE_LIMIT);
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let note = request.note.trim();
    let mut tx = app.db.begin().await?;
    if contacts::resubscribe(&mut tx, contact.id, caller.key, note).await? {
        let details = json!({ "note": note });
        audit::record(&mut *tx, caller.key, "contact.resubscribed", &contact.id.to_string(), details).await?;
    }
    tx.commit().await?;
    let contact = find(&app, &contact.id.to_string()).await?;
    shown(&app, contact).await
}
