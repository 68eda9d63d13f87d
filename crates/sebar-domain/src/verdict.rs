//! What follows from how a delivery ended: for the message, and for the relay.

use crate::replies::{self, Condition};
use crate::text_enum::text_enum;
use crate::{Phase, Reply};

text_enum! {
    /// Why a message is where it is. The word is stored with the message and is its translation key.
    Reason, "reason" {
        /// The recipient's mailbox does not exist, is disabled or has moved (RFC 3463 X.1.1, X.2.1).
        RecipientUnknown = "recipient_unknown",
        /// The recipient's domain does not exist or takes no mail (X.1.2, X.1.10, X.4.4).
        DomainUnknown = "domain_unknown",
        /// The address cannot be delivered to as it is written (X.1.3).
        AddressInvalid = "address_invalid",
        /// The recipient's mailbox is full (X.2.2).
        MailboxFull = "mailbox_full",
        /// The message is larger than the relay or the mailbox takes (X.2.3, X.3.4).
        TooBig = "too_big",
        /// The content was taken for spam or for harmful, or its form was not accepted (X.6.x).
        ContentRefused = "content_refused",
        /// Refused by policy or for our reputation (X.7.x): ours to mend, not the recipient's fault.
        Policy = "policy",
        /// The relay does not send to this address because of its own suppression list.
        RelaySuppressed = "relay_suppressed",
        /// Refused without a reason that we understand.
        Refused = "refused",
        /// The other side asks to try again later.
        TryLater = "try_later",
        /// The connection was lost before the message was handed over.
        ConnectionLost = "connection_lost",
        /// Tried for as long as its stream allows; the last answer is kept with it.
        Expired = "expired",
        /// The message could not be composed: the recipient lacks a value that the content needs.
        ContentFault = "content_fault",
        /// The relay's answer to the whole message never came.
        NoFinalAnswer = "no_final_answer",
        /// The sender that held it died.
        SenderDied = "sender_died",
        /// The address is on the suppression list.
        Suppressed = "suppressed",
        /// The person unsubscribed before it was sent.
        Unsubscribed = "unsubscribed",
        /// The contact was deleted before it was sent.
        ContactDeleted = "contact_deleted",
        /// Its campaign was cancelled.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What is wrong with a relay, for which no recipient is to blame.
    RelayTrouble, "relay trouble" {
        /// The host name has no address.
        Dns = "dns",
        /// Nothing answers there, or not in time.
        Unreachable = "unreachable",
        /// It does not speak SMTP there.
        NotSmtp = "not_smtp",
        /// TLS failed, is not offered, or the certificate is not to be trusted.
        Tls = "tls",
        /// The name or password was not accepted, or a login is missing.
        Login = "login",
        /// The address that hands out access tokens refused ours (RFC 6749 §5.2): connect it again.
        Token = "token",
        /// The address that hands out access tokens does not answer as it should.
        TokenServer = "token_server",
        /// It does not let us send from this address.
        SenderRefused = "sender_refused",
        /// It does not pass mail on for us.
        RelayingDenied = "relaying_denied",
        /// It blocks us by policy.
        Blocked = "blocked",
        /// It wants us to slow down, or is busy.
        Busy = "busy",
        /// Its quota is used up.
        Quota = "quota",
        /// It drops connections again and again.
        Drops = "drops",
        /// Its settings here cannot be used.
        Settings = "settings",
    }
}

/// How a step of a delivery failed, apart from how it came about.
#[derive(Clone, Copy, Debug)]
pub enum Failure<'a> {
    /// The server said no.
    Refused(&'a Reply),
    /// The host's name has no address.
    Dns,
    /// The host does not answer, or not in time, or cannot be reached.
    Unreachable,
    /// The connection broke or fell silent in the middle.
    Lost,
    /// What answered does not speak SMTP.
    NotSmtp,
    /// TLS failed or is not offered.
    Tls,
    /// The server offers no login that we know.
    NoLogin,
    /// The relay's settings here cannot be used.
    Settings,
    /// The message is larger than the server announced to take (RFC 1870).
    TooBig,
    /// An address needs SMTPUTF8 and the server does not offer it (RFC 6531).
    AddressNeedsUtf8,
    /// The message holds octets over 127 and the server does not offer 8BITMIME (RFC 6152).
    NeedsEightBit,
    /// The message's bytes are not fit for any server.
    Unfit,
}

/// What to do after a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: the relay has it.
    Sent,
    /// Try this message again later.
    Retry(Reason),
    /// Try this message again later, and send less over this relay until it takes messages again.
    SlowDown(Reason),
    /// Try this message over another relay, at once; this one goes on with others. If there is no
    /// other: what then.
    OtherRelay(Otherwise),
    /// Never try this message again.
    Fail(Reason),
    /// The relay is at fault: it rests, the message goes back and pays nothing.
    RelayFault(RelayTrouble),
    /// A kept-open connection came to its end before the message was handed over: take a new one
    /// and go on at once.
    Reconnect,
    /// The message may or may not have been taken; nobody can know.
    InDoubt,
}

