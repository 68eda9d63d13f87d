use axum::Json;
use axum::extract::{Path, State};
use sebar_domain::EventKind;
use sebar_domain::id::WebhookId;
use sebar_store::audit;
use sebar_store::webhooks::{self, Settings};
use sebar_webhooks::{BadTarget, new_secret};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Shown, id};
use crate::api::access::Caller;
use crate::api::answers::{OfBody, OfOne, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::api::shapes::Deleted;
use crate::foundation::app::App;
use crate::pages::webhooks::{DESCRIPTION_LIMIT, URL_LIMIT};

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub(crate) struct NewWebhook {
    /// Where it is called: an https address.
    #[serde(alias = "url")]
    endpoint: String,
    /// What it is told of: `email.sent`, `email.bounced`, `contact.updated` …
    events: Vec<String>,
    /// What it is for: at most 200 characters.
    #[serde(default)]
    description: String,
    /// Whether it is told of campaigns' mails too; `false` if left out.
    #[serde(default)]
    campaigns: bool,
}

/// A change to a webhook; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WebhookChange)]
pub(crate) struct WebhookChange {
    /// Where it is called: an https address.
    #[serde(alias = "url")]
    endpoint: Option<String>,
    /// What it is told of.
    events: Option<Vec<String>>,
    /// What it is for.
    description: Option<String>,
    /// Whether it is told of campaigns' mails too.
    campaigns: Option<bool>,
    /// `enabled` or `disabled`.
    status: Option<String>,
}

/// A webhook with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(crate) struct WithSecret {
    #[serde(flatten)]
    webhook: Shown,
    /// What its calls are signed with, as Standard Webhooks says: `whsec_…`.
    signing_secret: String,
}

fn checked(
    app: &App,
    url: &str,
    description: &str,
    events: &[String],
    faults: &mut Faults,
) -> Vec<EventKind> {
    if url.chars().count() > URL_LIMIT {
        faults.add(Cause::InvalidValue, "endpoint", format!("may have {URL_LIMIT} characters."));
    }
    if let Err(why) = app.config.webhook_targets.check(url) {
        let message = match why {
            BadTarget::NoUrl => {
                "is no address of the web: write it whole, such as https://shop.example/hooks."
            }
            BadTarget::NoTls => "must begin with https://.",
            BadTarget::Credentials => "may hold no user name or password: the signature tells that it is us.",
            BadTarget::Private => "leads into a private network.",
        };
        faults.add(Cause::InvalidValue, "endpoint", message);
    }
    if description.chars().count() > DESCRIPTION_LIMIT || description.contains('\0') {
        faults.add(Cause::InvalidValue, "description", format!("may have {DESCRIPTION_LIMIT} characters."));
    }
    if events.is_empty() {
        faults.add(Cause::InvalidValue, "events", "is empty: say of what it is told.");
    }
    let mut kinds = Vec::new();
    for (n, word) in events.iter().enumerate() {
        match word.parse::<EventKind>() {
            Ok(kind) if kind != EventKind::Test && !kinds.contains(&kind) => kinds.push(kind),
            Ok(kind) if kinds.contains(&kind) => {}
            _ => faults.add(Cause::InvalidValue, format!("events[{n}]"), "is no kind of event."),
        }
    }
    kinds
}

async fn stored(app: &App, id: WebhookId) -> Result<WithSecret> {
    let webhook = webhooks::find(&app.db, id).await?.ok_or_else(|| Refusal::not_found("webhook"))?;
    let signing_secret = webhook.secret(&app.key).map_err(Refusal::internal)?;
    Ok(WithSecret { webhook: webhook.into(), signing_secret })
}

/// Add a webhook
///
/// It is called for every event of the kinds that it names, from now on. The answer holds the secret
/// that its calls are signed with.
#[utoipa::path(
    post, path = "/webhooks", tag = "Webhooks", operation_id = "addWebhook", request_body = NewWebhook,
    responses((status = 200, description = "The webhook.", body = WithSecret), Usual, OfBody),
)]
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    Body(json): Body,
) -> Result<Json<WithSecret>> {
    let request = body::read::<NewWebhook>(&json)?;
    let mut faults = Faults::default();
    let events = checked(&app, &request.endpoint, &request.description, &request.events, &mut faults);
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let settings = Settings {
        url: request.endpoint.trim().to_owned(),
        description: request.description.trim().to_owned(),
        events,
        campaigns: request.campaigns,
    };
    let secret = new_secret().ok_or_else(|| Refusal::internal("the system gives no random numbers"))?;
    let mut tx = app.db.begin().await?;
    let id = webhooks::add(&mut tx, &app.key, &settings, &secret).await.map_err(Refusal::internal)?;
    let details = json!({ "url": settings.url });
    audit::record(&mut *tx, caller.key, "webhook.created", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(stored(&app, id).await?))
}

