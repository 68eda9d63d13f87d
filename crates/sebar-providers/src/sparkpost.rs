//! `SparkPost`'s webhooks: a list of events, each in an envelope of its class, which bear a token of ours.

use sebar_domain::{BounceReason, HookFault};
use serde_json::Value;

use crate::Call;
use crate::event::{Event, Facts};
use crate::json::{happened, objects, parse, text};
use crate::proof::check_token;

pub(crate) fn read(credential: &str, call: &Call<'_>) -> Result<Vec<Event>, HookFault> {
    check_token(call.headers, credential)?;
    let body = parse(call.body)?;
    // A new webhook is tried with an event that says nothing.
    let events = objects(&body)?.into_iter().filter_map(|one| {
        let inside = one.get("msys").and_then(Value::as_object)?;
        inside.values().find_map(|inner| event(inner, call))
    });
    Ok(events.collect())
}

fn event(one: &Value, call: &Call<'_>) -> Option<Event> {
    let said = |name: &str| text(one, &[name]);
    let first = |names: [&str; 2]| if said(names[0]).is_empty() { said(names[1]) } else { said(names[0]) };
    let facts = Facts {
        id: said("event_id"),
        at: happened(&said("timestamp"), call.now),
        recipient: first(["rcpt_to", "raw_rcpt_to"]),
        message_ids: vec![text(one, &["rcpt_meta", "message-id"]), said("message_id")],
        code: said("error_code"),
        reply: first(["raw_reason", "reason"]),
        remote_mta: said("ip_address"),
        ..Facts::default()
    };
    match said("type").as_str() {
        "bounce" | "out_of_band" => Some(match said("bounce_class").as_str() {
            "10" | "30" => facts.failed(BounceReason::RecipientUnknown),
            "20" | "40" | "70" => facts.failed(BounceReason::System),
            "21" => facts.failed(BounceReason::Network),
            "22" => facts.failed(BounceReason::MailboxFull),
            "23" => facts.failed(BounceReason::TooBig),
            "24" => facts.failed(BounceReason::Expired),
            // By its own lists.
            "25" | "26" => facts.failed(BounceReason::RelaySuppressed),
            "50" => facts.failed(BounceReason::Policy),
            "51" => facts.failed(BounceReason::Listed),
            "52" | "53" => facts.failed(BounceReason::ContentRefused),
            "54" => facts.failed(BounceReason::RelayingDenied),
            "60" | "100" => facts.answered(),
            // Somebody subscribes or unsubscribes.
            "80" | "90" => return None,
            _ => facts.failed(BounceReason::Unknown),
        }),
        "delay" => Some(facts.delayed()),
        "policy_rejection" => Some(facts.failed(BounceReason::RelaySuppressed)),
        "spam_complaint" => Some(facts.complained()),
        _ => None,
    }
}
