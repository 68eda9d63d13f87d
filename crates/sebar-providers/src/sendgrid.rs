//! `SendGrid`'s event webhook, with its signature.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sebar_domain::{BounceReason, HookFault};
use serde_json::Value;

use crate::Call;
use crate::event::{Event, Facts};
use crate::json::{happened, objects, parse, text, time};
use crate::proof::{check_time, header};

const SIGNATURE: &str = "x-twilio-email-event-webhook-signature";
const TIMESTAMP: &str = "x-twilio-email-event-webhook-timestamp";

/// Whether a text is a verification key as `SendGrid` shows it: a public key of P-256 in DER and Base64.
pub fn is_key(text: &str) -> bool {
    key(text).is_some()
}

fn key(text: &str) -> Option<ParsedPublicKey> {
    let der = STANDARD.decode(text.split_whitespace().collect::<String>()).ok()?;
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der).ok()
}

pub(crate) fn read(credential: &str, call: &Call<'_>) -> Result<Vec<Event>, HookFault> {
    let key = key(credential).ok_or(HookFault::BadKey)?;
    let signature = header(call.headers, SIGNATURE).ok_or(HookFault::Unsigned)?;
    let timestamp = header(call.headers, TIMESTAMP).ok_or(HookFault::Unsigned)?;
    let signature = STANDARD.decode(signature).map_err(|_| HookFault::WrongSignature)?;
    let signed = [timestamp.as_bytes(), call.body].concat();
    key.verify_sig(&signed, &signature).map_err(|_| HookFault::WrongSignature)?;
    check_time(time(timestamp), call.now)?;
    let body = parse(call.body)?;
    Ok(objects(&body)?.into_iter().filter_map(|one| event(one, call)).collect())
}

fn event(one: &Value, call: &Call<'_>) -> Option<Event> {
    let said = |name: &str| text(one, &[name]);
    let reply = if said("reason").is_empty() { said("response") } else { said("reason") };
    let facts = Facts {
        id: said("sg_event_id"),
        at: happened(&said("timestamp"), call.now),
        recipient: said("email"),
        message_ids: vec![said("smtp-id")],
        status: said("status"),
        reply,
        remote_mta: said("receiving_ip"),
        ..Facts::default()
    };
    match said("event").as_str() {
        "bounce" if said("type") == "blocked" => Some(facts.failed(BounceReason::Policy)),
        "bounce" => {
            let says = match said("bounce_classification").as_str() {
                "Content" => BounceReason::ContentRefused,
                "Reputation" => BounceReason::Listed,
                "Technical" => BounceReason::System,
                "Frequency or Volume Too High" | "Frequency/Volume" => BounceReason::Throttled,
                "Mailbox Unavailable" => BounceReason::MailboxDisabled,
                "Unclassified" => BounceReason::Unknown,
                _ => BounceReason::RecipientUnknown,
            };
            Some(facts.failed(says))
        }
        // It did not try, because of what it knew before.
        "dropped" => Some(facts.failed(BounceReason::RelaySuppressed)),
        "deferred" => Some(facts.delayed()),
        "spamreport" => Some(facts.complained()),
        _ => None,
    }
}
