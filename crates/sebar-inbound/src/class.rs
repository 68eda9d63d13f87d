//! From what a bounce quotes about a recipient to a reason.
//!
//! Asked from the most to the least certain: words that say one thing; the table of live replies
//! (`sebar_domain::replies`) with the code and phase that are quoted; words that tell little.

use sebar_domain::replies::{self, Condition, Section};
use sebar_domain::{BounceReason, EnhancedCode, Phase, Reply};

use crate::reply::{self, Quoted};
use crate::words::{normal, reasons};

/// Why a message came back, and how sure that is (percent).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    pub(crate) reason: BounceReason,
    pub(crate) sure: u8,
    pub(crate) quoted: Quoted,
    /// The code that counts: of the words, else of the notification's `Status`.
    pub(crate) status: Option<EnhancedCode>,
}

/// Reads the words about a recipient, with the `Status` of a notification where there is one.
/// `phase` is what is known of it from elsewhere.
pub(crate) fn read(text: &str, status: Option<EnhancedCode>, phase: Option<Phase>) -> Class {
    let mut quoted = reply::read(text);
    quoted.phase = quoted.phase.or(phase);
    // A code in the words outranks the notification's, unless only the latter says something.
    let code = match (quoted.reply.enhanced, status) {
        (Some(said), Some(field)) if said.subject == 0 && field.subject != 0 => Some(field),
        (said, field) => said.or(field),
    };
    quoted.reply.enhanced = code;
    if quoted.reply.code == 0
        && let Some(code) = code
    {
        quoted.reply.code = u16::from(code.class) * 100 + 50;
    }
    let (reason, sure) = reason(&quoted, &normal(reply::cut(text, MAX_WORDS)));
    Class { reason, sure, quoted, status: code }
}

/// How much of the words is looked at.
const MAX_WORDS: usize = 3_000;

fn reason(quoted: &Quoted, text: &str) -> (BounceReason, u8) {
    let certain = in_words(reasons::CERTAIN, text);
    let by_table = by_table(quoted);
    let (mut reason, mut sure) = match (certain, by_table) {
        (Some(reason), Some((same, _))) if reason == same => (reason, 99),
        (Some(reason), _) => (reason, 90),
        (None, Some((reason, true))) => (reason, 90),
        (None, by_table) => by_weaker_words(by_table.map(|(reason, _)| reason), text),
    };
    if !allowed(reason, quoted.phase) {
        (reason, sure) = (elsewhere(quoted.phase), 60);
    }
    (reason, sure)
}

/// What is left when neither words nor codes are certain.
fn by_weaker_words(vague: Option<BounceReason>, text: &str) -> (BounceReason, u8) {
    if let Some(reason) = in_words(reasons::LIKELY, text) {
        return (reason, 70);
    }
    match vague.filter(|reason| !matches!(reason, BounceReason::Unknown | BounceReason::System)) {
        Some(reason) => (reason, 60),
        None => in_words(reasons::GENERAL, text)
            .or(vague)
            .map_or((BounceReason::Unknown, 40), |reason| (reason, 50)),
    }
}

fn in_words(table: &[reasons::Line], text: &str) -> Option<BounceReason> {
    table
        .iter()
        .find(|(_, phrases)| phrases.iter().any(|phrase| text.contains(phrase)))
        .map(|(reason, _)| *reason)
}

/// What the table of live replies says, and whether by more than a vague code.
fn by_table(quoted: &Quoted) -> Option<(BounceReason, bool)> {
    let Reply { code, enhanced, .. } = quoted.reply;
    if code == 0 {
        return None;
    }
    let reading = replies::read(quoted.phase.unwrap_or(Phase::Rcpt), &quoted.reply);
    let vague = match reading.line.section {
        Section::Plain => true,
        Section::Registry => enhanced.is_some_and(|code| code.detail == 0 || code.subject == 0),
        _ => false,
    };
    // A number alone is a guess where the phase is one.
    if reading.line.section == Section::Plain && quoted.phase.is_none() {
        return Some((temporary(BounceReason::Unknown, code), false));
    }
    Some((temporary(of(reading.condition), code), !vague))
}

fn temporary(reason: BounceReason, code: u16) -> BounceReason {
    if code < 500 && reason == BounceReason::Unknown { BounceReason::System } else { reason }
}

/// A reply before RCPT says nothing about the recipient, and one to the message's content is not
/// about whether the recipient exists.
fn allowed(reason: BounceReason, phase: Option<Phase>) -> bool {
    let about_recipient = reason.kind() == sebar_domain::BounceKind::Hard;
    !about_recipient || matches!(phase, None | Some(Phase::Rcpt))
}

fn elsewhere(phase: Option<Phase>) -> BounceReason {
    match phase {
        Some(Phase::Data | Phase::EndOfData) => BounceReason::RecipientFilter,
        Some(Phase::Mail) => BounceReason::SenderRefused,
        _ => BounceReason::Policy,
    }
}

fn of(condition: Condition) -> BounceReason {
    match condition {
        Condition::RecipientUnknown => BounceReason::RecipientUnknown,
        Condition::DomainUnknown => BounceReason::DomainUnknown,
        Condition::AddressInvalid | Condition::NeedsUtf8 => BounceReason::AddressInvalid,
        Condition::MailboxFull => BounceReason::MailboxFull,
        Condition::MailboxBusy => BounceReason::MailboxBusy,
        Condition::Suppressed => BounceReason::RelaySuppressed,
        Condition::TooBig | Condition::TooBigHere => BounceReason::TooBig,
        Condition::ContentRefused | Condition::Incapable => BounceReason::ContentRefused,
        Condition::Policy | Condition::TlsNeeded | Condition::LoginNeeded => BounceReason::Policy,
        Condition::HostBlocked | Condition::Listed => BounceReason::Listed,
        Condition::SenderRefused => BounceReason::SenderRefused,
        Condition::RelayingDenied => BounceReason::RelayingDenied,
        Condition::Throttled | Condition::QuotaUsedUp | Condition::Greylisted => BounceReason::Throttled,
        Condition::SystemBusy | Condition::Passing => BounceReason::System,
        Condition::Refused => BounceReason::Unknown,
    }
}
