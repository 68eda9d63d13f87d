//! Where providers call us when mail comes back to them.
//!
//! The caller learns nothing but a status: why a call was refused is kept with the hook, for its owner.
//! `200` is said when all is committed; where the database or Amazon cannot be reached, `503`, so that
//! the provider tries again.

use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use chrono::Utc;
use sebar_domain::id::HookId;
use sebar_domain::{HookFault, Provider};
use sebar_providers::sns::{Envelope, Kind};
use sebar_providers::{Call, Event, ses};
use sebar_store::hooks::{self, Hook};

use crate::foundation::app::App;

/// The largest call that is taken, in octets; providers send no more than 2 MB.
const MOST: usize = 5_000_000;

/// Why a call is answered with something else than `200`.
enum Refusal {
    /// It is not to be believed, or not understood.
    Fault(HookFault),
    /// It does not end, or is cut off.
    TooLarge,
    /// Something of ours is away.
    NotNow,
}

impl From<HookFault> for Refusal {
    fn from(fault: HookFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(fault: sqlx::Error) -> Self {
        tracing::warn!(%fault, "a provider's call could not be stored; it will come again");
        Self::NotNow
    }
}

pub(crate) async fn take(
    State(app): State<App>,
    Path((id, secret)): Path<(String, String)>,
    request: Request,
) -> impl IntoResponse {
    let status = answer(&app, &id, &secret, request).await;
    // In a form that is for programs: else a page for people would be put in its place.
    (status, [(CONTENT_TYPE, "application/json")], "{}")
}

async fn answer(app: &App, id: &str, secret: &str, request: Request) -> StatusCode {
    let Ok(id) = id.parse::<HookId>() else { return StatusCode::NOT_FOUND };
    let hook = match hooks::find(&app.db, id).await {
        Ok(Some(hook)) if hook.settings.enabled => hook,
        Ok(_) => return StatusCode::NOT_FOUND,
        Err(fault) => return status(&Refusal::from(fault)),
    };
    let Err(refusal) = handle(app, &hook, secret, request).await else { return StatusCode::OK };
    if let Refusal::Fault(fault) = &refusal
        && let Err(fault) = hooks::note_fault(&app.db, id, *fault).await
    {
        tracing::warn!(%fault, "why a provider's call was refused could not be noted");
    }
    status(&refusal)
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::Fault(HookFault::WrongAddress) => StatusCode::NOT_FOUND,
        Refusal::Fault(HookFault::Unreadable) => StatusCode::BAD_REQUEST,
        Refusal::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::Fault(HookFault::Unsubscribed) => StatusCode::OK,
        Refusal::Fault(HookFault::Unreachable) | Refusal::NotNow => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Fault(_) => StatusCode::UNAUTHORIZED,
    }
}

async fn handle(app: &App, hook: &Hook, secret: &str, request: Request) -> Result<(), Refusal> {
    let ours = hook.secret(&app.key).map_err(|_| HookFault::WrongAddress)?;
    if !sebar_providers::is_same(ours.as_bytes(), secret.as_bytes()) {
        return Err(HookFault::WrongAddress.into());
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST).await.map_err(|_| Refusal::TooLarge)?;
    let events = if hook.provider == Provider::Ses {
        by_amazon(app, hook, &body).await?
    } else {
        let credential = hook.credential(&app.key).map_err(|_| HookFault::BadKey)?;
        let call = Call { headers: &parts.headers, body: &body, now: Utc::now() };
        sebar_providers::read(hook.provider, &credential, &call)?
    };
    let key = app.tokens.message_ids();
    let new = sebar_intake::record_call(&app.db, key, hook.provider, &hook.settings.name, &events).await?;
    hooks::note_taken(&app.db, hook.id, i64::try_from(new).unwrap_or(i64::MAX)).await?;
    Ok(())
}

/// What an envelope of Amazon SNS carries. The first topic that is confirmed is the one that may call.
async fn by_amazon(app: &App, hook: &Hook, body: &[u8]) -> Result<Vec<Event>, Refusal> {
    let envelope = Envelope::read(body)?;
    let topic = &hook.settings.topic;
    if !topic.is_empty() && *topic != envelope.topic {
        return Err(HookFault::OtherTopic.into());
    }
    if topic.is_empty() && envelope.kind != Kind::Confirmation {
        return Err(HookFault::NotConfirmed.into());
    }
    let now = Utc::now();
    app.amazon.verify(&envelope, now).await?;
    match envelope.kind {
        Kind::Notification => Ok(ses::read(&envelope.message, now)?),
        Kind::Unsubscribed => Err(HookFault::Unsubscribed.into()),
        Kind::Confirmation => {
            // Taken first: of two topics at the same moment one is confirmed.
            if !hooks::take_topic(&app.db, hook.id, &envelope.topic).await? {
                return Err(HookFault::OtherTopic.into());
            }
            app.amazon.confirm(&envelope).await?;
            Ok(Vec::new())
        }
    }
}
