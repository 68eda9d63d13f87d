//! From what a bounce quotes about a recipient to a reason.
//!
//! Asked from the most to the least certain: words that say one thing; the table of live replies
//! (`sebar_domain::replies`) with the code and phase that are quoted; words that tell little.

use sebar_domain::replies::{self, Condition, Section};
use sebar_domain::{BounceKind, BounceReason, EnhancedCode, Phase, Reply};

use crate::reply::{self, Quoted};
use crate::words::reasons::pairs;
use crate::words::{normal, reasons, without_path};

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
    quoted.is_code_said = quoted.reply.enhanced == code;
    quoted.reply.enhanced = code;
    if quoted.reply.code == 0
        && let Some(code) = code
    {
        quoted.reply.code = u16::from(code.class) * 100 + 50;
    }
    let (reason, sure) = reason(&quoted);
    Class { reason, sure, quoted, status: code }
}

/// What somebody else's words about one recipient say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Why it was not delivered.
    pub reason: BounceReason,
    /// How sure that is, in percent.
    pub sure: u8,
    /// The enhanced status code that counts.
    pub status: Option<EnhancedCode>,
    /// The reply code that stands in the words.
    pub reply_code: Option<u16>,
}

/// Reads what a provider quotes of a server's answer, with the status that it names beside.
pub fn read_reply(words: &str, status: Option<EnhancedCode>) -> Reading {
    let class = read(words, status, None);
    let reply_code = class.quoted.has_code.then_some(class.quoted.reply.code);
    Reading { reason: class.reason, sure: class.sure, status: class.status, reply_code }
}

/// How much of the words is looked at.
const MAX_WORDS: usize = 3_000;

/// By what whoever refused it said; by all words where that says little.
fn reason(quoted: &Quoted) -> (BounceReason, u8) {
    let said = reason_in(quoted, &quoted.said);
    let text = &quoted.reply.text;
    if said.0.kind() != BounceKind::Other && said.1 > 60 || quoted.said.len() == text.len() {
        return said;
    }
    let all = reason_in(quoted, text);
    // What surrounds a refusal speaks of recipients and addresses in any case.
    let is_proof = all.0 != BounceReason::RecipientUnknown || all.1 > 60;
    if all.0.kind() != BounceKind::Other && all.1 > said.1 && is_proof { all } else { said }
}

fn reason_in(quoted: &Quoted, text: &str) -> (BounceReason, u8) {
    use BounceReason::{DomainUnknown, RecipientUnknown};
    // IANA's X.1.6 (moved) and X.7.13 (account disabled) say more than their conditions.
    match quoted.reply.enhanced {
        Some(EnhancedCode { subject: 1, detail: 6, .. }) => return (BounceReason::RecipientMoved, 95),
        Some(EnhancedCode { subject: 7, detail: 13, .. }) => return (BounceReason::MailboxDisabled, 95),
        _ => {}
    }
    // MessageLabs' own code for a recipient who is not registered there.
    if quoted.reply.code == 542 {
        return (BounceReason::RecipientUnknown, 80);
    }
    let paragraphs = reply::cut(text, MAX_WORDS).split("\n\n");
    let words = paragraphs.map(normal).collect::<Vec<_>>().join(" | ");
    let reply = Reply { text: readable(text), ..quoted.reply.clone() };
    let certain = reasons::CERTAIN.read(&words);
    let by_table = by_table(quoted, &reply, &words);
    let (mut reason, sure) = match (certain, by_table) {
        (Some(reason), Some((same, _))) if reason == same => (reason, 99),
        // "Does not exist" is said of domains too; the code tells which.
        (Some(RecipientUnknown), Some((DomainUnknown, true))) if !is_exchange_unknown(quoted) => {
            (DomainUnknown, 90)
        }
        // The reporting system's own code, which it made from the number alone, beside other words.
        (None, Some((RecipientUnknown, true))) if !quoted.is_code_said && quoted.has_code => {
            let passing = || pairs::is_passing(&words).then_some(BounceReason::System);
            let said = pairs::read(&words).or_else(|| reasons::LIKELY.read(&words)).or_else(passing);
            said.map_or((RecipientUnknown, 90), |reason| (reason, 70))
        }
        (Some(reason), _) | (None, Some((reason, true))) => (reason, 90),
        (None, by_table) => by_weaker_words(by_table.map(|(reason, _)| reason), &words),
    };
    // A look-up that may go better another time says nothing final about the domain.
    if reason == BounceReason::DomainUnknown && quoted.reply.enhanced.is_some_and(|code| code.class == 4) {
        reason = BounceReason::Network;
    }
    // A provider's own sentence needs no more.
    if reason == BounceReason::RecipientUnknown && is_known_sentence(quoted, &reply) {
        return (reason, 95);
    }
    let is_said = certain == Some(BounceReason::RecipientUnknown);
    let weighed = by_phase(by_code(by_subject(reason, quoted, &words), quoted, is_said), quoted);
    if weighed == reason { (reason, sure) } else { (weighed, sure.min(70)) }
}

