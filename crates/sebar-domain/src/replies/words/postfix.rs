//! Postfix, by its own default texts (`postconf(5)`, `access(5)`, postscreen).

use crate::replies::condition::Condition::{
    self, AddressInvalid, ContentRefused, DomainUnknown, HostBlocked, LoginNeeded, Passing, Policy,
    RecipientUnknown, Refused, RelayingDenied, SenderRefused, SystemBusy, Throttled, TooBigHere,
};
use crate::replies::line::{Codes, Line, Section};

const fn line(says: &'static [&'static str], means: Condition) -> Line {
    Line::words(Section::Postfix, says, means)
}

pub(super) const TABLE: &[Line] = &[
    // What the relay thinks of us.
    line(&["relay access denied"], RelayingDenied),
    line(&["sender address rejected", "not owned by user"], SenderRefused),
    line(&["sender address rejected", "not logged in"], LoginNeeded),
    line(&["sender address rejected"], SenderRefused),
    line(&["client host rejected", "cannot find your"], HostBlocked),
    line(&["client host", "blocked using"], HostBlocked),
    line(&["client host rejected"], HostBlocked),
    line(&["helo command rejected"], HostBlocked),
    line(&["blocked using", "service unavailable"], HostBlocked),
    line(&["too many connections from"], Throttled),
    line(&["error: too many errors"], Passing),
    line(&["error: timeout exceeded"], Passing),
    line(&["all server ports are busy"], SystemBusy),
    line(&["service currently unavailable"], SystemBusy),
    line(&["insufficient system storage"], SystemBusy),
    line(&["queue file write error"], Passing),
    line(&["server configuration problem"], Passing).with(Codes::Reply(&[450, 451])),
    line(&["temporary lookup failure"], Passing),
    line(&["mail system is going down"], Passing),
    // What it thinks of the recipient.
    line(&["user unknown in", "table"], RecipientUnknown),
    line(&["recipient address rejected", "domain not found"], DomainUnknown),
    line(&["recipient address rejected", "need fully-qualified address"], AddressInvalid),
    line(&["recipient address rejected", "undeliverable address"], RecipientUnknown),
    line(&["recipient address rejected", "unverified address"], Passing).with(Codes::Reply(&[450, 451])),
    line(&["recipient address rejected", "malformed dns"], DomainUnknown),
    line(&["domain", "does not accept mail (nullmx)"], DomainUnknown),
    line(&["mail for", "loops back to myself"], Refused),
    line(&["too many hops"], Refused),
    // What it thinks of the message.
    line(&["message size exceeds fixed limit"], TooBigHere),
    line(&["message file too big"], TooBigHere),
    line(&["message content rejected"], ContentRefused),
    line(&["data command rejected"], Policy),
];
