//! Amazon SES.

use crate::replies::condition::Condition::{
    self, AddressInvalid, ContentRefused, LoginNeeded, Passing, QuotaUsedUp, SenderRefused, Suppressed,
    Throttled, TooBigHere,
};
use crate::replies::line::{Line, Section};

const fn line(says: &'static [&'static str], means: Condition) -> Line {
    Line::words(Section::Ses, says, means)
}

pub(super) const TABLE: &[Line] = &[
    line(&["throttling failure", "maximum sending rate exceeded"], Throttled),
    line(&["throttling failure", "daily message quota exceeded"], QuotaUsedUp),
    line(&["throttling failure"], Throttled),
    line(&["too many concurrent smtp connections"], Throttled),
    line(&["temporary service failure"], Passing),
    line(&["timeout waiting for data from client"], Passing),
    line(&["authentication credentials invalid"], LoginNeeded),
    line(&["email address is not verified"], SenderRefused),
    line(&["is not authorized to perform", "ses:"], SenderRefused),
    line(&["sending suspended for this account"], SenderRefused),
    line(&["sending paused for this account"], SenderRefused),
    line(&["configuration set", "sending is paused"], SenderRefused),
    line(&["suppression list"], Suppressed),
    line(&["address blacklisted"], Suppressed),
    line(&["transaction failed", "missing final"], AddressInvalid),
    line(&["domain contains illegal character"], AddressInvalid),
    line(&["local address contains control or whitespace"], AddressInvalid),
    line(&["invalid parameter value", "header"], ContentRefused),
    line(&["message length is more than", "bytes long"], TooBigHere),
];
