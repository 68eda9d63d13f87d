//! What relays' final refusals say of the addresses.

use sebar_domain::id::RelayId;
use sebar_domain::{BounceReason, MatchedBy, Road};
use sebar_store::blobs::Digest;
use sebar_store::record::{Next, Outcome};
use sebar_store::returned::NewBounce;

/// The bounces among outcomes; `name` is what people call a relay.
pub(crate) fn of(outcomes: &[Outcome], name: impl Fn(RelayId) -> String) -> Vec<NewBounce> {
    outcomes.iter().filter_map(|outcome| one(outcome, &name)).collect()
}

fn one(outcome: &Outcome, name: impl Fn(RelayId) -> String) -> Option<NewBounce> {
    let Next::Failed { reason, .. } = outcome.next else { return None };
    let attempt = outcome.attempt.as_ref()?;
    let reason = BounceReason::of_refusal(reason)?;
    let reply = attempt.reply.as_ref();
    let key = format!("relay {} {}", outcome.message, attempt.started_at.timestamp_micros());
    Some(NewBounce {
        key: Digest::of(key.as_bytes()),
        kind: reason.kind(),
        reason,
        confidence: 100,
        at: attempt.started_at,
        road: Road::Relay,
        source: name(attempt.relay),
        mail: None,
        message: Some((MatchedBy::Relay, outcome.message)),
        quoted: Vec::new(),
        proven: true,
        address: None,
        final_address: None,
        status: reply.and_then(|reply| reply.enhanced),
        reply_code: reply.map(|reply| reply.code),
        reply: reply.map_or(&attempt.fault, |reply| &reply.text).clone(),
        reporting_mta: String::new(),
        remote_mta: String::new(),
    })
}