/// X.1.10 is a domain that takes no mail (RFC 7505), and Exchange's unknown recipient.
fn is_exchange_unknown(quoted: &Quoted) -> bool {
    matches!(quoted.reply.enhanced, Some(EnhancedCode { subject: 1, detail: 10, .. }))
}

/// A text for the table of live replies, without the paths of pages that it names.
fn readable(text: &str) -> String {
    text.split_whitespace().map(without_path).collect::<Vec<_>>().join(" ")
}

/// "Does not exist" and "invalid" are said of senders and of hosts too.
fn by_subject(reason: BounceReason, quoted: &Quoted, words: &str) -> BounceReason {
    use BounceReason::{AddressInvalid, DomainUnknown, Listed, RecipientUnknown, SenderRefused};
    if !matches!(reason, RecipientUnknown | DomainUnknown | AddressInvalid)
        || !quoted.has_code
        || !pairs::is_about_sender(words)
    {
        return reason;
    }
    if pairs::is_about_host(words) { Listed } else { SenderRefused }
}

/// That nobody is there needs more than words, because it ends all mail to a person: filters use
/// the same words for what they do not let in. It needs a code about the address (X.1.x), an answer
/// to RCPT, or the reporting system itself as the witness, which then quotes no reply. Of a refusal
/// for the time being it needs both, words and code.
fn by_code(reason: BounceReason, quoted: &Quoted, is_said: bool) -> BounceReason {
    if reason != BounceReason::RecipientUnknown {
        return reason;
    }
    if quoted.reply.code / 100 == 4 {
        let by_code = quoted.reply.enhanced.is_some_and(|code| code.subject == 1);
        return if by_code && is_said { reason } else { BounceReason::RecipientFilter };
    }
    match quoted.reply.enhanced {
        // Details above the registry's are Microsoft's, for what another server said in words.
        Some(EnhancedCode { subject: 1, detail: 0..=99, .. }) => reason,
        _ if quoted.phase == Some(Phase::Rcpt) || !quoted.has_code => reason,
        // X.2.1: the mailbox is there, but closed.
        Some(EnhancedCode { subject: 2, detail: 1, .. }) => BounceReason::MailboxDisabled,
        _ => BounceReason::RecipientFilter,
    }
}

/// An answer before RCPT says nothing about the recipient, and one to the message's content is not
/// about whether the recipient exists.
fn by_phase(reason: BounceReason, quoted: &Quoted) -> BounceReason {
    use BounceReason::{
        AddressInvalid, DomainUnknown, MailboxBusy, MailboxDisabled, MailboxFull, Policy, RecipientFilter,
        RecipientMoved, RecipientUnknown, SenderRefused,
    };
    let about_recipient = matches!(
        reason,
        AddressInvalid
            | DomainUnknown
            | MailboxBusy
            | MailboxDisabled
            | MailboxFull
            | RecipientFilter
            | RecipientMoved
            | RecipientUnknown
    );
    let by_code = quoted.reply.enhanced.is_some_and(|code| code.subject == 1);
    match quoted.phase {
        Some(Phase::Mail) if about_recipient => SenderRefused,
        Some(Phase::Connect | Phase::Greeting | Phase::Ehlo) if about_recipient => Policy,
        Some(Phase::Data | Phase::EndOfData) if reason == RecipientUnknown && !by_code => RecipientFilter,
        _ => reason,
    }
}

