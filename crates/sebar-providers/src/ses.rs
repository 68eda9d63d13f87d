//! Amazon SES's notifications and events, as they lie in the envelopes of SNS.

use chrono::{DateTime, Utc};
use sebar_domain::{BounceReason, HookFault};
use serde_json::Value;

use crate::event::{Event, Facts};
use crate::json::{happened, list, parse, text};

/// What a message of SES says. Those that it sends to try a topic, and events of other kinds, say nothing.
///
/// # Errors
/// When it is in another form.
pub fn read(message: &str, now: DateTime<Utc>) -> Result<Vec<Event>, HookFault> {
    // To a new topic it sends a sentence.
    if message.starts_with("Successfully validated SNS topic") {
        return Ok(Vec::new());
    }
    let body = parse(message.as_bytes())?;
    if !body.is_object() {
        return Err(HookFault::Unreadable);
    }
    let kind = match text(&body, &["notificationType"]) {
        kind if kind.is_empty() => text(&body, &["eventType"]),
        kind => kind,
    };
    match kind.as_str() {
        "Bounce" => Ok(bounces(&body, now)),
        "Complaint" => Ok(complaints(&body, now)),
        "DeliveryDelay" => Ok(delays(&body, now)),
        "" => Err(HookFault::Unreadable),
        _ => Ok(Vec::new()),
    }
}

/// What is common to the recipients of one event, and what is said of one of them.
fn facts(body: &Value, event: &str, one: &Value, now: DateTime<Utc>) -> Facts {
    let said = |name: &str| text(body, &[event, name]);
    let id = match said("feedbackId") {
        id if id.is_empty() => {
            format!("{} {event} {}", text(body, &["mail", "messageId"]), said("timestamp"))
        }
        id => id,
    };
    Facts {
        id,
        at: happened(&said("timestamp"), now),
        recipient: text(one, &["emailAddress"]),
        message_ids: message_ids(body),
        status: text(one, &["status"]),
        reply: text(one, &["diagnosticCode"]).trim_start_matches("smtp;").trim().to_owned(),
        reporting_mta: said("reportingMTA").rsplit(';').next().unwrap_or_default().trim().to_owned(),
        remote_mta: said("remoteMtaIp"),
        ..Facts::default()
    }
}

/// SES gives each mail another Message-ID; ours stands among the headers that it tells.
fn message_ids(body: &Value) -> Vec<String> {
    let headers = list(body, &["mail", "headers"]);
    let ours = headers.iter().find(|header| text(header, &["name"]).eq_ignore_ascii_case("message-id"));
    vec![
        ours.map(|header| text(header, &["value"])).unwrap_or_default(),
        text(body, &["mail", "commonHeaders", "messageId"]),
    ]
}

fn bounces(body: &Value, now: DateTime<Utc>) -> Vec<Event> {
    let kind = text(body, &["bounce", "bounceType"]);
    let sub = text(body, &["bounce", "bounceSubType"]);
    let of = |one: &Value| {
        let facts = facts(body, "bounce", one, now);
        let says = match (kind.as_str(), sub.as_str()) {
            (_, "Suppressed" | "OnAccountSuppressionList" | "UnsubscribedRecipient") => {
                BounceReason::RelaySuppressed
            }
            ("Permanent", _) => BounceReason::RecipientUnknown,
            ("Transient", "MailboxFull") => BounceReason::MailboxFull,
            ("Transient", "MessageTooLarge") => BounceReason::TooBig,
            ("Transient", "ContentRejected" | "AttachmentRejected") => BounceReason::ContentRefused,
            ("Transient", "CustomTimeoutExceeded") => BounceReason::Expired,
            // It calls answers of machines so too: without a reply it tells nothing.
            ("Transient", _) if !facts.reply.is_empty() => BounceReason::System,
            _ => BounceReason::Unknown,
        };
        facts.failed(says)
    };
    list(body, &["bounce", "bouncedRecipients"]).iter().map(of).collect()
}

fn complaints(body: &Value, now: DateTime<Utc>) -> Vec<Event> {
    let said = |name: &str| text(body, &["complaint", name]);
    if said("complaintFeedbackType") == "not-spam" {
        return Vec::new();
    }
    // Not a person's word of now, but SES's list of earlier ones.
    let is_of_list = said("complaintSubType") == "OnAccountSuppressionList";
    let of = |one: &Value| {
        let facts = facts(body, "complaint", one, now);
        if is_of_list { facts.failed(BounceReason::RelaySuppressed) } else { facts.complained() }
    };
    list(body, &["complaint", "complainedRecipients"]).iter().map(of).collect()
}

fn delays(body: &Value, now: DateTime<Utc>) -> Vec<Event> {
    let of = |one: &Value| facts(body, "deliveryDelay", one, now).delayed();
    list(body, &["deliveryDelay", "delayedRecipients"]).iter().map(of).collect()
}
