//! What relays' final refusals say of the addresses.

use sebar_domain::id::RelayId;
use sebar_domain::{BounceReason, MatchedBy, Reason, Road};
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
    let reply = attempt.reply.as_ref();
    let reason = match reason {
        Reason::Expired => BounceReason::of_expiry(attempt.phase, reply?)?,
        reason => BounceReason::of_refusal(reason)?,
    };
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

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use sebar_domain::id::MessageId;
    use sebar_domain::{AttemptOutcome, BounceKind, Phase, Reply};
    use sebar_store::record::Attempt;

    use super::*;

    fn expired(outcome: AttemptOutcome, phase: Phase, reply: Option<(u16, &str)>) -> Option<BounceKind> {
        let attempt = Attempt {
            relay: RelayId::new(),
            started_at: Utc::now(),
            duration_ms: 1,
            outcome,
            phase,
            reply: reply.map(|(code, text)| Reply { code, enhanced: None, text: text.to_owned() }),
            fault: String::new(),
        };
        let next = Next::Failed { reason: Reason::Expired, note: None };
        let outcome = Outcome { message: MessageId::new(), next, attempt: Some(attempt) };
        of(&[outcome], |_| "relay".to_owned()).first().map(|bounce| bounce.kind)
    }

    #[test]
    fn what_expired_by_the_relays_own_trouble_says_nothing_of_the_recipient() {
        let retry = AttemptOutcome::Retry;
        for (phase, reply) in [
            (Phase::Connect, None),
            (Phase::EndOfData, None),
            (Phase::Mail, Some((451, "Greylisted, try again later"))),
            (Phase::Rcpt, Some((421, "Service not available"))),
            (Phase::Rcpt, Some((452, "4.3.1 Insufficient system storage"))),
            (Phase::Rcpt, Some((450, "4.7.0 Too many messages, slow down"))),
        ] {
            assert_eq!(expired(retry, phase, reply), None, "{phase} {reply:?}");
        }
        let relaying = (550, "5.7.1 Relaying denied");
        assert_eq!(expired(AttemptOutcome::RelayFault, Phase::Rcpt, Some(relaying)), None);
    }

    #[test]
    fn what_expired_by_the_recipients_answer_counts_for_the_recipient() {
        let expired = |reply| expired(AttemptOutcome::Retry, Phase::Rcpt, Some(reply));
        assert_eq!(expired((452, "4.2.2 Mailbox full")), Some(BounceKind::Soft));
        assert_eq!(expired((450, "4.2.1 Mailbox temporarily unavailable")), Some(BounceKind::Soft));
        assert_eq!(expired((450, "4.1.1 User unknown")), Some(BounceKind::Soft), "never more than that");
    }
}
