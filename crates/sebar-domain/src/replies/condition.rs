use crate::text_enum::text_enum;
use crate::verdict::{Otherwise, Reason, RelayTrouble, Verdict};
use crate::{Phase, Reply};

text_enum! {
    /// What a refusal is about, whoever says it and in whatever code.
    Condition, "condition" {
        /// The mailbox does not exist, is disabled or has moved.
        RecipientUnknown = "recipient_unknown",
        /// The domain does not exist or takes no mail.
        DomainUnknown = "domain_unknown",
        /// The address cannot be delivered to as it is written.
        AddressInvalid = "address_invalid",
        /// The mailbox is full.
        MailboxFull = "mailbox_full",
        /// The mailbox gets too much at the moment, or takes nothing just now.
        MailboxBusy = "mailbox_busy",
        /// The relay will not send to this address because of its own list.
        Suppressed = "suppressed",
        /// The message is larger than the mailbox takes.
        TooBig = "too_big",
        /// The message is larger than this server takes.
        TooBigHere = "too_big_here",
        /// The content was taken for spam or for harmful, or is malformed.
        ContentRefused = "content_refused",
        /// This server lacks what the message needs.
        Incapable = "incapable",
        /// This server takes no address beyond ASCII (RFC 6531).
        NeedsUtf8 = "needs_utf8",
        /// Refused by policy, or because we did not prove who we are (SPF, DKIM, DMARC).
        Policy = "policy",
        /// This server does not let the host that connects to it send.
        HostBlocked = "host_blocked",
        /// The address that mail comes from is on a block list or in bad repute, here or further on.
        Listed = "listed",
        /// We may not send from this address here.
        SenderRefused = "sender_refused",
        /// The server does not pass mail on for us.
        RelayingDenied = "relaying_denied",
        /// It wants a login, or another one.
        LoginNeeded = "login_needed",
        /// It wants an encrypted connection.
        TlsNeeded = "tls_needed",
        /// We are told to slow down.
        Throttled = "throttled",
        /// The relay's quota for us is used up.
        QuotaUsedUp = "quota_used_up",
        /// Greylisting: whoever comes back later is let in.
        Greylisted = "greylisted",
        /// The server has too much to do, or no room.
        SystemBusy = "system_busy",
        /// Something that will pass.
        Passing = "passing",
        /// A refusal that says nothing that we understand.
        Refused = "refused",
    }
}

impl Condition {
    /// What follows from it in this phase.
    pub fn consequence(self, phase: Phase, reply: &Reply) -> Verdict {
        let verdict = match phase {
            Phase::Tls => Verdict::RelayFault(RelayTrouble::Tls),
            Phase::Auth => self.at_login(reply),
            Phase::Mail => self.at_mail(reply),
            Phase::Rcpt | Phase::Data | Phase::EndOfData => self.in_transaction(phase, reply),
            Phase::Connect | Phase::Greeting | Phase::Ehlo | Phase::Quit => self.at_the_door(reply),
        };
        match verdict {
            // RFC 5321 §3.8: the server closes; whoever comes back at once is told the same.
            Verdict::Retry(reason) if reply.code == 421 && self != Self::Greylisted => {
                Verdict::SlowDown(reason)
            }
            verdict => verdict,
        }
    }

    /// What concerns the relay or ourselves in every phase, whoever the recipient is.
    fn anywhere(self) -> Option<Verdict> {
        Some(match self {
            Self::LoginNeeded => Verdict::RelayFault(RelayTrouble::Login),
            Self::TlsNeeded => Verdict::RelayFault(RelayTrouble::Tls),
            Self::QuotaUsedUp => Verdict::RelayFault(RelayTrouble::Quota),
            Self::RelayingDenied => Verdict::OtherRelay(Otherwise::Rest(RelayTrouble::RelayingDenied)),
            Self::SenderRefused => Verdict::OtherRelay(Otherwise::Rest(RelayTrouble::SenderRefused)),
            Self::Throttled => Verdict::SlowDown(Reason::TryLater),
            _ => return None,
        })
    }

    /// Before anything was said about a message.
    fn at_the_door(self, reply: &Reply) -> Verdict {
        match self.anywhere() {
            Some(verdict @ (Verdict::RelayFault(_) | Verdict::SlowDown(_))) => verdict,
            _ if reply.is_permanent() => Verdict::RelayFault(RelayTrouble::Blocked),
            _ => Verdict::SlowDown(Reason::TryLater),
        }
    }

