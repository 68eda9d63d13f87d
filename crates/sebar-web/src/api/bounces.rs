//! What came back.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use sebar_domain::id::{BounceId, CampaignId, ContactId};
use sebar_domain::{BounceKind, BounceReason, MatchedBy, Road};
use sebar_store::returned::{self, Bounce, Filter, Position};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answers::{OfOne, Usual};
use super::error::{Cause, Faults, Refusal, Result};
use super::query::{Parameters, limit, parameter};
use super::shapes::Page;
use crate::foundation::app::App;

/// What was said of one address, by a mail, a provider or a relay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bounce)]
pub(crate) struct Shown {
    /// Always `bounce`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: BounceId,
    /// `hard`, `soft`, `blocked`, `other`, `complaint`, `delayed`, `auto_reply` or `delivered`.
    #[schema(value_type = String)]
    kind: BounceKind,
    /// Why, in a word: `recipient_unknown`, `mailbox_full` …
    #[schema(value_type = String)]
    reason: BounceReason,
    /// The address that it counts for.
    email: String,
    /// Where the mail went in the end.
    final_email: String,
    /// Whether nobody but the receiving side can have said it: only then it suppresses.
    trusted: bool,
    /// What it counts as for the address: a broken forwarding is not the address's death.
    #[schema(value_type = Option<String>)]
    counts_as: Option<BounceKind>,
    /// When it happened, as far as that is told.
    occurred_at: DateTime<Utc>,
    /// When we heard of it.
    created_at: DateTime<Utc>,
    /// How: `smtp`, `imap`, `pop3`, `webhook` or `relay`.
    #[schema(value_type = String)]
    road: Road,
    /// Which mailbox, webhook or relay.
    source: String,
    /// How its message was found: `token`, `message_id`, `relay` or `recipient`; `null`: it was not.
    #[schema(value_type = Option<String>)]
    matched_by: Option<MatchedBy>,
    /// The message, `msg_…`: for an email of one recipient, the email's id.
    message_id: Option<String>,
    /// Its campaign.
    #[schema(value_type = Option<uuid::Uuid>)]
    campaign_id: Option<CampaignId>,
    /// Its contact.
    #[schema(value_type = Option<uuid::Uuid>)]
    contact_id: Option<ContactId>,
    /// The reply code (RFC 5321).
    code: Option<i16>,
    /// The enhanced status code (RFC 3463).
    enhanced_code: Option<String>,
    /// What was replied.
    reply: String,
    /// The server that reports.
    reporting_mta: String,
    /// The server that refused.
    remote_mta: String,
    /// Whether the mail that says so can be had.
    has_mail: bool,
}

impl From<Bounce> for Shown {
    fn from(bounce: Bounce) -> Self {
        Self {
            object: "bounce",
            id: bounce.id,
            kind: bounce.kind,
            reason: bounce.reason,
            email: bounce.address,
            final_email: bounce.final_address,
            trusted: bounce.trusted,
            counts_as: bounce.counts_as,
            occurred_at: bounce.at,
            created_at: bounce.id.made_at(),
            road: bounce.road,
            source: bounce.source,
            matched_by: bounce.matched_by,
            message_id: bounce.message.map(|id| format!("msg_{}", id.0.simple())),
            campaign_id: bounce.campaign,
            contact_id: bounce.contact,
            code: bounce.reply_code,
            enhanced_code: bounce.enhanced_code,
            reply: bounce.reply,
            reporting_mta: bounce.reporting_mta,
            remote_mta: bounce.remote_mta,
            has_mail: bounce.mail.is_some(),
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
    /// `hard`, `soft`, `blocked`, `other`, `complaint`, `delayed`, `auto_reply` or `delivered`.
    kind: Option<String>,
    /// A reason, in a word.
    reason: Option<String>,
    /// The beginning of the address, or `@` and a whole domain.
    email: Option<String>,
    /// Of this campaign.
    campaign: Option<String>,
    /// Heard of at this time or later, by ISO 8601.
    from: Option<String>,
    /// Heard of before this time.
    until: Option<String>,
    /// `true`: only those whose message was not found.
    unmatched: Option<String>,
}

/// List bounces
///
/// And complaints, delays, automatic answers; the newest first.
#[utoipa::path(
    get, path = "/bounces", tag = "Bounces", operation_id = "listBounces", params(Wanted),
    responses((status = 200, description = "A page of bounces.", body = Page<Shown>), Usual),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Shown>>> {
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let after = parameter(&mut faults, "after", wanted.after.as_deref(), "is no id of a bounce.");
    let time = "is no time. Write it by ISO 8601, such as `2027-01-31T09:00:00Z`.";
    let filter = Filter {
        kind: parameter(&mut faults, "kind", wanted.kind.as_deref(), "is no kind of bounce."),
        reason: parameter(&mut faults, "reason", wanted.reason.as_deref(), "is no reason of a bounce."),
        address: wanted.email.unwrap_or_default().replace('\0', ""),
        campaign: parameter(&mut faults, "campaign", wanted.campaign.as_deref(), "is no id of a campaign."),
        from: parameter(&mut faults, "from", wanted.from.as_deref(), time),
        until: parameter(&mut faults, "until", wanted.until.as_deref(), time),
        unmatched: parameter(
            &mut faults,
            "unmatched",
            wanted.unmatched.as_deref(),
            "must be `true` or `false`.",
        )
        .unwrap_or(false),
    };
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let position = after.map_or(Position::Start, Position::After);
    let found = returned::listing(&app.db, &filter, position, limit + 1).await?;
    Ok(Json(Page::cut(found, limit)))
}

async fn find(app: &App, text: &str) -> Result<Bounce> {
    let found = match text.parse::<BounceId>() {
        Ok(id) => returned::find(&app.db, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Refusal::not_found("bounce"))
}

/// Retrieve a bounce
#[utoipa::path(
    get, path = "/bounces/{id}", tag = "Bounces", operation_id = "getBounce",
    params(("id" = String, Path, description = "The bounce's id.")),
    responses((status = 200, description = "The bounce.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Shown>> {
    Ok(Json(find(&app, &id).await?.into()))
}

/// Retrieve the mail that a bounce came with
///
/// As it came, byte for byte.
#[utoipa::path(
    get, path = "/bounces/{id}/mail", tag = "Bounces", operation_id = "getBounceMail",
    params(("id" = String, Path, description = "The bounce's id.")),
    responses(
        (status = 200, description = "The mail.", body = String, content_type = "message/rfc822"), Usual, OfOne,
    ),
)]
pub(crate) async fn mail(State(app): State<App>, Path(id): Path<String>) -> Result<Response> {
    let bounce = find(&app, &id).await?;
    let raw = match bounce.mail {
        Some(mail) => returned::raw(&app.db, mail).await?,
        None => None,
    };
    let raw = raw.ok_or_else(|| Refusal::new(Cause::NotFound, "This bounce came without a mail."))?;
    Ok(([(CONTENT_TYPE, "message/rfc822")], raw).into_response())
}
