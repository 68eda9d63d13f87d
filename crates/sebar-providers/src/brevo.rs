//! Brevo's webhooks, one event or many, which bear a token of ours.

use sebar_domain::{BounceReason, HookFault};
use serde_json::Value;

use crate::Call;
use crate::event::{Event, Facts};
use crate::json::{happened, objects, parse, text};
use crate::proof::check_token;

pub(crate) fn read(credential: &str, call: &Call<'_>) -> Result<Vec<Event>, HookFault> {
    check_token(call.headers, credential)?;
    let body = parse(call.body)?;
    Ok(objects(&body)?.into_iter().filter_map(|one| event(one, call)).collect())
}

fn event(one: &Value, call: &Call<'_>) -> Option<Event> {
    let said = |name: &str| text(one, &[name]);
    let first = |names: &[&str]| {
        names.iter().map(|name| said(name)).find(|value| !value.is_empty()).unwrap_or_default()
    };
    let at = first(&["ts_epoch", "ts_event", "ts"]);
    let event = said("event");
    let facts = Facts {
        // `id` is the webhook's own: these tell one event from another.
        id: [&said("message-id"), &event, &at].map(String::as_str).join(" ").trim().to_owned(),
        at: happened(&at, call.now),
        recipient: said("email"),
        message_ids: vec![said("message-id")],
        reply: said("reason"),
        ..Facts::default()
    };
    match event.as_str() {
        "hard_bounce" | "hardBounce" => Some(facts.failed(BounceReason::RecipientUnknown)),
        "invalid_email" | "invalid" => Some(facts.failed(BounceReason::AddressInvalid)),
        "soft_bounce" | "softBounce" => Some(facts.failed(BounceReason::System)),
        "deferred" => Some(facts.delayed()),
        "blocked" => Some(facts.failed(BounceReason::Policy)),
        "error" => Some(facts.failed(BounceReason::Unknown)),
        "spam" | "complaint" => Some(facts.complained()),
        _ => None,
    }
}
