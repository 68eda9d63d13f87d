//! From what the protocol reports to the words of the domain.

use sebar_domain::{Failure, RelayTrouble, Verdict};
use sebar_smtp::{Fault, SendError};
use sebar_store::relays::PauseReason;

/// What follows from a failed delivery; `fresh`: nothing was sent over this connection before.
pub(crate) fn verdict(error: &SendError, fresh: bool) -> Verdict {
    sebar_domain::judge(error.phase, failure(&error.fault), fresh, error.in_doubt())
}

/// What is wrong with the relay, where a delivery failed by its fault.
pub(crate) fn trouble(error: &SendError, fresh: bool) -> PauseReason {
    let kind = match verdict(error, fresh) {
        Verdict::SlowDown(_) => RelayTrouble::Busy,
        // Before a message is begun every fault is the relay's.
        verdict => verdict.relay_trouble().unwrap_or(RelayTrouble::Unreachable),
    };
    let reply = error.reply();
    PauseReason {
        kind,
        phase: error.phase,
        code: reply.map(|reply| reply.code),
        text: reply.map_or_else(|| error.fault.to_string(), ToString::to_string),
    }
}

fn failure(fault: &Fault) -> Failure<'_> {
    match fault {
        Fault::Refused(reply) => Failure::Refused(reply),
        Fault::Dns(_) => Failure::Dns,
        Fault::TimedOut | Fault::Closed => Failure::Lost,
        Fault::Io(_) => Failure::Unreachable,
        Fault::Malformed(_) => Failure::NotSmtp,
        Fault::Tls(_) | Fault::StartTlsNotOffered => Failure::Tls,
        Fault::AuthNotOffered { .. } | Fault::Challenge(_) => Failure::NoLogin,
        Fault::TooBig { .. } => Failure::TooBig,
        Fault::SmtpUtf8NotOffered => Failure::AddressNeedsUtf8,
        Fault::EightBitNotOffered => Failure::NeedsEightBit,
        Fault::BareNewline => Failure::Unfit,
        Fault::Settings(_) => Failure::Settings,
    }
}
