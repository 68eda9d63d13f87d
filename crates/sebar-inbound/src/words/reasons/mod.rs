//! Reasons in the words of bounces: what the table of live replies (`sebar_domain::replies`) has no
//! line for, because only mails say it, or because for bounces the difference matters (a mailbox
//! that is out of service against one that never was).
mod address;
mod general;
mod mailbox;
pub(crate) mod pairs;
mod sender;

use std::sync::LazyLock;

use sebar_domain::BounceReason::{
    self, AddressInvalid, ContentRefused, DomainUnknown, Expired, Listed, MailboxBusy, MailboxDisabled,
    MailboxFull, Network, NotAuthenticated, Policy, RecipientFilter, RecipientMoved, RecipientUnknown,
    RelaySuppressed, RelayingDenied, SenderRefused, System, Throttled, TooBig,
};

use super::Phrases;

/// Phrases, any of which means the reason. The order matters: the first line that applies decides.
pub(crate) struct Table(LazyLock<Vec<(BounceReason, Phrases)>>);

impl Table {
    /// What a text in the form of [`super::normal`] says.
    pub(crate) fn read(&self, text: &str) -> Option<BounceReason> {
        self.0.iter().find(|(_, phrases)| phrases.stand_in(text)).map(|(reason, _)| *reason)
    }
}

fn table(lines: &[(BounceReason, &str)]) -> Vec<(BounceReason, Phrases)> {
    lines.iter().map(|(reason, phrases)| (*reason, Phrases::new(phrases))).collect()
}

/// Words that say one thing, whatever code stands beside them.
pub(crate) static CERTAIN: Table = Table(LazyLock::new(|| {
    table(&[
        (Network, general::LOOK_UP),
        (Throttled, sender::GREYLISTED),
        (System, general::PROGRAM),
        (Policy, sender::CONFIRMATION),
        (MailboxDisabled, mailbox::DISABLED),
        (NotAuthenticated, sender::NOT_AUTHENTICATED),
        (Throttled, sender::TOO_MANY),
        (Listed, sender::LISTED),
        (SenderRefused, sender::REFUSED),
        (RelayingDenied, sender::RELAYING),
        (MailboxFull, mailbox::FULL),
        (MailboxBusy, mailbox::BUSY),
        (DomainUnknown, address::DOMAIN_UNKNOWN),
        (RelaySuppressed, sender::SUPPRESSED),
        (RecipientMoved, address::RECIPIENT_MOVED),
        (RecipientUnknown, address::RECIPIENT_UNKNOWN),
        (TooBig, mailbox::TOO_BIG),
        (ContentRefused, sender::CONTENT),
        (Throttled, sender::THROTTLED),
        (RecipientFilter, mailbox::FILTER),
    ])
}));

/// Words of refusal: they count when no code says one thing.
pub(crate) static LIKELY: Table = Table(LazyLock::new(|| table(&[(Policy, sender::POLICY)])));

/// Words that tell little: they count when no code tells more.
pub(crate) static GENERAL: Table = Table(LazyLock::new(|| {
    table(&[
        (AddressInvalid, general::SYNTAX),
        (Expired, general::EXPIRED),
        (Network, general::NETWORK),
        (System, general::SYSTEM),
    ])
}));

/// Words for the recipient: who refuses with them speaks of nobody else.
pub(crate) static RECIPIENT: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(address::RECIPIENT));
