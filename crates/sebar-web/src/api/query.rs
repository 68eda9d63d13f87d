//! Parameters in a call's address.

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::{Cause, Faults, Refusal, Result};
use crate::foundation::app::App;

const LIMIT: i64 = 20;
const MOST: i64 = 100;

/// Parameters; those that cannot be read are told in words of the API.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Parameters<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let read: Result<Query<T>, QueryRejection> = Query::from_request_parts(parts, app).await;
        let Query(read) = read.map_err(|fault| Refusal::new(Cause::InvalidParameter, fault.body_text()))?;
        Ok(Self(read))
    }
}

/// How many of a list are wanted at most.
pub(crate) fn limit(faults: &mut Faults, text: Option<&str>) -> i64 {
    let limit = text.map_or(Some(LIMIT), |text| text.parse().ok()).filter(|n| (1..=MOST).contains(n));
    limit.unwrap_or_else(|| {
        faults.add(Cause::InvalidParameter, "limit", "must be a number from 1 to 100.");
        LIMIT
    })
}

/// Reads a parameter, or notes its fault.
pub(crate) fn parameter<T: std::str::FromStr>(
    faults: &mut Faults,
    field: &str,
    text: Option<&str>,
    fault: &str,
) -> Option<T> {
    let read = text.map(str::parse::<T>)?;
    if read.is_err() {
        faults.add(Cause::InvalidParameter, field, fault);
    }
    read.ok()
}
