//! Yahoo and AOL. Their marks in brackets (`[TSS04]`) stay when the sentence behind them changes.

use crate::replies::condition::Condition::{
    self, Greylisted, HostBlocked, MailboxBusy, Passing, Policy, RecipientUnknown, SenderRefused, SystemBusy,
    Throttled,
};
use crate::replies::line::{Line, Section};

const fn line(says: &'static [&'static str], means: Condition) -> Line {
    Line::words(Section::Yahoo, says, means)
}

pub(super) const TABLE: &[Line] = &[
    // Greylisting, by name.
    line(&["[gl01]"], Greylisted),
    // Put off for volume or complaints.
    line(&["[tss09]"], HostBlocked),
    line(&["[tss"], Throttled),
    line(&["[ts0"], Throttled),
    line(&["[ipts"], Throttled),
    line(&["[rl"], Throttled),
    line(&["deferred due to unexpected volume or user complaints"], Throttled),
    line(&["deferred due to user complaints"], Throttled),
    line(&["all messages from", "permanently deferred"], HostBlocked),
    line(&["excessive unknown recipients"], Throttled),
    line(&["resources temporarily not available"], SystemBusy),
    line(&["deferred due to unresolvable", "from domain"], SenderRefused),
    line(&["message temporarily deferred"], Passing),
    // Mailboxes.
    line(&["user is receiving mail too quickly"], MailboxBusy),
    line(&["delivery error", "doesn't have a"], RecipientUnknown),
    line(&["delivery error", "disabled or discontinued"], RecipientUnknown),
    line(&["delivery error", "not active"], RecipientUnknown),
    line(&["mail action aborted, mailbox not found"], RecipientUnknown),
    line(&["cannot be delivered. this mailbox is disabled"], RecipientUnknown),
    line(&["not able to deliver to", "mailbox is not available"], RecipientUnknown),
    // Block lists and policy.
    line(&["[bl2"], HostBlocked),
    line(&["connections will not be accepted from"], HostBlocked),
    line(&["connections not accepted from"], HostBlocked),
    line(&["[ph01]"], Policy),
    line(&["message not accepted for policy reasons"], Policy),
    line(&["unable to fulfil", "dmarc"], Policy),
    line(&["mail from", "not allowed - [10]"], HostBlocked),
];
