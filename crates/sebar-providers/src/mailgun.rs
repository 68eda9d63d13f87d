//! Mailgun's webhooks. The signature stands in the body and covers time and token, not the event: TLS
//! and the secret of our address keep that.

use sebar_domain::{BounceReason, HookFault};
use serde_json::Value;

use crate::Call;
use crate::event::{Event, Facts};
use crate::json::{happened, parse, text, time};
use crate::proof::{check_hmac, check_time};

pub(crate) fn read(credential: &str, call: &Call<'_>) -> Result<Vec<Event>, HookFault> {
    let body = parse(call.body)?;
    let said = |name: &str| text(&body, &["signature", name]);
    let (timestamp, token, signature) = (said("timestamp"), said("token"), said("signature"));
    if timestamp.is_empty() || token.is_empty() || signature.is_empty() {
        return Err(HookFault::Unsigned);
    }
    check_hmac(credential, &[timestamp.as_bytes(), token.as_bytes()], &signature)?;
    check_time(time(&timestamp), call.now)?;
    let data = body.get("event-data").filter(|data| data.is_object()).ok_or(HookFault::Unreadable)?;
    Ok(event(data, call).into_iter().collect())
}

fn event(data: &Value, call: &Call<'_>) -> Option<Event> {
    let said = |path: &[&str]| text(data, path);
    let status = |name: &str| text(data, &["delivery-status", name]);
    let reply = match status("message") {
        message if message.is_empty() => status("description"),
        message => message,
    };
    let facts = Facts {
        id: said(&["id"]),
        at: happened(&said(&["timestamp"]), call.now),
        recipient: said(&["recipient"]),
        message_ids: vec![said(&["message", "headers", "message-id"])],
        status: status("enhanced-code"),
        code: status("code"),
        reply,
        remote_mta: status("mx-host"),
        ..Facts::default()
    };
    match (said(&["event"]).as_str(), said(&["severity"]).as_str()) {
        ("failed", "permanent") => {
            let reason = said(&["reason"]);
            let says = match reason.as_str() {
                "bounce" | "hardfail" => BounceReason::RecipientUnknown,
                "old" => BounceReason::Expired,
                "espblock" => BounceReason::Policy,
                reason if reason.starts_with("suppress") => BounceReason::RelaySuppressed,
                _ => BounceReason::Unknown,
            };
            Some(facts.failed(says))
        }
        // It goes on trying.
        ("failed", _) => Some(facts.delayed()),
        // Mailgun itself did not take it.
        ("rejected", _) => Some(facts.failed(BounceReason::Policy)),
        ("complained", _) => Some(facts.complained()),
        _ => None,
    }
}