/// What is left when neither words nor codes are certain.
fn by_weaker_words(vague: Option<BounceReason>, text: &str) -> (BounceReason, u8) {
    if let Some(reason) = pairs::read(text).or_else(|| reasons::LIKELY.read(text)) {
        return (reason, 70);
    }
    match vague.filter(|reason| !matches!(reason, BounceReason::Unknown | BounceReason::System)) {
        Some(reason) => (reason, 60),
        None => {
            reasons::GENERAL.read(text).or(vague).map_or((BounceReason::Unknown, 40), |reason| (reason, 50))
        }
    }
}

/// What the table of live replies says, and whether by more than a vague code.
fn by_table(quoted: &Quoted, reply: &Reply, words: &str) -> Option<(BounceReason, bool)> {
    let Reply { code, enhanced, .. } = *reply;
    if code == 0 {
        return None;
    }
    let reading = replies::read(quoted.phase.unwrap_or(Phase::Rcpt), reply);
    let section = reading.line.section;
    let vague = match section {
        Section::Plain => true,
        Section::Registry => enhanced.is_some_and(|code| code.detail == 0 || code.subject == 0),
        _ => false,
    };
    // A number alone is a guess where the phase is one.
    if section == Section::Plain && quoted.phase.is_none() {
        return Some((temporary(BounceReason::Unknown, code), false));
    }
    let said = of(reading.condition);
    let reason = if matches!(section, Section::Plain | Section::Registry) {
        by_number(said, section, quoted, words)
    } else {
        temporary(said, code)
    };
    Some((reason, !vague && reason != BounceReason::Unknown))
}

/// What a code alone means for a bounce.
fn by_number(reason: BounceReason, section: Section, quoted: &Quoted, words: &str) -> BounceReason {
    use BounceReason::{
        ContentRefused, Expired, MailboxDisabled, Network, Policy, RecipientFilter, RecipientUnknown, System,
        Throttled, Unknown,
    };
    let code = quoted.reply.code;
    match (reason, quoted.reply.enhanced) {
        // RFC 3463 §3.5: routes and networks; X.4.7 is the time that is up.
        (System | Unknown, Some(EnhancedCode { subject: 4, detail: 7, .. })) => Expired,
        (System | Unknown, Some(EnhancedCode { subject: 4, detail: 1.., .. })) => Network,
        // §3.3: the mailbox is there, but closed, or something else is with it.
        (RecipientUnknown, Some(EnhancedCode { subject: 2, detail: 1, .. })) => MailboxDisabled,
        (RecipientUnknown | ContentRefused, Some(EnhancedCode { subject: 2, .. })) => RecipientFilter,
        (ContentRefused, Some(EnhancedCode { subject: 3, .. })) => System,
        // Policy that may be another one later.
        (Policy, Some(EnhancedCode { class: 4, subject: 7, detail: 0 | 1 })) => Throttled,
        // The door is closed for now; or the mailbox is, by words that know no reason for more.
        (BounceReason::Listed, _) if section == Section::Plain && code < 500 => System,
        (RecipientUnknown, _) if section == Section::Plain && pairs::is_passing(words) => System,
        // A number in answer to RCPT, beside words that do not speak of the recipient, refuses us.
        (RecipientUnknown, _) if section == Section::Plain && !reasons::RECIPIENT.stand_in(words) => Policy,
        // So does any other for good.
        (Unknown, _) if section == Section::Plain && code >= 550 && quoted.phase == Some(Phase::Rcpt) => {
            Policy
        }
        (reason, _) => temporary(reason, code),
    }
}

/// Whether a provider's sentence says that there is no such recipient.
fn is_known_sentence(quoted: &Quoted, reply: &Reply) -> bool {
    let reading = replies::read(quoted.phase.unwrap_or(Phase::Rcpt), reply);
    let of_provider = matches!(
        reading.line.section,
        Section::Gmail | Section::Microsoft | Section::Yahoo | Section::Postfix
    );
    quoted.has_code
        && of_provider
        && !reading.line.says.is_empty()
        && reading.condition == Condition::RecipientUnknown
}

fn temporary(reason: BounceReason, code: u16) -> BounceReason {
    if code < 500 && reason == BounceReason::Unknown { BounceReason::System } else { reason }
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
