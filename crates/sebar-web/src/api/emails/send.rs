//! Accepting emails: what is answered with 200 is committed.

use aws_lc_rs::digest::{Context, SHA256};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use sebar_store::emails::{self, Answered, Idempotency};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::accept::carry_out;
use super::check::check;
use super::id::public;
use super::request::EmailRequest;
use crate::api::access::Caller;
use crate::api::body::{self, Body};
use crate::api::error::{Cause, ErrorBody, Refusal, Result};
use crate::foundation::app::App;

/// The header by which a request that comes twice is known.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 256;

/// An email that was accepted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Accepted, example = json!({ "id": "msg_01939f2c7b1e7c3a9d5e6f708192a3b4" }))]
pub(crate) struct Accepted {
    /// Its id.
    pub(crate) id: String,
}

/// Send an email
///
/// Answered when the email is stored for good and queued. A recipient who is suppressed gets nothing
/// and stands as `suppressed` in the email.
#[utoipa::path(
    post, path = "/emails", tag = "Emails", operation_id = "sendEmail", request_body = EmailRequest,
    params(("Idempotency-Key" = Option<String>, Header, description = "A word of at most 256 characters for this email. The same request with the same word is answered as before, for 24 hours, and sends nothing again.", max_length = 256)),
    responses(
        (status = 200, description = "Accepted.", body = Accepted),
        (status = 400, description = "The request cannot be read.", body = ErrorBody),
        (status = 401, description = "No valid API key.", body = ErrorBody),
        (status = 403, description = "The key may not do this.", body = ErrorBody),
        (status = 409, description = "The Idempotency-Key stands for another request, or is being dealt with.", body = ErrorBody),
        (status = 413, description = "Larger than 32 MB.", body = ErrorBody),
        (status = 415, description = "No JSON.", body = ErrorBody),
        (status = 422, description = "Something in the email is wrong.", body = ErrorBody),
        (status = 429, description = "Too many requests.", body = ErrorBody),
    ),
)]
pub(crate) async fn send(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Body(json): Body,
) -> Result<Json<Value>> {
    let request = idempotency(&caller, &headers, "/emails", &json)?;
    let email = body::read::<EmailRequest>(&json)?;
    // Asked before the email is checked, for what was right yesterday may be wrong today, and again when
    // nobody else can come between: no connection is held while another is asked for.
    if let Some(answer) = answered_before(&app, request.as_ref()).await? {
        return Ok(Json(answer));
    }
    let checked = check(&app, &caller, &email).await?;
    let answer = json!(Accepted { id: public(checked.email.id()) });
    Ok(Json(carry_out(&app, request, vec![checked], answer).await?))
}

/// What the request is known by, if it says so.
pub(super) fn idempotency(
    caller: &Caller,
    headers: &HeaderMap,
    path: &str,
    body: &[u8],
) -> Result<Option<Idempotency>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = key.to_str().map(str::trim).unwrap_or_default();
    if key.is_empty() || key.len() > LONGEST_KEY {
        let message = format!("An Idempotency-Key has 1 to {LONGEST_KEY} ASCII characters.");
        return Err(Refusal::new(Cause::InvalidIdempotencyKey, message));
    }
    let mut digest = Context::new(&SHA256);
    digest.update(path.as_bytes());
    digest.update(b"\0");
    digest.update(body);
    let request = digest.finish().as_ref().to_vec();
    Ok(Some(Idempotency { api_key: caller.key, key: key.to_owned(), request }))
}

/// The answer that a request has had before, if it came before.
pub(super) async fn answered_before(app: &App, request: Option<&Idempotency>) -> Result<Option<Value>> {
    let Some(request) = request else { return Ok(None) };
    refused_or(emails::answered_before(&app.db, request).await?)
}

/// The answer that is known, if any, or why there is none.
pub(super) fn refused_or(answered: Answered) -> Result<Option<Value>> {
    match answered {
        Answered::New => Ok(None),
        Answered::Before(answer) => Ok(Some(answer)),
        Answered::OtherRequest => {
            let message = "This Idempotency-Key was used for another request in the last 24 hours. Use a \
                           new one for each email.";
            Err(Refusal::new(Cause::InvalidIdempotentRequest, message))
        }
        Answered::InFlight => {
            let message = "A request with this Idempotency-Key is being dealt with at this moment. Ask \
                           again for its answer.";
            Err(Refusal::new(Cause::ConcurrentIdempotentRequests, message))
        }
    }
}
