//! Contacts in pages.

use axum::Json;
use axum::extract::State;
use sebar_store::contacts::{self, Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::show::Summary;
use crate::api::answers::Usual;
use crate::api::error::{Cause, Faults, Result};
use crate::api::query::{Parameters, limit, parameter};
use crate::api::shapes::Page;
use crate::foundation::app::App;

/// Which contacts are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many at most: 1 to 100; 20 if left out.
    limit: Option<String>,
    /// The id of the last contact of the page before.
    after: Option<String>,
    /// The id of a list that they are in.
    list: Option<String>,
    /// Words, each any part of the address or the name: at most 200 characters.
    q: Option<String>,
    /// How they stand: `subscribed`, `unsubscribed` or `suppressed`.
    status: Option<String>,
}

/// As long may a search be.
const SEARCH_LIMIT: usize = 200;

/// List contacts
///
/// The newest first.
#[utoipa::path(
    get, path = "/contacts", tag = "Contacts", operation_id = "listContacts", params(Wanted),
    responses((status = 200, description = "A page of contacts.", body = Page<Summary>), Usual),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Summary>>> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let after = parameter(&mut faults, "after", wanted.after.as_deref(), "is no id of a contact.");
    let list = parameter(&mut faults, "list", wanted.list.as_deref(), "is no id of a list.");
    let message = "must be `subscribed`, `unsubscribed` or `suppressed`.";
    let status = parameter(&mut faults, "status", wanted.status.as_deref(), message);
    let search = wanted.q.unwrap_or_default();
    if search.chars().count() > SEARCH_LIMIT || search.contains('\0') {
        faults.add(Cause::InvalidParameter, "q", format!("may have {SEARCH_LIMIT} characters."));
    }
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let found = if status.is_none() && search.trim().is_empty() {
        contacts::page(&app.db, list, after, limit + 1).await?
    } else {
        contacts::search(&app.db, &Filter { search, list, status }, after, limit + 1).await?
    };
    Ok(Json(Page::cut(found, limit)))
}
