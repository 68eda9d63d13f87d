//! Replies and enhanced status codes, and what each means in its phase.
//!
//! RFC 3463 §3 names the conditions, RFC 5321 §4.2.2 the codes; RFC 7505 and RFC 7372 add to them.
//! Where large providers use a code for something else, their own text decides.

use crate::verdict::{Reason, RelayTrouble, Verdict};
use crate::{EnhancedCode, Phase, Reply};

/// A refusal before any message was begun.
pub(crate) fn judge_relay_reply(phase: Phase, reply: &Reply) -> RelayTrouble {
    match phase {
        Phase::Tls => RelayTrouble::Tls,
        // RFC 4954 §6: 454 is a temporary failure of the login service, not of our password.
        Phase::Auth if reply.is_temporary() => RelayTrouble::Busy,
        Phase::Auth => RelayTrouble::Login,
        _ if needs_login(reply) => RelayTrouble::Login,
        _ if reply.is_temporary() => RelayTrouble::Busy,
        _ => RelayTrouble::Blocked,
    }
}

/// A refusal of MAIL, RCPT, DATA or the message itself. `421` has been dealt with.
pub(crate) fn judge_transaction_reply(phase: Phase, reply: &Reply) -> Verdict {
    if let Some(trouble) = relay_trouble(phase, reply) {
        return Verdict::RelayFault(trouble);
    }
    let reason = reason(phase, reply);
    if reply.is_permanent() { Verdict::Fail(reason) } else { Verdict::Retry(reason) }
}

/// What is the relay's or our own fault, whoever the recipient is.
fn relay_trouble(phase: Phase, reply: &Reply) -> Option<RelayTrouble> {
    let text = reply.text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if needs_login(reply) {
        return Some(RelayTrouble::Login);
    }
    // Amazon SES (454 4.7.0), Gmail (550 5.4.5), Brevo and others.
    if says(&[
        "sending limit",
        "sending quota",
        "message quota",
        "daily quota",
        "sending rate",
        "quota exceeded for sending",
    ]) {
        return Some(if says(&["rate"]) { RelayTrouble::Busy } else { RelayTrouble::Quota });
    }
    // Microsoft 365 (5.7.60, SendAsDenied), Amazon SES (554), Postfix (553 5.7.1 not owned by user).
    if says(&[
        "send as this sender",
        "sendasdenied",
        "bad outbound sender",
        "address is not verified",
        "not owned by user",
        "sender address rejected",
        "sender not allowed",
    ]) {
        return Some(RelayTrouble::SenderRefused);
    }
    if reply.is_permanent()
        && says(&[
            "relay access denied",
            "relaying denied",
            "unable to relay",
            "relay not permitted",
            "relaying not",
            "not permitted to relay",
        ])
    {
        return Some(RelayTrouble::RelayingDenied);
    }
    // X.1.7 and X.1.8 are about the sender's address, in whatever phase they come.
    if let Some(EnhancedCode { subject: 1, detail: 7 | 8, .. }) = reply.enhanced {
        return Some(RelayTrouble::SenderRefused);
    }
    // 4.3.2: the system takes no messages now. 4.4.5 and 4.3.1: congested, out of space (RFC 3463 §3.4).
    if phase == Phase::Mail {
        return match (reply.is_permanent(), reply.enhanced, reply.code) {
            // RFC 1870 §6.1: the announced size is too much; RFC 6531 §3.5: the address is foreign to it.
            (true, Some(EnhancedCode { subject: 3, detail: 4, .. }), _) | (true, None, 552) => None,
            (true, Some(EnhancedCode { subject: 7, .. }), _) => Some(RelayTrouble::Blocked),
            (true, ..) => Some(RelayTrouble::SenderRefused),
            (false, ..) => Some(RelayTrouble::Busy),
        };
    }
    None
}

/// RFC 4954 §6 and RFC 3207 §4: the server wants a login or TLS first, or thinks the login weak.
fn needs_login(reply: &Reply) -> bool {
    matches!(reply.code, 530 | 534 | 535 | 538)
        || matches!(
            reply.enhanced,
            Some(EnhancedCode { class: 5, subject: 7, detail: 8 | 9 | 11 | 57 | 139 })
        )
}

fn reason(phase: Phase, reply: &Reply) -> Reason {
    let text = reply.text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let spam = says(&["spam", "virus", "malware", "phish", "content rejected", "content filter"]);
    if let Some(code) = reply.enhanced {
        match (code.subject, code.detail) {
            (1, 1 | 6) => return Reason::RecipientUnknown,
            (1, 2 | 10) => return Reason::DomainUnknown,
            (1, 3) => return Reason::AddressInvalid,
            (2, 0 | 1) if reply.is_permanent() => return Reason::RecipientUnknown,
            (2, 2) => return Reason::MailboxFull,
            (2, 3) | (3, 4) => return Reason::TooBig,
            // Microsoft's edge says so for recipients that it does not know.
            (4, 1) if reply.is_permanent() && says(&["recipient address rejected"]) => {
                return Reason::RecipientUnknown;
            }
            (4, 4 | 310 | 312) if reply.is_permanent() => return Reason::DomainUnknown,
            // Gmail's 5.7.0 "content presents a potential security issue" and the many spam filters.
            (6, _) => return Reason::ContentRefused,
            (7, _) if spam => return Reason::ContentRefused,
            (7, _) => return Reason::Policy,
            // X.1.0, X.5.x and the rest say too little: the code and the text decide.
            _ => {}
        }
    }
    if reply.is_temporary() {
        return match reply.code {
            452 if phase == Phase::Rcpt && says(&["mailbox", "quota"]) => Reason::MailboxFull,
            _ => Reason::TryLater,
        };
    }
    if spam {
        return Reason::ContentRefused;
    }
    if says(&[
        "blacklist",
        "blocklist",
        "blocked",
        "reputation",
        "banned",
        "dnsbl",
        "rbl",
        "policy",
        "denied",
    ]) {
        return Reason::Policy;
    }
    let bare = reply.enhanced.is_none_or(|code| code.subject == 0 || (code.subject == 1 && code.detail == 0));
    match (phase, reply.code) {
        (Phase::Rcpt, 550 | 551) if bare => Reason::RecipientUnknown,
        (Phase::Rcpt, 553 | 501) if bare => Reason::AddressInvalid,
        (Phase::Rcpt, 552) => Reason::MailboxFull,
        // RFC 7504: this host takes no mail for that domain.
        (Phase::Rcpt, 521 | 556) => Reason::DomainUnknown,
        (_, 552) => Reason::TooBig,
        (Phase::EndOfData, 550 | 554) if bare => Reason::ContentRefused,
        _ => Reason::Refused,
    }
}
