//! Recipients that a text names, each with the words about them.
//!
//! Bounces put an address in a place of its own: alone on a line, in brackets before a colon, behind
//! a label, in a quoted command. An address in the middle of a sentence is weaker, and one that
//! belongs to whoever sent or reports is none at all.

use crate::address::{self, Found};

/// A recipient and the words about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) address: String,
    pub(crate) words: String,
    /// How clearly it is named: 3 in a place of its own, 2 in a quoted reply or behind a word, 1 anywhere.
    pub(crate) weight: u8,
}

/// How many recipients, and how many words about each, are looked at.
const MAX_NAMED: usize = 500;
const MAX_WORDS: usize = 3_000;

/// Finds the recipients that a text names, in their order; of different weights, all.
/// `others` are addresses that are no recipients: of the sender and of the reporter.
pub(crate) fn named(text: &str, others: &dyn Fn(&str) -> bool) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    let mut current: Option<usize> = None;
    let mut after_gap = true;
    for line in text.lines() {
        for one in address::all(line, 20) {
            if others(&one.address) || found.len() >= MAX_NAMED {
                continue;
            }
            let weight = weight(line, &one);
            if weight == 0 {
                continue;
            }
            let known = found.iter().position(|named| named.address.eq_ignore_ascii_case(&one.address));
            let index = known.unwrap_or_else(|| {
                found.push(Named { address: one.address.clone(), words: String::new(), weight });
                found.len() - 1
            });
            found[index].weight = found[index].weight.max(weight);
            // Within what is said of a recipient, a reply may name another: where the mail was passed on to.
            let is_within = !after_gap && weight < 3 && current.is_some_and(|index| found[index].weight == 3);
            if is_within && current != Some(index) {
                push(&mut found[index].words, line);
            } else if weight >= 2 || known.is_some() || current.is_none() {
                current = Some(index);
            }
        }
        after_gap = line.trim().is_empty();
        if let Some(index) = current {
            push(&mut found[index].words, line);
        }
    }
    found
}

fn push(words: &mut String, line: &str) {
    if words.len() + line.len() < MAX_WORDS {
        words.push_str(line);
        words.push('\n');
    }
}

/// A recipient that is named without domain, alone on an indented line below one that announces it:
/// providers that report to outside know their users by the local part.
pub(crate) fn local(text: &str, from: &str) -> Vec<Named> {
    let Some(domain) = address::first(from)
        .and_then(|address| address.rsplit_once('@').map(|(_, domain)| domain.to_owned()))
    else {
        return Vec::new();
    };
    let mut announced = false;
    for line in text.lines() {
        let word = line.trim();
        let is_name = line.starts_with([' ', '\t'])
            && (2..=64).contains(&word.len())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+'));
        if announced && is_name {
            return vec![Named { address: format!("{word}@{domain}"), words: text.to_owned(), weight: 3 }];
        }
        if !word.is_empty() {
            announced = word.ends_with(':');
        }
    }
    Vec::new()
}

