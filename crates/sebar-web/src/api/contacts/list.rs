//! Contacts in pages.

use axum::Json;
use axum::extract::State;
use sebar_domain::ContactStatus;
use sebar_domain::id::{ContactId, ListId};
use sebar_store::contacts::{self, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::show::Summary;
use crate::api::answers::Usual;
use crate::api::error::{Cause, Faults, Result};
use crate::api::query::{Parameters, cut, limit};
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

/// A page of contacts, the newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactList)]
pub(crate) struct Page {
    /// Always `list`.
    object: &'static str,
    /// Whether there are more: ask for those `after` the last.
    has_more: bool,
    /// The contacts.
    data: Vec<Summary>,
}

/// List contacts
///
/// The newest first.
#[utoipa::path(
    get, path = "/contacts", tag = "Contacts", operation_id = "listContacts", params(Wanted),
    responses((status = 200, description = "A page of contacts.", body = Page), Usual),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page>> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let after = wanted.after.as_deref().map(str::parse::<ContactId>).transpose();
    if after.is_err() {
        faults.add(Cause::InvalidParameter, "after", "is no id of a contact.");
    }
    let list = wanted.list.as_deref().map(str::parse::<ListId>).transpose();
    if list.is_err() {
        faults.add(Cause::InvalidParameter, "list", "is no id of a list.");
    }
    let status = wanted.status.as_deref().map(str::parse::<ContactStatus>).transpose();
    if status.is_err() {
        let message = "must be `subscribed`, `unsubscribed` or `suppressed`.";
        faults.add(Cause::InvalidParameter, "status", message);
    }
    let search = wanted.q.unwrap_or_default();
    if search.chars().count() > SEARCH_LIMIT || search.contains('\0') {
        faults.add(Cause::InvalidParameter, "q", format!("may have {SEARCH_LIMIT} characters."));
    }
    let (Ok(after), Ok(list), Ok(status), true) = (after, list, status, faults.is_empty()) else {
        return Err(faults.refusal());
    };
    let mut found = if status.is_none() && search.trim().is_empty() {
        contacts::page(&app.db, list, after, limit + 1).await?
    } else {
        contacts::search(&app.db, &Filter { search, list, status }, after, limit + 1).await?
    };
    let has_more = cut(&mut found, limit);
    Ok(Json(Page { object: "list", has_more, data: found.into_iter().map(Summary::from).collect() }))
}
