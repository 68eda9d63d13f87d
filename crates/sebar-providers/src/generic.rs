//! Our own form, for whatever else knows what came back: `docs/bounces.md` describes it.

use sebar_domain::{BounceKind, BounceReason, HookFault};
use serde_json::Value;

use crate::Call;
use crate::event::{Event, Facts};
use crate::json::{at, happened, objects, parse, text, time};
use crate::proof::{check_hmac, check_time, check_token, header};

const SIGNATURE: &str = "x-sebar-signature";
const TIMESTAMP: &str = "x-sebar-timestamp";

/// It bears our token, or a signature made with it.
pub(crate) fn read(credential: &str, call: &Call<'_>) -> Result<Vec<Event>, HookFault> {
    match header(call.headers, SIGNATURE) {
        Some(signature) => {
            let timestamp = header(call.headers, TIMESTAMP).ok_or(HookFault::Unsigned)?;
            let signature = signature.strip_prefix("sha256=").unwrap_or(signature);
            check_hmac(credential, &[timestamp.as_bytes(), b".", call.body], signature)?;
            check_time(time(timestamp), call.now)?;
        }
        None => check_token(call.headers, credential)?,
    }
    let body = parse(call.body)?;
    let events = at(&body, &["events"]).unwrap_or(&body);
    objects(events)?.into_iter().map(|one| event(one, call)).collect()
}

/// What somebody writes for us is read strictly: a mistake is told, not passed over.
fn event(one: &Value, call: &Call<'_>) -> Result<Event, HookFault> {
    let said = |name: &str| text(one, &[name]);
    let facts = Facts {
        id: said("id"),
        at: happened(&said("at"), call.now),
        recipient: said("recipient"),
        message_ids: vec![said("message_id")],
        status: said("status"),
        reply: said("reply"),
        ..Facts::default()
    };
    if !facts.recipient.contains('@') {
        return Err(HookFault::Unreadable);
    }
    let kind: BounceKind = said("type").parse().map_err(|_| HookFault::Unreadable)?;
    let says = match kind {
        BounceKind::Complaint => return Ok(facts.complained()),
        BounceKind::Delayed => return Ok(facts.delayed()),
        BounceKind::AutoReply => return Ok(facts.answered()),
        BounceKind::Hard => BounceReason::RecipientUnknown,
        BounceKind::Soft => BounceReason::System,
        BounceKind::Blocked => BounceReason::Policy,
        BounceKind::Other => BounceReason::Unknown,
        BounceKind::Delivered | BounceKind::NotBounce => return Err(HookFault::Unreadable),
    };
    let reason = match said("reason") {
        reason if reason.is_empty() => says,
        reason => {
            let reason: BounceReason = reason.parse().map_err(|_| HookFault::Unreadable)?;
            if reason.kind() == kind { reason } else { return Err(HookFault::Unreadable) }
        }
    };
    Ok(facts.failed(reason))
}