/// What becomes of a message that its relay will not take, where no other relay may send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// It fails.
    Fail(Reason),
    /// It waits: the relay rests, as after [`Verdict::RelayFault`].
    Rest(RelayTrouble),
}

impl Verdict {
    /// What is wrong with the relay, where the relay rests for it (when no other takes over).
    pub fn relay_trouble(self) -> Option<RelayTrouble> {
        match self {
            Self::RelayFault(trouble) | Self::OtherRelay(Otherwise::Rest(trouble)) => Some(trouble),
            _ => None,
        }
    }
}

/// Judges a delivery that did not end with the relay's `250`.
///
/// `fresh` says that nothing was sent over this connection before: only then does its loss mean
/// anything. `in_doubt` is the protocol's word that the message may have been taken all the same.
/// What refusals mean is looked up in the table of [`replies`].
pub fn judge(phase: Phase, failure: Failure<'_>, fresh: bool, in_doubt: bool) -> Verdict {
    if in_doubt {
        return Verdict::InDoubt;
    }
    let in_transaction = phase >= Phase::Mail;
    match failure {
        Failure::Refused(reply) => refused(phase, reply, fresh),
        Failure::Dns => Verdict::RelayFault(RelayTrouble::Dns),
        Failure::Lost if in_transaction && fresh => Verdict::Retry(Reason::ConnectionLost),
        Failure::Lost if in_transaction => Verdict::Reconnect,
        Failure::Unreachable | Failure::Lost => Verdict::RelayFault(RelayTrouble::Unreachable),
        Failure::NotSmtp => Verdict::RelayFault(RelayTrouble::NotSmtp),
        Failure::Tls => Verdict::RelayFault(RelayTrouble::Tls),
        Failure::NoLogin => Verdict::RelayFault(RelayTrouble::Login),
        Failure::Settings => Verdict::RelayFault(RelayTrouble::Settings),
        Failure::TooBig => Verdict::OtherRelay(Otherwise::Fail(Reason::TooBig)),
        Failure::AddressNeedsUtf8 => Verdict::OtherRelay(Otherwise::Fail(Reason::AddressInvalid)),
        Failure::NeedsEightBit => Verdict::OtherRelay(Otherwise::Fail(Reason::ContentRefused)),
        Failure::Unfit => Verdict::Fail(Reason::ContentRefused),
    }
}

fn refused(phase: Phase, reply: &Reply, fresh: bool) -> Verdict {
    let reading = replies::read(phase, reply);
    // RFC 5321 §3.8: 421 may come at any time, and ends the connection, not the message. Unless it
    // says in words that it means more than this connection, a new one goes on.
    let only_closing =
        reply.code == 421 && (!reading.is_in_words() || reading.condition == Condition::Passing);
    if only_closing && !fresh && phase >= Phase::Mail {
        return Verdict::Reconnect;
    }
    reading.condition.consequence(phase, reply)
}
