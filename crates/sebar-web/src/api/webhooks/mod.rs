//! Webhooks: where programs are told of events.

mod calls;
mod change;
mod read;

pub(super) use calls::{__path_calls, __path_replay, __path_test, calls, replay, test};
pub(super) use change::{
    __path_add, __path_change, __path_remove, __path_rotate, add, change, remove, rotate,
};
pub(super) use read::{__path_list, __path_show, list, show};

use chrono::{DateTime, Utc};
use sebar_domain::EventKind;
use sebar_domain::id::WebhookId;
use sebar_store::webhooks::Webhook;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{Refusal, Result};

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct Shown {
    /// Always `webhook`.
    object: &'static str,
    /// Its id.
    id: String,
    /// Where it is called.
    endpoint: String,
    /// What it is for.
    description: String,
    /// What it is told of: `email.sent`, `contact.updated` …
    #[schema(value_type = Vec<String>)]
    events: Vec<EventKind>,
    /// Whether it is told of campaigns' mails too.
    campaigns: bool,
    /// `enabled` or `disabled`.
    status: &'static str,
    /// Why Sebar turned it off: `failing` (for three days) or `gone` (it answered with 410).
    disabled_reason: Option<String>,
    /// Since when calls fail, while they do.
    failing_since: Option<DateTime<Utc>>,
    /// What went wrong last; empty: nothing.
    last_error: String,
    /// When a call went well last.
    last_success_at: Option<DateTime<Utc>>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<Webhook> for Shown {
    fn from(webhook: Webhook) -> Self {
        Self {
            object: "webhook",
            id: webhook.id.to_string(),
            endpoint: webhook.settings.url,
            description: webhook.settings.description,
            events: webhook.settings.events,
            campaigns: webhook.settings.campaigns,
            status: if webhook.enabled { "enabled" } else { "disabled" },
            disabled_reason: webhook.disabled_why,
            failing_since: webhook.failing_since,
            last_error: webhook.fault,
            last_success_at: webhook.succeeded_at,
            created_at: webhook.created_at,
        }
    }
}

/// Reads a webhook's id.
fn id(text: &str) -> Result<WebhookId> {
    text.parse().map_err(|_| Refusal::not_found("webhook"))
}
