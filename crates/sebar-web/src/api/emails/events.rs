//! What became of an email, event by event, under the names that webhooks have for it.

use chrono::{DateTime, Utc};
use sebar_domain::{EventKind, MessageState};
use sebar_store::emails::{Email, Event};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened to an email.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmailEvent)]
pub(crate) struct Shown {
    /// What: `email.accepted`, `email.sent`, `email.bounced`, `email.opened` …
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: EventKind,
    /// When.
    created_at: DateTime<Utc>,
    /// To whose copy.
    recipient: String,
    /// What came back: `hard`, `soft`, `blocked`, `other`, `complaint` or `delayed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bounce_kind: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The reply code (RFC 5321).
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i16>,
    /// The enhanced status code (RFC 3463).
    #[serde(skip_serializing_if = "Option::is_none")]
    enhanced_code: Option<String>,
    /// What the other side said.
    #[serde(skip_serializing_if = "String::is_empty")]
    reply: String,
    /// The link that was followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// What the reader's program calls itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    user_agent: String,
}

impl Shown {
    fn new(kind: EventKind, created_at: DateTime<Utc>, recipient: &str) -> Self {
        Self {
            kind,
            created_at,
            recipient: recipient.to_owned(),
            bounce_kind: None,
            reason: None,
            code: None,
            enhanced_code: None,
            reply: String::new(),
            link: None,
            user_agent: String::new(),
        }
    }
}

/// All that is known of an email, in the order in which it happened.
pub(super) fn of(email: &Email, later: Vec<Event>) -> Vec<Shown> {
    let mut shown = Vec::new();
    for message in &email.messages {
        shown.push(Shown::new(EventKind::EmailAccepted, email.id.made_at(), &message.recipient));
        let ended = match message.state {
            MessageState::Sent => EventKind::EmailSent,
            MessageState::Failed => EventKind::EmailFailed,
            MessageState::Suppressed => EventKind::EmailSuppressed,
            MessageState::Cancelled => EventKind::EmailCancelled,
            MessageState::InDoubt => EventKind::EmailInDoubt,
            MessageState::Queued | MessageState::Claimed => continue,
        };
        if let Some(at) = message.finished_at {
            shown.push(Shown { reason: message.reason.clone(), ..Shown::new(ended, at, &message.recipient) });
        }
    }
    for event in later {
        let kind = match event.kind.as_str() {
            "open" => EventKind::EmailOpened,
            "click" => EventKind::EmailClicked,
            "unsubscribe" => EventKind::EmailUnsubscribed,
            "complaint" => EventKind::EmailComplained,
            "delayed" => EventKind::EmailDelayed,
            "hard" | "soft" | "blocked" | "other" => EventKind::EmailBounced,
            _ => continue,
        };
        let Some(message) = email.messages.iter().find(|message| message.id == event.message) else {
            continue;
        };
        shown.push(Shown {
            bounce_kind: event.reason.is_some().then_some(event.kind),
            reason: event.reason,
            code: event.code,
            enhanced_code: event.enhanced_code,
            reply: event.reply,
            link: event.link,
            user_agent: event.user_agent,
            ..Shown::new(kind, event.at, &message.recipient)
        });
    }
    shown.sort_by_key(|event| event.created_at);
    shown
}
