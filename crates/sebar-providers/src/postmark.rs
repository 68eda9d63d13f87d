//! Postmark's webhooks for bounces and complaints, which bear a token of ours.

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
    if !["Bounce", "SpamComplaint"].contains(&said("RecordType").as_str()) {
        return None;
    }
    let reply = if said("Details").is_empty() { said("Description") } else { said("Details") };
    let facts = Facts {
        id: said("ID"),
        at: happened(&said("BouncedAt"), call.now),
        recipient: said("Email"),
        // Its own id, and ours where a program puts it beside.
        message_ids: vec![text(one, &["Metadata", "message-id"]), said("MessageID")],
        reply,
        ..Facts::default()
    };
    Some(match said("Type").as_str() {
        "HardBounce" => facts.failed(BounceReason::RecipientUnknown),
        "BadEmailAddress" => facts.failed(BounceReason::AddressInvalid),
        "SpamComplaint" => facts.complained(),
        "Transient" => facts.delayed(),
        "AutoResponder" | "ChallengeVerification" => facts.answered(),
        "SoftBounce" => facts.failed(BounceReason::System),
        "DnsError" => facts.failed(BounceReason::Network),
        "ManuallyDeactivated" | "Unsubscribe" | "Unconfirmed" => facts.failed(BounceReason::RelaySuppressed),
        "Blocked" => facts.failed(BounceReason::Policy),
        "SpamNotification" | "VirusNotification" => facts.failed(BounceReason::ContentRefused),
        "DMARCPolicy" => facts.failed(BounceReason::NotAuthenticated),
        "Unknown" => facts.failed(BounceReason::Unknown),
        // Of its own workings, and of addresses that changed.
        _ => return None,
    })
}
