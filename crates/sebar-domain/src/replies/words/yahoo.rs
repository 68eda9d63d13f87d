//! Yahoo and AOL. Their marks in brackets (`[TSS04]`) stay when the sentence behind them changes.

use crate::replies::condition::Condition::{
    self, Greylisted, Listed, MailboxBusy, Passing, Policy, RecipientUnknown, SenderRefused, SystemBusy,
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
    line(&["[tss09]"], Listed),
    line(&["[tss"], Throttled),
    line(&["[ts0"], Throttled),
    line(&["[ipts"], Throttled),
    line(&["[rl"], Throttled),
    line(&["deferred due to unexpected volume or user complaints"], Throttled),
    line(&["deferred due to user complaints"], Throttled),
    line(&["all messages from", "permanently deferred"], Listed),
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
    line(&["[bl2"], Listed),
    line(&["connections will not be accepted from"], Listed),
    line(&["connections not accepted from"], Listed),
    line(&["[ph01]"], Policy),
    line(&["message not accepted for policy reasons"], Policy),
    line(&["unable to fulfil", "dmarc"], Policy),
    line(&["mail from", "not allowed - [10]"], Listed),
];
