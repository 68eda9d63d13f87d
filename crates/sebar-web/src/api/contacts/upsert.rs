//! Adding contacts, or changing those that there are.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use sebar_domain::id::{ContactId, ListId};
use sebar_store::contacts::{self, Upsert, Upserted};
use sebar_store::lists::{self, List};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::check::{Checked, ContactRequest, MOST_AT_ONCE, check};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, FieldError, Refusal, Result};
use crate::foundation::app::App;

/// A contact that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredContact)]
pub(crate) struct Stored {
    /// Always `contact`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ContactId,
    /// Whether it is new.
    created: bool,
}

/// What became of many.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredContacts)]
pub(crate) struct StoredMany {
    /// Those that were stored, in the order of the request.
    data: Vec<StoredOne>,
    /// Those that were refused.
    errors: Vec<RefusedOne>,
}

/// A contact of many that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredContactOfMany)]
pub(crate) struct StoredOne {
    /// Its place in the request, from 0.
    index: usize,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ContactId,
    /// Whether it is new.
    created: bool,
}

/// A contact of many that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedContactOfMany)]
pub(crate) struct RefusedOne {
    /// Its place in the request, from 0.
    index: usize,
    /// The cause in a word that never changes.
    name: &'static str,
    /// What is wrong and what to do.
    message: String,
    /// The same by field.
    errors: Vec<FieldError>,
}

/// Add or change a contact
///
/// Known by the address. What is left out stays as it is; so does whether the contact is mailed: who
/// unsubscribed or is suppressed stays so.
#[utoipa::path(
    post, path = "/contacts", tag = "Contacts", operation_id = "upsertContact", request_body = ContactRequest,
    responses((status = 200, description = "Stored.", body = Stored), Usual, OfBody),
)]
pub(crate) async fn one(State(app): State<App>, caller: Caller, Body(json): Body) -> Result<Json<Stored>> {
    let request = body::read::<ContactRequest>(&json)?;
    let checked = checked(&request, &lists::all(&app.db).await?)?;
    let stored = store(&app, &caller, vec![checked]).await?.pop().flatten().ok_or_else(gone)?;
    Ok(Json(Stored { object: "contact", id: stored.id, created: stored.created }))
}

/// Add or change many contacts
///
/// Up to 1,000, each accepted or refused by itself, as for a single one. All that are accepted are stored
/// together.
#[utoipa::path(
    post, path = "/contacts/batch", tag = "Contacts", operation_id = "upsertContacts",
    request_body = Vec<ContactRequest>,
    responses((status = 200, description = "At least one was stored.", body = StoredMany), Usual, OfBody),
)]
pub(crate) async fn many(
    State(app): State<App>,
    caller: Caller,
    Body(json): Body,
) -> Result<Json<StoredMany>> {
    let asked: Vec<&RawValue> = body::list(&json)?;
    if asked.is_empty() || asked.len() > MOST_AT_ONCE {
        let message = format!("A request has 1 to {MOST_AT_ONCE} contacts; this one has {}.", asked.len());
        return Err(Refusal::new(Cause::InvalidValue, message));
    }
    let lists = lists::all(&app.db).await?;
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut accepted: Vec<(usize, Checked)> = Vec::new();
    let mut refused: Vec<(usize, Refusal)> = Vec::new();
    for (index, text) in asked.into_iter().enumerate() {
        let request = body::read::<ContactRequest>(text.get().as_bytes());
        match request.and_then(|request| checked(&request, &lists)) {
            Ok(checked) => match seen.insert(checked.data.email.key(), index) {
                None => accepted.push((index, checked)),
                Some(first) => {
                    let message = format!("is the same address as that of [{first}].");
                    refused.push((index, Refusal::at(Cause::InvalidValue, "email", message)));
                }
            },
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    if accepted.is_empty() {
        return Err(Refusal::all(refused.into_iter().map(|(index, one)| one.below(&format!("[{index}]")))));
    }
    let (places, accepted): (Vec<usize>, Vec<Checked>) = accepted.into_iter().unzip();
    let mut data = Vec::new();
    for (index, stored) in places.into_iter().zip(store(&app, &caller, accepted).await?) {
        match stored {
            Some(one) => data.push(StoredOne { index, id: one.id, created: one.created }),
            None => refused.push((index, gone())),
        }
    }
    refused.sort_unstable_by_key(|(index, _)| *index);
    let errors = refused.into_iter().map(|(index, refusal)| {
        let body = refusal.body();
        RefusedOne { index, name: body.name, message: body.message, errors: body.errors }
    });
    Ok(Json(StoredMany { data, errors: errors.collect() }))
}

fn gone() -> Refusal {
    let message = "belongs to a contact that was deleted at this moment. Send it again.";
    Refusal::at(Cause::InvalidValue, "email", message)
}

fn checked(request: &ContactRequest, lists: &[List]) -> Result<Checked> {
    let mut faults = Faults::default();
    check(&mut faults, request, lists).ok_or_else(|| faults.refusal())
}

/// Stores contacts and puts them into their lists.
async fn store(app: &App, caller: &Caller, checked: Vec<Checked>) -> Result<Vec<Option<Upserted>>> {
    let (data, wanted): (Vec<Upsert>, Vec<Vec<ListId>>) =
        checked.into_iter().map(|one| (one.data, one.lists)).unzip();
    let mut tx = app.db.begin().await?;
    let stored = contacts::upsert(&mut tx, &data, caller.key).await?;
    for list in lists::all(&mut *tx).await? {
        let members: Vec<ContactId> = stored
            .iter()
            .zip(&wanted)
            .filter(|(_, wanted)| wanted.contains(&list.id))
            .filter_map(|(stored, _)| stored.map(|one| one.id))
            .collect();
        if !members.is_empty() {
            lists::add(&mut tx, &list, &members, caller.key).await?;
        }
    }
    tx.commit().await?;
    Ok(stored)
}
