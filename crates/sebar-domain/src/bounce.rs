use crate::text_enum::text_enum;
use crate::verdict::{Failure, Verdict, judge};
use crate::{Phase, Reason, Reply};

text_enum! {
    /// What a mail that came back says about the message that we sent.
    BounceKind, "kind of bounce" {
        /// The address is dead: nobody will ever read mail there.
        Hard = "hard",
        /// It could not be delivered this time: mailbox full, out of service, too big, expired.
        Soft = "soft",
        /// Refused for what was sent, by whom or from where: the sender's to mend.
        Blocked = "blocked",
        /// Not delivered, and it does not say why.
        Other = "other",
        /// The recipient, or the provider for them, calls it spam (RFC 5965).
        Complaint = "complaint",
        /// Not delivered yet; the other side goes on trying (RFC 3464 §2.3.3, `delayed`).
        Delayed = "delayed",
        /// A machine answers in the recipient's name (RFC 3834): it was delivered.
        AutoReply = "auto_reply",
        /// Delivered, relayed, expanded or displayed (RFC 3464 §2.3.3, RFC 8098).
        Delivered = "delivered",
        /// Something else: a person writes, or a machine about other things.
        NotBounce = "not_bounce",
    }
}

impl BounceKind {
    /// Whether the message was not delivered and will not be.
    pub const fn is_bounce(self) -> bool {
        matches!(self, Self::Hard | Self::Soft | Self::Blocked | Self::Other)
    }
}

text_enum! {
    /// Why a message came back. [`Self::kind`] says what that means for the address.
    BounceReason, "reason of a bounce" {
        /// The mailbox does not exist.
        RecipientUnknown = "recipient_unknown",
        /// The recipient has moved (RFC 3463 X.1.6).
        RecipientMoved = "recipient_moved",
        /// The domain does not exist or takes no mail.
        DomainUnknown = "domain_unknown",
        /// The address cannot be delivered to as it is written.
        AddressInvalid = "address_invalid",
        /// The mailbox exists but is out of service: suspended, disabled, not in use.
        MailboxDisabled = "mailbox_disabled",
        /// The mailbox is full.
        MailboxFull = "mailbox_full",
        /// The mailbox gets too much at the moment.
        MailboxBusy = "mailbox_busy",
        /// The recipient's own filter keeps this mail out.
        RecipientFilter = "recipient_filter",
        /// Larger than the server or the mailbox takes.
        TooBig = "too_big",
        /// Tried for as long as the other side tries.
        Expired = "expired",
        /// The recipient's host could not be reached or looked up.
        Network = "network",
        /// The recipient's mail system has a fault.
        System = "system",
        /// Too much at a time from us.
        Throttled = "throttled",
        /// A relay on the way does not send to this address because of its own list.
        RelaySuppressed = "relay_suppressed",
        /// The content was taken for spam or for harmful, or its form was not accepted.
        ContentRefused = "content_refused",
        /// SPF, DKIM or DMARC did not prove who sent it.
        NotAuthenticated = "not_authenticated",
        /// The host or domain that sends is on a block list or in bad repute, or lacks its reverse name.
        Listed = "listed",
        /// The sender's address is not let in.
        SenderRefused = "sender_refused",
        /// A server on the way does not pass it on.
        RelayingDenied = "relaying_denied",
        /// Refused by a policy.
        Policy = "policy",
        /// The servers did not understand each other.
        Protocol = "protocol",
        /// Not delivered, for a reason that is not told or not understood.
        Unknown = "unknown",
    }
}

impl BounceReason {
    /// What follows for the address.
    pub const fn kind(self) -> BounceKind {
        match self {
            Self::RecipientUnknown | Self::RecipientMoved | Self::DomainUnknown | Self::AddressInvalid => {
                BounceKind::Hard
            }
            Self::MailboxDisabled
            | Self::MailboxFull
            | Self::MailboxBusy
            | Self::RecipientFilter
            | Self::TooBig
            | Self::Expired
            | Self::Network
            | Self::System
            | Self::Throttled
            | Self::RelaySuppressed => BounceKind::Soft,
            Self::ContentRefused
            | Self::NotAuthenticated
            | Self::Listed
            | Self::SenderRefused
            | Self::RelayingDenied
            | Self::Policy => BounceKind::Blocked,
            Self::Protocol | Self::Unknown => BounceKind::Other,
        }
    }

    /// What a relay's final refusal says of the address. `None`: it says nothing of it.
    pub const fn of_refusal(reason: Reason) -> Option<Self> {
        Some(match reason {
            Reason::RecipientUnknown => Self::RecipientUnknown,
            Reason::DomainUnknown => Self::DomainUnknown,
            Reason::AddressInvalid => Self::AddressInvalid,
            Reason::MailboxFull => Self::MailboxFull,
            Reason::TooBig => Self::TooBig,
            Reason::ContentRefused => Self::ContentRefused,
            Reason::Policy => Self::Policy,
            Reason::RelaySuppressed => Self::RelaySuppressed,
            Reason::Refused => Self::Unknown,
            _ => return None,
        })
    }

    /// What it says of the address that a message was tried until its time was over, by the relay's last
    /// answer. `None`: that was the relay's own trouble, or ours, and no recipient is to blame.
    pub fn of_expiry(phase: Phase, last: &Reply) -> Option<Self> {
        // Before a recipient was named nothing is about them.
        if phase <= Phase::Mail {
            return None;
        }
        match judge(phase, Failure::Refused(last), true, false) {
            Verdict::Retry(Reason::ContentRefused) => Some(Self::ContentRefused),
            Verdict::Retry(Reason::Policy) => Some(Self::Policy),
            Verdict::Retry(Reason::MailboxFull) => Some(Self::MailboxFull),
            Verdict::Retry(_) => Some(Self::Expired),
            _ => None,
        }
    }
}

text_enum! {
    /// How we heard of a bounce.
    Road, "road" {
        /// A mail at our return path.
        Smtp = "smtp",
        /// A mail in a mailbox (RFC 9051).
        Imap = "imap",
        /// A mail in a mailbox (RFC 1939).
        Pop3 = "pop3",
        /// A call of a provider.
        Webhook = "webhook",
        /// A relay's answer while we sent.
        Relay = "relay",
    }
}

text_enum! {
    /// How it is known which message a bounce is about.
    MatchedBy, "way of matching" {
        /// By the mark in our return path, which nobody can forge.
        Token = "token",
        /// By the Message-ID that it quotes.
        MessageId = "message_id",
        /// The relay said so when it was handed the message.
        Relay = "relay",
        /// It is the only one that went to this address lately: a guess.
        Recipient = "recipient",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_that_the_address_is_dead_is_hard() {
        let hard = BounceReason::ALL.iter().filter(|reason| reason.kind() == BounceKind::Hard);
        let hard: Vec<&str> = hard.map(|reason| reason.as_str()).collect();
        assert_eq!(hard, ["recipient_unknown", "recipient_moved", "domain_unknown", "address_invalid"]);
        assert!(BounceReason::ALL.iter().all(|reason| reason.kind().is_bounce()));
    }
}
