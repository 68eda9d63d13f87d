//! From what the protocol reports to the words of the domain.

use sebar_domain::{Failure, Verdict};
use sebar_smtp::{Fault, SendError};

/// What follows from a failed delivery; `fresh`: nothing was sent over this connection before.
pub(crate) fn verdict(error: &SendError, fresh: bool) -> Verdict {
    sebar_domain::judge(error.phase, failure(&error.fault), fresh, error.in_doubt())
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
