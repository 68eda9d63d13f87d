//! Emails that wait: cancelled, or sent at another time.

use axum::Json;
use axum::extract::{Path, State};
use chrono::Utc;
use sebar_store::emails::{self, Changed};
use sebar_store::queue;
use serde::Serialize;
use utoipa::ToSchema;

use super::check::check_time;
use super::id::{public, read};
use super::request::RescheduleRequest;
use crate::api::answers::{OfOne, OfState, Usual};
use crate::api::body::{self, Body};
use crate::api::error::{Cause, ErrorBody, Faults, Refusal, Result};
use crate::foundation::app::App;

/// An email that was changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedEmail)]
pub(crate) struct ChangedEmail {
    /// Always `email`.
    object: &'static str,
    /// Its id.
    id: String,
}

fn answer(changed: Option<Changed>, id: sebar_domain::id::MessageId) -> Result<Json<ChangedEmail>> {
    match changed {
        Some(Changed::Waiting(_)) => Ok(Json(ChangedEmail { object: "email", id: public(id) })),
        Some(Changed::Nothing) => {
            let message = "This email is not waiting any more: it is sent, being sent, or has ended.";
            Err(Refusal::new(Cause::EmailNotWaiting, message))
        }
        None => Err(Refusal::not_found("email")),
    }
}

/// Cancel an email
///
/// Recipients for whom it still waits get nothing. What is on its way cannot be called back.
#[utoipa::path(
    post, path = "/emails/{id}/cancel", tag = "Emails", operation_id = "cancelEmail",
    params(("id" = String, Path, description = "The email's id.")),
    responses(
        (status = 200, description = "Cancelled.", body = ChangedEmail),
        (status = 401, description = "No valid API key.", body = ErrorBody),
        (status = 403, description = "The key may not do this.", body = ErrorBody),
        (status = 404, description = "No such email.", body = ErrorBody),
        (status = 409, description = "It is not waiting any more.", body = ErrorBody),
        (status = 429, description = "Too many requests.", body = ErrorBody),
    ),
)]
pub(crate) async fn cancel(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ChangedEmail>> {
    let id = read(&id)?;
    let mut tx = app.db.begin().await?;
    let changed = emails::cancel(&mut tx, id).await?;
    tx.commit().await?;
    answer(changed, id)
}

/// Send an email again
///
/// To those recipients for whom it failed, or of whom nobody knows whether they got it. Whoever got it
/// gets nothing again. It keeps its Message-ID.
#[utoipa::path(
    post, path = "/emails/{id}/resend", tag = "Emails", operation_id = "resendEmail",
    params(("id" = String, Path, description = "The email's id.")),
    responses((status = 200, description = "Queued.", body = ChangedEmail), Usual, OfOne, OfState),
)]
pub(crate) async fn resend(State(app): State<App>, Path(id): Path<String>) -> Result<Json<ChangedEmail>> {
    let id = read(&id)?;
    let mut tx = app.db.begin().await?;
    let changed = emails::resend(&mut tx, id).await?;
    queue::wake(&mut *tx).await?;
    tx.commit().await?;
    if changed == Some(Changed::Nothing) {
        let message = "No recipient of this email failed or is in doubt: there is nothing to send again.";
        return Err(Refusal::new(Cause::NothingToResend, message));
    }
    answer(changed, id)
}

/// Reschedule an email
///
/// Gives an email that nobody has been sent yet another time.
#[utoipa::path(
    patch, path = "/emails/{id}", tag = "Emails", operation_id = "rescheduleEmail",
    request_body = RescheduleRequest, params(("id" = String, Path, description = "The email's id.")),
    responses(
        (status = 200, description = "Rescheduled.", body = ChangedEmail),
        (status = 400, description = "The request cannot be read.", body = ErrorBody),
        (status = 401, description = "No valid API key.", body = ErrorBody),
        (status = 403, description = "The key may not do this.", body = ErrorBody),
        (status = 404, description = "No such email.", body = ErrorBody),
        (status = 409, description = "It is not waiting any more.", body = ErrorBody),
        (status = 413, description = "Larger than 32 MB.", body = ErrorBody),
        (status = 415, description = "No JSON.", body = ErrorBody),
        (status = 422, description = "The time is wrong.", body = ErrorBody),
        (status = 429, description = "Too many requests.", body = ErrorBody),
    ),
)]
pub(crate) async fn reschedule(
    State(app): State<App>,
    Path(id): Path<String>,
    Body(json): Body,
) -> Result<Json<ChangedEmail>> {
    let id = read(&id)?;
    let request = body::read::<RescheduleRequest>(&json)?;
    let mut faults = Faults::default();
    let Some(at) = check_time(&mut faults, "scheduled_at", &request.scheduled_at, Utc::now()) else {
        return Err(faults.refusal());
    };
    let mut tx = app.db.begin().await?;
    let changed = emails::reschedule(&mut tx, id, at).await?;
    queue::wake(&mut *tx).await?;
    tx.commit().await?;
    answer(changed, id)
}
