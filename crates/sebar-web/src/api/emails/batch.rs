//! Many emails in one request, each accepted or refused by itself.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::accept::carry_out;
use super::check::{Checked, check};
use super::id::public;
use super::request::EmailRequest;
use super::send::{answered_before, idempotency};
use crate::api::access::Caller;
use crate::api::body::{self, Body};
use crate::api::error::{Cause, ErrorBody, FieldError, Refusal, Result};
use crate::foundation::app::App;

/// Emails of one request.
const MOST: usize = 500;

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchAccepted)]
pub(crate) struct BatchAccepted {
    /// The emails that were accepted, in the order of the request.
    data: Vec<OneAccepted>,
    /// Those that were refused.
    errors: Vec<OneRefused>,
}

/// An email of a batch that was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AcceptedOfBatch)]
pub(crate) struct OneAccepted {
    /// Its id.
    id: String,
    /// Its place in the request, from 0.
    index: usize,
}

/// An email of a batch that was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedOfBatch)]
pub(crate) struct OneRefused {
    /// Its place in the request, from 0.
    index: usize,
    /// The cause in a word that never changes.
    name: &'static str,
    /// What is wrong and what to do.
    message: String,
    /// The same by field.
    errors: Vec<FieldError>,
}

/// Send emails in a batch
///
/// Up to 500, each accepted or refused by itself: those that are right are sent though others are
/// not. All that are accepted are stored together.
#[utoipa::path(
    post, path = "/emails/batch", tag = "Emails", operation_id = "sendBatch", request_body = Vec<EmailRequest>,
    params(("Idempotency-Key" = Option<String>, Header, description = "A word of at most 256 characters for this batch, as for a single email.", max_length = 256)),
    responses(
        (status = 200, description = "At least one was accepted.", body = BatchAccepted),
        (status = 400, description = "The request cannot be read.", body = ErrorBody),
        (status = 401, description = "No valid API key.", body = ErrorBody),
        (status = 403, description = "The key may not do this.", body = ErrorBody),
        (status = 409, description = "The Idempotency-Key stands for another request, or is being dealt with.", body = ErrorBody),
        (status = 413, description = "Larger than 32 MB.", body = ErrorBody),
        (status = 415, description = "No JSON.", body = ErrorBody),
        (status = 422, description = "None was accepted.", body = ErrorBody),
        (status = 429, description = "Too many requests.", body = ErrorBody),
    ),
)]
pub(crate) async fn batch(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(json): Body,
) -> Result<Json<Value>> {
    let request = idempotency(&caller, &headers, "/emails/batch", &json)?;
    let asked: Vec<&RawValue> = body::list(&json)?;
    if asked.is_empty() || asked.len() > MOST {
        let message = format!("A batch has 1 to {MOST} emails; this one has {}.", asked.len());
        return Err(Refusal::new(Cause::InvalidValue, message));
    }
    if let Some(answer) = answered_before(&app, request.as_ref()).await? {
        return Ok(Json(answer));
    }
    let mut accepted: Vec<(usize, Checked)> = Vec::new();
    let mut refused: Vec<(usize, Refusal)> = Vec::new();
    for (index, email) in asked.into_iter().enumerate() {
        match one(&app, &caller, email).await {
            Ok(checked) => accepted.push((index, checked)),
            Err(refusal) if refusal.is_ours() => return Err(refusal),
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    if accepted.is_empty() {
        return Err(Refusal::all(refused.into_iter().map(|(index, one)| one.below(&format!("[{index}]")))));
    }
    let (places, accepted): (Vec<usize>, Vec<Checked>) = accepted.into_iter().unzip();
    let ids =
        accepted.iter().zip(places).map(|(one, index)| OneAccepted { id: public(one.email.id()), index });
    let answer = json!(BatchAccepted {
        data: ids.collect(),
        errors: refused
            .into_iter()
            .map(|(index, refusal)| {
                let body = refusal.body();
                OneRefused { index, name: body.name, message: body.message, errors: body.errors }
            })
            .collect(),
    });
    Ok(Json(carry_out(&app, request, accepted, answer).await?))
}

async fn one(app: &App, caller: &Caller, email: &RawValue) -> Result<Checked> {
    check(app, caller, &body::read::<EmailRequest>(email.get().as_bytes())?).await
}