/// How clearly an address is named by its place in the line.
fn weight(line: &str, found: &Found) -> u8 {
    let before = line[..found.from].trim_end_matches(['<', '"', '\'', '(', '[', ' ', '\t', ':', '=']);
    let before = before
        .trim_start_matches([' ', '\t', '*', '-', '•', '·', '>', '|', '<', '(', '"', '\'', '#', '.'])
        .trim();
    let before = before.trim_end_matches([';', ',']).to_lowercase();
    let after =
        line[found.to..].trim_start_matches(['>', '"', '\'', ')', ']', ' ', '\t', ',', ';', '.', '<']);
    let after = after.to_lowercase();
    if before.is_empty() {
        let own = after.is_empty()
            || after.starts_with([':', '(', '-', '–', '|'])
            || line[found.to..].starts_with("...")
            || line[found.to..].starts_with(">...");
        return if own || line[..found.from].trim().is_empty() { 3 } else { 2 };
    }
    if is_label_of_sender(&before) {
        return 0;
    }
    // Behind a code it is what another server said.
    let begins_with_code = before.bytes().take(3).filter(u8::is_ascii_digit).count() == 3;
    let has_code = before
        .split_whitespace()
        .any(|word| word.len() >= 3 && word.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'));
    if LABELS.iter().any(|label| before.ends_with(label)) && (begins_with_code || !has_code) {
        return 3;
    }
    // Sendmail: 550 5.1.1 <a@x>... User unknown. Deeper in a line it is another server's word.
    if !line.starts_with([' ', '\t']) && line[found.to..].trim_start_matches('>').starts_with("... ") {
        return 3;
    }
    if has_code || WORDS.iter().any(|word| before.ends_with(word)) || before.split_whitespace().count() <= 1 {
        return 2;
    }
    1
}

/// What stands before a recipient's address in lists and quoted commands.
const LABELS: &[&str] = &[
    "recipient",
    "recipients",
    "recipient(s)",
    "rcpt to",
    "rcpt",
    "smtp",
    "rfc822",
    "final-recipient",
    "original-recipient",
    "failed address",
    "failed addresses",
    "failed recipient",
    "failed recipients",
    "address",
    "addresses",
    "e-mail address",
    "email address",
    "to address",
    "envelope to",
    "destination",
    "destinataire",
    "destinatario",
    "destinatário",
    "empfänger",
    "ontvanger",
    "odbiorca",
    "получатель",
    "alıcı",
    "penerima",
    "宛先",
    "あて先",
    "送信先",
    "受信者",
    "收件人",
    "收件者",
    "수신자",
    "받는 사람",
    "user",
    "mailbox",
    "account",
    "utf-8",
    "users",
    "mottagare",
    "modtager",
    "mottaker",
    "vastaanottaja",
    "příjemce",
    "címzett",
];

/// Words before a recipient's address in a sentence.
const WORDS: &[&str] = &[
    "to",
    "for",
    "an",
    "à",
    "a",
    "para",
    "voor",
    "aan",
    "do",
    "кому",
    "для",
    "till",
    "til",
    "kepada",
    "ke",
    "user",
    "address",
    "deliver to",
    "delivering",
    "reach",
    "mailbox",
    "following",
    "from recipient",
    "by",
    "recipient",
    "unknown",
    "invalid",
    "account",
    "host",
    "said",
    "error",
    "at",
];

/// Labels of addresses that are no recipients'.
const SENDERS: &[&str] = &[
    "from",
    "sender",
    "mail from",
    "von",
    "de",
    "da",
    "od",
    "от",
    "reply-to",
    "return-path",
    "absender",
    "expéditeur",
    "remitente",
    "mittente",
    "remetente",
    "afzender",
    "発信者",
    "送信者",
    "差出人",
    "发件人",
    "寄件者",
    "发信人",
    "contact",
    "postmaster",
    "administrator",
    "admin",
    "support",
    "helpdesk",
    "mailto",
    "message-id",
    "id",
];

/// What stands before an address that is no recipient's.
fn is_label_of_sender(before: &str) -> bool {
    let last = before.rsplit([' ', '\t', '(', ',']).next().unwrap_or(before);
    SENDERS.contains(&last) && !before.ends_with("rejected from")
        || before.ends_with("mail from")
        || before.ends_with("contact")
        || before.ends_with("mail to") && before.contains("send")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(String, u8)> {
        named(text, &|address| address.starts_with("me@"))
            .into_iter()
            .map(|named| (named.address, named.weight))
            .collect()
    }

    fn of(address: &str, weight: u8) -> (String, u8) {
        (address.to_owned(), weight)
    }

    #[test]
    fn an_address_in_a_place_of_its_own_is_a_recipient() {
        assert_eq!(told("Sorry.\n<a@x.example>:\nNo such user\n"), [of("a@x.example", 3)]);
        assert_eq!(told("    a@x.example\n      unrouteable\n"), [of("a@x.example", 3)]);
        assert_eq!(told(">>> RCPT To:<a@x.example>\n"), [of("a@x.example", 3)]);
        assert_eq!(told("550 5.1.1 <a@x.example>... User unknown"), [of("a@x.example", 3)]);
        assert_eq!(
            told("You wrote from me@x.example; ask the people at y@x.example there"),
            [of("y@x.example", 2)]
        );
        assert_eq!(told("From: b@x.example\n"), []);
    }

    #[test]
    fn words_belong_to_the_address_above() {
        let found =
            named("<a@x.example>:\n550 No such user\n\n<b@x.example>:\n552 Mailbox full\n", &|_| false);
        assert!(found[0].words.contains("No such") && !found[0].words.contains("full"));
        assert!(found[1].words.contains("full"));
    }
}
