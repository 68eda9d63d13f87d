//! Emails found by recipient, tag, state and time.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use sebar_domain::{Address, MessageState};
use sebar_store::emails::{self, Filter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::id::read;
use super::show::Summary;
use crate::api::error::{Cause, ErrorBody, Faults, Refusal, Result};
use crate::api::shapes::Page;
use crate::foundation::app::App;

const LIMIT: i64 = 20;
const MOST: i64 = 100;

/// Which emails are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many at most: 1 to 100; 20 if left out.
    limit: Option<String>,
    /// The id of the last email of the page before.
    after: Option<String>,
    /// The address of one of their recipients.
    recipient: Option<String>,
    /// One of their tags: `name:value`.
    tag: Option<String>,
    /// Where one of their recipients stands: `queued` (all that wait), `sent`, `failed`, `suppressed`, `cancelled` or `in_doubt`.
    state: Option<String>,
    /// Accepted at this time or later (ISO 8601).
    from: Option<String>,
    /// Accepted before this time (ISO 8601).
    until: Option<String>,
}

/// List emails
///
/// The newest first. Filters can be combined.
#[utoipa::path(
    get, path = "/emails", tag = "Emails", operation_id = "listEmails", params(Wanted),
    responses(
        (status = 200, description = "A page of emails.", body = Page<Summary>),
        (status = 400, description = "A parameter is wrong.", body = ErrorBody),
        (status = 401, description = "No valid API key.", body = ErrorBody),
        (status = 403, description = "The key may not do this.", body = ErrorBody),
        (status = 429, description = "Too many requests.", body = ErrorBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Page<Summary>>> {
    let Query(wanted) = wanted.map_err(|fault| Refusal::new(Cause::InvalidParameter, fault.body_text()))?;
    let (filter, limit) = wanted.filter()?;
    let (emails, has_more) = emails::list(&app.db, &filter, limit).await?;
    let now = Utc::now();
    let data = emails.into_iter().map(|email| Summary::new(email, None, now)).collect();
    Ok(Json(Page::new(data, has_more)))
}

impl Wanted {
    fn filter(&self) -> Result<(Filter, i64)> {
        let mut faults = Faults::default();
        let mut wrong = |field: &str, message: &str| faults.add(Cause::InvalidParameter, field, message);
        let limit = self.limit.as_deref().map_or(Some(LIMIT), |text| text.parse().ok());
        let limit = limit.filter(|n| (1..=MOST).contains(n));
        if limit.is_none() {
            wrong("limit", "must be a number from 1 to 100.");
        }
        let after = self.after.as_deref().map(read).transpose();
        if after.is_err() {
            wrong("after", "is no id of an email.");
        }
        let recipient = self.recipient.as_deref().map(str::parse::<Address>).transpose();
        if recipient.is_err() {
            wrong("recipient", "is no email address.");
        }
        let tag = self.tag.clone().unwrap_or_default();
        if self.tag.is_some() && !tag.contains(':') || tag.contains('\0') {
            wrong("tag", "must be written `name:value`.");
        }
        let state = self.state.as_deref().map(str::parse::<MessageState>).transpose();
        let state = state.ok().filter(|state| *state != Some(MessageState::Claimed));
        if state.is_none() {
            wrong("state", "must be queued, sent, failed, suppressed, cancelled or in_doubt.");
        }
        let mut time = |field: &str, text: Option<&str>| {
            let time = text.map(DateTime::parse_from_rfc3339).transpose();
            if time.is_err() {
                wrong(field, "is no time. Write it by ISO 8601 with a time zone: `2027-01-31T09:00:00Z`.");
            }
            time.ok().flatten().map(|time| time.to_utc())
        };
        let (from, until) = (time("from", self.from.as_deref()), time("until", self.until.as_deref()));
        let (Some(limit), Some(state), Ok(after), Ok(recipient), true) =
            (limit, state, after, recipient, faults.is_empty())
        else {
            return Err(faults.refusal());
        };
        let recipient = recipient.map(|address| address.as_str().to_owned()).unwrap_or_default();
        Ok((Filter { recipient, tag, state, from, until, after }, limit))
    }
}