    fn at_login(self, reply: &Reply) -> Verdict {
        match self {
            Self::TlsNeeded => Verdict::RelayFault(RelayTrouble::Tls),
            Self::QuotaUsedUp => Verdict::RelayFault(RelayTrouble::Quota),
            // RFC 4954 §6: 454 is a fault of the login service, not of our password.
            _ if reply.is_temporary() => Verdict::RelayFault(RelayTrouble::Busy),
            _ => Verdict::RelayFault(RelayTrouble::Login),
        }
    }

    /// The sender's address was not accepted: nothing here is about the recipient.
    fn at_mail(self, reply: &Reply) -> Verdict {
        if let Some(verdict) = self.anywhere() {
            return verdict;
        }
        match self {
            // RFC 1870 §6.1: the announced size; RFC 6531 §3.5: the addresses.
            Self::TooBig | Self::TooBigHere if reply.is_permanent() => {
                Verdict::OtherRelay(Otherwise::Fail(Reason::TooBig))
            }
            Self::NeedsUtf8 if reply.is_permanent() => {
                Verdict::OtherRelay(Otherwise::Fail(Reason::AddressInvalid))
            }
            Self::HostBlocked | Self::Listed | Self::Policy if reply.is_permanent() => {
                Verdict::RelayFault(RelayTrouble::Blocked)
            }
            Self::HostBlocked | Self::Listed | Self::Policy => Verdict::SlowDown(Reason::Policy),
            Self::Greylisted => Verdict::Retry(Reason::TryLater),
            Self::SystemBusy if reply.is_permanent() => Verdict::RelayFault(RelayTrouble::Busy),
            _ if reply.is_permanent() => Verdict::OtherRelay(Otherwise::Rest(RelayTrouble::SenderRefused)),
            _ => Verdict::SlowDown(Reason::TryLater),
        }
    }

    fn in_transaction(self, phase: Phase, reply: &Reply) -> Verdict {
        // Our domain could not be looked up just now: nothing to lay the relay off for.
        if self == Self::SenderRefused && reply.is_temporary() {
            return Verdict::Retry(Reason::Policy);
        }
        if let Some(verdict) = self.anywhere() {
            return verdict;
        }
        let ends = |reason| if reply.is_permanent() { Verdict::Fail(reason) } else { Verdict::Retry(reason) };
        let elsewhere = |reason| {
            if reply.is_permanent() {
                Verdict::OtherRelay(Otherwise::Fail(reason))
            } else {
                Verdict::Retry(reason)
            }
        };
        match self {
            Self::RecipientUnknown => ends(Reason::RecipientUnknown),
            Self::DomainUnknown => ends(Reason::DomainUnknown),
            Self::AddressInvalid => ends(Reason::AddressInvalid),
            Self::MailboxFull => ends(Reason::MailboxFull),
            Self::Suppressed => ends(Reason::RelaySuppressed),
            Self::TooBig => ends(Reason::TooBig),
            Self::ContentRefused => ends(Reason::ContentRefused),
            Self::TooBigHere => elsewhere(Reason::TooBig),
            Self::Incapable => elsewhere(Reason::ContentRefused),
            Self::NeedsUtf8 => elsewhere(Reason::AddressInvalid),
            // Servers commonly wait until RCPT to turn a client away (Postfix's smtpd_delay_reject).
            Self::HostBlocked if reply.is_permanent() && phase == Phase::Rcpt => {
                Verdict::OtherRelay(Otherwise::Rest(RelayTrouble::Blocked))
            }
            // A relay that hands on at once also tells what the world thinks of it.
            Self::HostBlocked | Self::Listed if reply.is_permanent() => {
                Verdict::OtherRelay(Otherwise::Fail(Reason::Policy))
            }
            Self::Policy if reply.is_permanent() => Verdict::Fail(Reason::Policy),
            Self::HostBlocked | Self::Listed | Self::Policy => Verdict::SlowDown(Reason::Policy),
            Self::Greylisted => Verdict::Retry(Reason::TryLater),
            Self::SystemBusy if !reply.is_permanent() => Verdict::SlowDown(Reason::TryLater),
            _ if reply.is_permanent() => Verdict::Fail(Reason::Refused),
            _ => Verdict::Retry(Reason::TryLater),
        }
    }
}
