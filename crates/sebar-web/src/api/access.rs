//! Which program asks, and whether it may: in one place, here.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use chrono::{TimeDelta, Utc};
use sebar_domain::Scope;
use sebar_domain::id::ApiKeyId;
use sebar_store::api_keys::{self, ApiKey, Secret};
use sebar_together::Together;
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;

use super::error::{Cause, Refusal, Result};
use crate::foundation::app::App;
use crate::foundation::session::client_ip;

/// The key that a request came with; it may do what the route wants.
#[derive(Clone)]
pub(crate) struct Caller {
    /// Its id.
    pub(crate) key: ApiKeyId,
    /// From which domains it may send; empty: any.
    pub(crate) from_domains: Vec<String>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

/// Lets only keys with this scope call these routes, and has the description say so.
pub(super) fn with_scope(
    app: &App,
    scope: Scope,
    (schemas, mut paths, router): UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    for item in paths.paths.values_mut() {
        let calls = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for call in calls.into_iter().flatten() {
            call.security = Some(vec![SecurityRequirement::new("api_key", [scope.as_str()])]);
        }
    }
    (schemas, paths, router.route_layer(from_fn_with_state((app.clone(), scope), check)))
}

async fn check(State((app, scope)): State<(App, Scope)>, mut request: Request, next: Next) -> Response {
    let secret = secret(&request);
    let ip = client_ip(&app, request.extensions(), request.headers());
    let key = match secret {
        Ok(secret) => admit(&app, secret, ip, scope).await,
        Err(refusal) => Err(refusal),
    };
    let key = match key {
        Ok(key) => key,
        Err(refusal) => return refusal.into_response(),
    };
    let (allowed, told) = app.limits.check(key.id, key.settings.per_minute);
    let mut response = if allowed {
        request.extensions_mut().insert(Caller { key: key.id, from_domains: key.settings.from_domains });
        next.run(request).await
    } else {
        let message = "This key has made as many requests as it may in a minute. Wait as long as \
                       Retry-After says, then go on.";
        Refusal::new(Cause::RateLimitExceeded, message).into_response()
    };
    told.write(response.headers_mut());
    response
}

fn missing() -> Refusal {
    let message = "Send your API key in the header `Authorization: Bearer sbr_…`. An owner makes keys \
                   under Settings → API keys.";
    Refusal::new(Cause::MissingApiKey, message)
}

/// The key that a request shows.
fn secret(request: &Request) -> Result<Secret> {
    let shown = request.headers().get(AUTHORIZATION).ok_or_else(missing)?;
    let shown = shown.to_str().unwrap_or_default();
    let (scheme, token) = shown.split_once(' ').unwrap_or((shown, ""));
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(missing());
    }
    Secret::read(token.trim()).ok_or_else(invalid)
}

fn invalid() -> Refusal {
    Refusal::new(Cause::InvalidApiKey, "This is no API key of ours. Copy it whole: `sbr_` and 40 characters.")
}

/// Looks for the keys of requests that come at the same moment.
pub(crate) type KeySearch = Together<Secret, Result<Option<ApiKey>>>;

/// As [`App`] holds it.
pub(crate) fn key_search() -> KeySearch {
    Together::new(1, 1000, |_| 1)
}

/// The key with this secret, as it is now.
async fn find(app: &App, secret: Secret) -> Result<Option<ApiKey>> {
    let db = app.accepting_db.clone();
    let work = move |secrets: Vec<Secret>| {
        let db = db.clone();
        async move {
            match api_keys::find(&db, &secrets).await {
                Ok(keys) => keys.into_iter().map(Ok).collect(),
                Err(fault) => {
                    let fault = fault.to_string();
                    secrets.iter().map(|_| Err(Refusal::internal(fault.clone()))).collect::<Vec<_>>()
                }
            }
        }
    };
    app.key_search.ask(secret, work).await.ok_or_else(|| Refusal::internal("the search for keys failed"))?
}

/// Whether this key may do this from there, now.
async fn admit(app: &App, secret: Secret, ip: Option<IpAddr>, scope: Scope) -> Result<ApiKey> {
    let key = find(app, secret).await?.ok_or_else(invalid)?;
    let now = Utc::now();
    if key.revoked_at.is_some() {
        return Err(Refusal::new(Cause::RevokedApiKey, "This API key was revoked. Use another."));
    }
    if key.has_expired(now) {
        return Err(Refusal::new(Cause::ExpiredApiKey, "This API key has expired. Use a new one."));
    }
    let networks = &key.settings.networks;
    if !networks.is_empty() && !ip.is_some_and(|ip| networks.iter().any(|network| network.contains(ip))) {
        let from = ip.map_or_else(|| "this address".to_owned(), |ip| ip.to_canonical().to_string());
        let message = format!("This API key may not be used from {from}.");
        return Err(Refusal::new(Cause::IpNotAllowed, message));
    }
    if !key.settings.scopes.contains(&scope) {
        let message = format!("This API key lacks the scope `{scope}`.");
        return Err(Refusal::new(Cause::RestrictedApiKey, message));
    }
    if key.last_used_at.is_none_or(|at| now - at > TimeDelta::minutes(1)) {
        api_keys::touch(&app.db, key.id).await?;
    }
    Ok(key)
}
