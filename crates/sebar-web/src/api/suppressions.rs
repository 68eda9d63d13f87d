//! Addresses that are never mailed.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_store::audit;
use sebar_store::suppressions::{self, Filter, Position, Suppression};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access::Caller;
use super::answers::{OfBody, OfOne, Usual};
use super::body::{self, Body};
use super::contacts::address;
use super::error::{Cause, Faults, Refusal, Result};
use super::query::{Parameters, limit};
use super::shapes::Page;
use crate::foundation::app::App;
use crate::pages::contacts::NOTE_LIMIT;

/// An address that is never mailed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suppression)]
pub(crate) struct Shown {
    /// Always `suppression`.
    object: &'static str,
    /// The address, in lower case.
    email: String,
    /// Why: `manual`, `hard_bounce`, `complaint`, `import` or `unsubscribed`.
    reason: &'static str,
    /// What was said about it.
    note: String,
    /// Since when.
    created_at: DateTime<Utc>,
}

impl From<Suppression> for Shown {
    fn from(one: Suppression) -> Self {
        Self {
            object: "suppression",
            email: one.email,
            reason: one.reason.as_str(),
            note: one.note,
            created_at: one.created_at,
        }
    }
}

/// Which are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many at most: 1 to 100; 20 if left out.
    limit: Option<String>,
    /// The address of the last one of the page before.
    after: Option<String>,
}

/// An address to be suppressed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSuppression)]
pub(crate) struct SuppressionRequest {
    /// The address.
    email: String,
    /// Why, in your words: at most 500 characters.
    note: Option<String>,
}

/// List suppressions
///
/// The newest first.
#[utoipa::path(
    get, path = "/suppressions", tag = "Suppressions", operation_id = "listSuppressions", params(Wanted),
    responses((status = 200, description = "A page of suppressions.", body = Page<Shown>), Usual),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Shown>>> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let after = match wanted.after.as_deref().filter(|text| !text.contains('\0')) {
        Some(text) => suppressions::get(&app.db, text).await?,
        None => None,
    };
    if wanted.after.is_some() && after.is_none() {
        faults.add(Cause::InvalidParameter, "after", "is no suppressed address.");
    }
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let position = after.map_or(Position::Start, |after| Position::After(after.created_at, after.email));
    let found = suppressions::listing(&app.db, &Filter::default(), &position, limit + 1).await?;
    Ok(Json(Page::cut(found, limit)))
}

/// Suppress an address
///
/// It is mailed no more, also what is queued. Twice is once.
#[utoipa::path(
    post, path = "/suppressions", tag = "Suppressions", operation_id = "addSuppression",
    request_body = SuppressionRequest,
    responses((status = 200, description = "Suppressed.", body = Shown), Usual, OfBody),
)]
pub(crate) async fn add(State(app): State<App>, caller: Caller, Body(json): Body) -> Result<Json<Shown>> {
    let request = body::read::<SuppressionRequest>(&json)?;
    let mut faults = Faults::default();
    let email = address(&mut faults, request.email.trim());
    let note = request.note.as_deref().unwrap_or_default().trim();
    if note.chars().count() > NOTE_LIMIT || note.contains('\0') {
        faults.add(Cause::InvalidValue, "note", format!("may have {NOTE_LIMIT} characters."));
    }
    let (Some(email), true) = (email, faults.is_empty()) else { return Err(faults.refusal()) };
    let mut tx = app.db.begin().await?;
    suppressions::add(&mut tx, std::slice::from_ref(&email), note, caller.key).await?;
    let details = json!({ "note": note });
    audit::record(&mut *tx, caller.key, "suppression.added", &email.key(), details).await?;
    let stored = suppressions::get(&mut *tx, email.as_str()).await?;
    tx.commit().await?;
    Ok(Json(stored.ok_or_else(|| Refusal::internal("a suppression is gone"))?.into()))
}

/// A suppression that was lifted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiftedSuppression)]
pub(crate) struct Lifted {
    /// Always `suppression`.
    object: &'static str,
    /// The address.
    email: String,
    /// Always `true`.
    deleted: bool,
}

/// Lift a suppression
///
/// The address may be mailed again.
#[utoipa::path(
    delete, path = "/suppressions/{email}", tag = "Suppressions", operation_id = "removeSuppression",
    params(("email" = String, Path, description = "The address.")),
    responses((status = 200, description = "Lifted.", body = Lifted), Usual, OfOne),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(email): Path<String>,
) -> Result<Json<Lifted>> {
    let email = email.trim().to_lowercase();
    let mut tx = app.db.begin().await?;
    if email.contains('\0') || !suppressions::lift(&mut tx, &email, "", caller.key).await? {
        return Err(Refusal::new(Cause::NotFound, "This address is not on the suppression list."));
    }
    audit::record(&mut *tx, caller.key, "suppression.lifted", &email, json!({})).await?;
    tx.commit().await?;
    Ok(Json(Lifted { object: "suppression", email, deleted: true }))
}
