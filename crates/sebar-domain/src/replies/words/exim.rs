//! Exim, by the texts of its default configuration and its source.

use crate::replies::condition::Condition::{
    self, ContentRefused, DomainUnknown, HostBlocked, LoginNeeded, Passing, Policy, RecipientUnknown,
    Refused, RelayingDenied, SenderRefused, SystemBusy, TooBigHere,
};
use crate::replies::line::{Codes, Line, Section};

const fn line(says: &'static [&'static str], means: Condition) -> Line {
    Line::words(Section::Exim, says, means)
}

pub(super) const TABLE: &[Line] = &[
    line(&["relay not permitted"], RelayingDenied),
    line(&["incorrect authentication data"], LoginNeeded),
    line(&["sender verify failed"], SenderRefused),
    line(&["could not complete sender verify"], Passing).with(Codes::Reply(&[450, 451])),
    line(&["could not complete recipient verify"], Passing).with(Codes::Reply(&[450, 451])),
    line(&["is in a black list at"], HostBlocked),
    line(&["too many messages in one connection"], Passing),
    line(&["synchronization error"], Refused),
    line(&["space shortage, please try later"], SystemBusy),
    line(&["temporary local problem"], Passing),
    line(&["host lookup did not complete"], Passing),
    line(&["unrouteable address"], RecipientUnknown),
    line(&["unrouteable mail domain"], DomainUnknown),
    line(&["all relevant mx records point to non-existent hosts"], DomainUnknown),
    line(&["lowest numbered mx record points to local host"], DomainUnknown),
    line(&["retry time not reached for any host"], Passing),
    line(&["retry timeout exceeded"], Refused),
    line(&["message size exceeds maximum permitted"], TooBigHere),
    // What cPanel says for whatever it cannot verify.
    line(&["account or domain may not exist"], Refused),
    line(&["this message scored", "points"], ContentRefused),
    line(&["restricted characters in address"], Policy),
    line(&["administrative prohibition"], Policy),
];
