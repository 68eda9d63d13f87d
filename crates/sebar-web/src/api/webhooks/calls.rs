use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_domain::id::WebhookId;
use sebar_domain::{EventKind, EventState};
use sebar_store::audit;
use sebar_store::webhooks::{self, Entry};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::id;
use crate::api::access::Caller;
use crate::api::answers::{OfOne, Usual};
use crate::api::error::{Faults, Refusal, Result};
use crate::api::query::{Parameters, limit, parameter};
use crate::api::shapes::Page;
use crate::foundation::app::App;

/// An event that a webhook was told, or is to be told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookCall)]
pub(crate) struct Call {
    /// Always `webhook_call`.
    object: &'static str,
    /// Its place in the order of events.
    id: i64,
    /// The `webhook-id` of its calls.
    webhook_id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: EventKind,
    /// `pending`, `delivered` or `failed`.
    #[schema(value_type = String)]
    state: EventState,
    /// When it happened.
    created_at: DateTime<Utc>,
    /// Calls so far.
    attempts: i16,
    /// When it was called last.
    last_attempt_at: Option<DateTime<Utc>>,
    /// When it is called next, while it is pending.
    next_attempt_at: Option<DateTime<Utc>>,
    /// The HTTP status of the last answer.
    response_status: Option<i16>,
    /// The answer's beginning, or what went wrong.
    response_body: String,
    /// How long the last call took.
    duration_ms: Option<i32>,
    /// What was sent.
    #[schema(value_type = Option<Object>)]
    payload: Option<Value>,
}

impl From<Entry> for Call {
    fn from(entry: Entry) -> Self {
        Self {
            object: "webhook_call",
            id: entry.n,
            webhook_id: format!("evt_{}", entry.id.simple()),
            kind: entry.kind,
            state: entry.state,
            created_at: entry.at,
            attempts: entry.attempts,
            last_attempt_at: entry.tried_at,
            next_attempt_at: (entry.state == EventState::Pending).then_some(entry.due_at),
            response_status: entry.status,
            response_body: entry.answer,
            duration_ms: entry.duration_ms,
            payload: entry.body.and_then(|body| serde_json::from_str(&body).ok()),
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
    /// The id of the last one of the page before.
    after: Option<String>,
    /// `pending`, `delivered` or `failed`.
    state: Option<String>,
}

/// List a webhook's calls
///
/// What it was told and what it answered, the newest first, for 30 days.
#[utoipa::path(
    get, path = "/webhooks/{id}/calls", tag = "Webhooks", operation_id = "listWebhookCalls",
    params(("id" = String, Path, description = "The webhook's id."), Wanted),
    responses((status = 200, description = "A page of calls.", body = Page<Call>), Usual, OfOne),
)]
pub(crate) async fn calls(
    State(app): State<App>,
    Path(text): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Call>>> {
    let id = id(&text)?;
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let after = parameter(&mut faults, "after", wanted.after.as_deref(), "is no id of a call.");
    let message = "must be `pending`, `delivered` or `failed`.";
    let state = parameter(&mut faults, "state", wanted.state.as_deref(), message);
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    webhooks::find(&app.db, id).await?.ok_or_else(|| Refusal::not_found("webhook"))?;
    let found = webhooks::listing(&app.db, id, state, after, limit + 1).await?;
    Ok(Json(Page::cut(found, limit)))
}

async fn entry(app: &App, id: WebhookId, n: i64) -> Result<Json<Call>> {
    let entry = webhooks::entry(&app.db, id, n).await?.ok_or_else(|| Refusal::not_found("call"))?;
    Ok(Json(entry.into()))
}

/// Call again
///
/// Whatever was answered before; with the same `webhook-id`.
#[utoipa::path(
    post, path = "/webhooks/{id}/calls/{call}/replay", tag = "Webhooks", operation_id = "replayWebhookCall",
    params(
        ("id" = String, Path, description = "The webhook's id."),
        ("call" = String, Path, description = "The call's id."),
    ),
    responses((status = 200, description = "The call, which is made at once.", body = Call), Usual, OfOne),
)]
pub(crate) async fn replay(
    State(app): State<App>,
    caller: Caller,
    Path((text, call)): Path<(String, String)>,
) -> Result<Json<Call>> {
    let id = id(&text)?;
    let n = call.parse::<i64>().map_err(|_| Refusal::not_found("call"))?;
    let mut tx = app.db.begin().await?;
    if !webhooks::replay(&mut *tx, id, n).await? {
        return Err(Refusal::not_found("call"));
    }
    let details = json!({ "event": n });
    audit::record(&mut *tx, caller.key, "webhook.replayed", &id.to_string(), details).await?;
    tx.commit().await?;
    entry(&app, id, n).await
}

/// Send a test
///
/// The webhook is told of a `webhook.test`.
#[utoipa::path(
    post, path = "/webhooks/{id}/test", tag = "Webhooks", operation_id = "testWebhook",
    params(("id" = String, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The call, which is made at once.", body = Call), Usual, OfOne),
)]
pub(crate) async fn test(State(app): State<App>, Path(text): Path<String>) -> Result<Json<Call>> {
    let id = id(&text)?;
    webhooks::find(&app.db, id).await?.ok_or_else(|| Refusal::not_found("webhook"))?;
    let n = webhooks::send_test(&app.db, id).await?;
    entry(&app, id, n).await
}
