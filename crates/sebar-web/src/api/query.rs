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

/// Takes away the one that is too many: one more than `limit` was read. Whether it was there.
pub(crate) fn cut<T>(found: &mut Vec<T>, limit: i64) -> bool {
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    has_more
}