/// Change a webhook
///
/// Turned on again, it is told what waited meanwhile, but not what happened.
#[utoipa::path(
    patch, path = "/webhooks/{id}", tag = "Webhooks", operation_id = "changeWebhook",
    params(("id" = String, Path, description = "The webhook's id.")), request_body = WebhookChange,
    responses((status = 200, description = "The webhook.", body = Shown), Usual, OfBody, OfOne),
)]
pub(crate) async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
    Body(json): Body,
) -> Result<Json<Shown>> {
    let id = id(&text)?;
    let request = body::read::<WebhookChange>(&json)?;
    let webhook = webhooks::find(&app.db, id).await?.ok_or_else(|| Refusal::not_found("webhook"))?;
    let now = webhook.settings;
    let url = request.endpoint.unwrap_or(now.url);
    let description = request.description.unwrap_or(now.description);
    let words = request.events.unwrap_or_else(|| now.events.iter().map(ToString::to_string).collect());
    let mut faults = Faults::default();
    let events = checked(&app, &url, &description, &words, &mut faults);
    let enabled = match request.status.as_deref() {
        None => None,
        Some("enabled") => Some(true),
        Some("disabled") => Some(false),
        Some(_) => {
            faults.add(Cause::InvalidValue, "status", "must be `enabled` or `disabled`.");
            None
        }
    };
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let settings = Settings {
        url: url.trim().to_owned(),
        description: description.trim().to_owned(),
        events,
        campaigns: request.campaigns.unwrap_or(now.campaigns),
    };
    let mut tx = app.db.begin().await?;
    webhooks::change(&mut tx, id, &settings).await?;
    let details = json!({ "url": settings.url });
    audit::record(&mut *tx, caller.key, "webhook.changed", &id.to_string(), details).await?;
    if let Some(enabled) = enabled.filter(|enabled| *enabled != webhook.enabled) {
        webhooks::set_enabled(&mut tx, id, enabled).await?;
        let action = if enabled { "webhook.enabled" } else { "webhook.disabled" };
        audit::record(&mut *tx, caller.key, action, &id.to_string(), json!({})).await?;
    }
    tx.commit().await?;
    Ok(Json(stored(&app, id).await?.webhook))
}

/// Make a new secret
///
/// For 24 hours calls are signed with the one before as well.
#[utoipa::path(
    post, path = "/webhooks/{id}/rotate", tag = "Webhooks", operation_id = "rotateWebhookSecret",
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook with its new secret.", body = WithSecret), Usual, OfOne),
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<WithSecret>> {
    let id = id(&text)?;
    let secret = new_secret().ok_or_else(|| Refusal::internal("the system gives no random numbers"))?;
    let mut tx = app.db.begin().await?;
    if !webhooks::rotate(&mut tx, &app.key, id, &secret).await.map_err(Refusal::internal)? {
        return Err(Refusal::not_found("webhook"));
    }
    audit::record(&mut *tx, caller.key, "webhook.secret_rotated", &id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(Json(stored(&app, id).await?))
}

/// Delete a webhook
///
/// It is called no more; what waits is dropped.
#[utoipa::path(
    delete, path = "/webhooks/{id}", tag = "Webhooks", operation_id = "deleteWebhook",
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "Deleted.", body = Deleted), Usual, OfOne),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Deleted>> {
    let id = id(&text)?;
    let webhook = webhooks::find(&app.db, id).await?.ok_or_else(|| Refusal::not_found("webhook"))?;
    let mut tx = app.db.begin().await?;
    webhooks::delete(&mut tx, id).await?;
    let details = json!({ "url": webhook.settings.url });
    audit::record(&mut *tx, caller.key, "webhook.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Json(Deleted::new("webhook", id)))
}
