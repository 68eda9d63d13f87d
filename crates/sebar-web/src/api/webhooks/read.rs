use axum::Json;
use axum::extract::{Path, State};
use sebar_store::webhooks;

use super::{Shown, id};
use crate::api::answers::{OfOne, Usual};
use crate::api::error::{Refusal, Result};
use crate::api::shapes::Page;
use crate::foundation::app::App;

/// List webhooks
///
/// All of them, the oldest first.
#[utoipa::path(
    get, path = "/webhooks", tag = "Webhooks", operation_id = "listWebhooks",
    responses((status = 200, description = "The webhooks.", body = Page<Shown>), Usual),
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Page<Shown>>> {
    let all = webhooks::all(&app.db).await?;
    Ok(Json(Page::all(all)))
}

/// Retrieve a webhook
///
/// Where it is called, of what it is told, and how it fares.
#[utoipa::path(
    get, path = "/webhooks/{id}", tag = "Webhooks", operation_id = "getWebhook",
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(text): Path<String>) -> Result<Json<Shown>> {
    let webhook = webhooks::find(&app.db, id(&text)?).await?;
    Ok(Json(webhook.ok_or_else(|| Refusal::not_found("webhook"))?.into()))
}
