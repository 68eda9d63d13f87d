//! One contact: looked at, unsubscribed, deleted.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_domain::id::{ContactId, ListId};
use sebar_store::contact_events::Cause;
use sebar_store::contacts::{self, Contact};
use sebar_store::{audit, lists, suppressions};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::api::access::Caller;
use crate::api::answers::{OfOne, Usual};
use crate::api::error::{Refusal, Result};
use crate::api::shapes::Deleted;
use crate::foundation::app::App;

/// What is known of a contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactSummary)]
pub(crate) struct Summary {
    /// Always `contact`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ContactId,
    /// The address.
    email: String,
    /// The name; may be empty.
    name: String,
    /// Free facts.
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
    /// Language (BCP 47).
    language: Option<String>,
    /// Time zone (IANA).
    time_zone: Option<String>,
    /// Since when the contact wants no campaigns.
    unsubscribed_at: Option<DateTime<Utc>>,
    /// When it was added.
    created_at: DateTime<Utc>,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
}

impl From<Contact> for Summary {
    fn from(contact: Contact) -> Self {
        Self {
            object: "contact",
            id: contact.id,
            email: contact.email,
            name: contact.name,
            attributes: contact.attributes,
            language: contact.language,
            time_zone: contact.time_zone,
            unsubscribed_at: contact.unsubscribed_at,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
        }
    }
}

/// A contact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(crate) struct Shown {
    #[serde(flatten)]
    summary: Summary,
    /// Ids of its lists.
    #[schema(value_type = Vec<uuid::Uuid>)]
    lists: Vec<ListId>,
    /// Whether its address is never mailed.
    suppressed: bool,
}

/// The contact that somebody means by an id or an address.
pub(super) async fn find(app: &App, text: &str) -> Result<Contact> {
    let found = match text.parse::<ContactId>() {
        Ok(id) => contacts::get(&app.db, id).await?,
        Err(_) if text.contains('\0') => None,
        Err(_) => contacts::find_by_email(&app.db, text.trim()).await?,
    };
    found.ok_or_else(|| Refusal::not_found("contact"))
}

pub(super) async fn shown(app: &App, contact: Contact) -> Result<Json<Shown>> {
    let lists = lists::of_contact(&app.db, contact.id).await?;
    let suppressed = suppressions::is_suppressed(&app.db, &contact.email).await?;
    Ok(Json(Shown { summary: contact.into(), lists, suppressed }))
}

/// Retrieve a contact
#[utoipa::path(
    get, path = "/contacts/{id}", tag = "Contacts", operation_id = "getContact",
    params(("id" = String, Path, description = "The contact's id or address.")),
    responses((status = 200, description = "The contact.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Shown>> {
    let contact = find(&app, &id).await?;
    shown(&app, contact).await
}

/// Unsubscribe a contact
///
/// From all campaigns, at once: also from what is queued. Twice is once.
#[utoipa::path(
    post, path = "/contacts/{id}/unsubscribe", tag = "Contacts", operation_id = "unsubscribeContact",
    params(("id" = String, Path, description = "The contact's id or address.")),
    responses((status = 200, description = "The contact.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn unsubscribe(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Shown>> {
    let contact = find(&app, &id).await?;
    let mut tx = app.db.begin().await?;
    contacts::unsubscribe(&mut tx, &[contact.id], Cause::Key(caller.key), "").await?;
    audit::record(&mut *tx, caller.key, "contact.unsubscribed", &contact.id.to_string(), json!({})).await?;
    tx.commit().await?;
    let contact = find(&app, &contact.id.to_string()).await?;
    shown(&app, contact).await
}

/// Delete a contact
///
/// What was sent to it stays in the archive. Who had unsubscribed goes on the suppression list.
#[utoipa::path(
    delete, path = "/contacts/{id}", tag = "Contacts", operation_id = "deleteContact",
    params(("id" = String, Path, description = "The contact's id or address.")),
    responses((status = 200, description = "Deleted.", body = Deleted), Usual, OfOne),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Deleted>> {
    let contact = find(&app, &id).await?;
    let mut tx = app.db.begin().await?;
    if contacts::delete(&mut tx, &[contact.id]).await? == 0 {
        return Err(Refusal::not_found("contact"));
    }
    let details = json!({ "email": contact.email });
    audit::record(&mut *tx, caller.key, "contact.deleted", &contact.id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(Deleted::new("contact", contact.id)))
}
