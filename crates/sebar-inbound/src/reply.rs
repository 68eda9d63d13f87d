//! Replies of servers as bounces quote them: reply code, enhanced code, words and phase.

use sebar_domain::{EnhancedCode, Phase, Reply};

/// What a bounce quotes of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quoted {
    /// Reply code, enhanced code and words. The code is 0 where none stands there.
    pub(crate) reply: Reply,
    /// In which phase it was said, where it tells.
    pub(crate) phase: Option<Phase>,
    /// Whether a reply code stands in the text.
    pub(crate) has_code: bool,
    /// What whoever refused it said: from the reply code on, without what the reporting system says
    /// around it; the whole text where none is quoted.
    pub(crate) said: String,
    /// Whether the enhanced code stands in the text, and is not the reporting system's own.
    pub(crate) is_code_said: bool,
}

/// The longest text that is looked through for codes.
const MAX_TEXT: usize = 4_000;

/// Reads the words of a bounce about one recipient.
pub(crate) fn read(text: &str) -> Quoted {
    let text = cut(text, MAX_TEXT);
    let (code, after) = reply_code(text);
    let enhanced = after.and_then(|after| in_front(&text[after..])).or_else(|| best(text, code));
    let has_code = code.is_some();
    let said = after.map_or(text, |after| quoted(text, after - 3)).to_owned();
    let code = code.or_else(|| enhanced.map(|enhanced| u16::from(enhanced.class) * 100 + 50)).unwrap_or(0);
    Quoted {
        reply: Reply { code, enhanced, text: text.to_owned() },
        phase: phase(text),
        has_code,
        said,
        is_code_said: true,
    }
}

/// The quoted reply that begins at `from`: to an empty line, or to what the reporting system says
/// behind it. The whole text where the reply has no words of its own, as in `User unknown (550)`.
fn quoted(text: &str, from: usize) -> &str {
    let reply = &text[from..];
    let reply = reply.split("\n\n").next().unwrap_or(reply);
    let end =
        ["(in reply to", "Giving up on", "\n>>>", "\n--> "].iter().filter_map(|word| reply.find(word)).min();
    let reply = &reply[..end.unwrap_or(reply.len())];
    if reply.chars().filter(|c| c.is_alphabetic()).count() < 2 { text } else { reply }
}

/// Cuts a text at a character.
pub(crate) fn cut(text: &str, length: usize) -> &str {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// An enhanced code, with what some write around it; `None` for anything else.
pub(crate) fn enhanced(word: &str) -> Option<EnhancedCode> {
    let word = word.trim_start_matches(['#', '(', '[', '<', '"']);
    let word = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    if !(5..=9).contains(&word.len()) {
        return None;
    }
    word.parse().ok()
}

/// Words with their place in the text.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split([' ', '\t', '\r', '\n', ';', ',', '>', '"', ':', '=', '(', ')'])
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - base, word))
}

/// The reply code and where the text goes on behind it. A code behind a word that announces one
/// counts before one that merely stands there.
fn reply_code(text: &str) -> (Option<u16>, Option<usize>) {
    let mut first: Option<(u16, usize)> = None;
    let mut before = "";
    for (at, word) in words(text) {
        if let Some(code) = code_at(word) {
            let end = at + 3;
            let announced = before.ends_with("said")
                || before.ends_with("response")
                || before.ends_with("<<<")
                || before.ends_with("to")
                || before.ends_with("error")
                || at == 0;
            let has_enhanced = in_front(&text[end..]).is_some();
            if announced || has_enhanced {
                return (Some(code), Some(end));
            }
            // "within 400 days", port numbers: only what could be a refusal at a line's beginning.
            let line_begins = text[..at]
                .trim_end_matches([' ', '\t', '#', '<', '"', '(', '>'])
                .ends_with(['\n', ':', ';', '(', ')', '>', '.']);
            let known = KNOWN.contains(&code);
            if first.is_none() && (line_begins || known) && not_a_number(text, at, end) {
                first = Some((code, end));
            }
        }
        before = word;
    }
    first.unzip()
}

/// Reply codes of refusals that servers use (RFC 5321 §4.2.3, RFC 4954, 7504, 1846).
const KNOWN: &[u16] = &[
    421, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 510, 511, 521, 523, 525, 530, 534, 535, 538, 541,
    550, 551, 552, 553, 554, 555, 556, 557, 559, 570, 571, 577,
];

/// A number with more digits, dots or a unit is no reply code.
fn not_a_number(text: &str, from: usize, to: usize) -> bool {
    let before = text[..from].bytes().next_back();
    let after = text[to..].bytes().next();
    let glued =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'/'));
    let unit = text[to..].trim_start();
    let counts =
        ["bytes", "kb", "mb", "octets", "messages", "seconds", "hours", "days", "characters", "minutes"];
    !glued(before)
        && !glued(after)
        && !counts.iter().any(|word| {
            unit.len() >= word.len()
                && unit.is_char_boundary(word.len())
                && unit[..word.len()].eq_ignore_ascii_case(word)
        })
}

/// `550` or `550-…` or `550_…` or `#550`.
fn code_at(word: &str) -> Option<u16> {
    let bytes = word.as_bytes();
    if bytes.len() < 3 || !matches!(bytes[0], b'4' | b'5') || !bytes[..3].iter().all(u8::is_ascii_digit) {
        return None;
    }
    if bytes.get(3).is_some_and(|next| !matches!(next, b'-' | b'_' | b'#' | b'\'' | b']')) {
        return None;
    }
    // 550-0001 and phone numbers.
    if bytes.get(4).is_some_and(u8::is_ascii_digit) && enhanced(&word[4..]).is_none() {
        return None;
    }
    word[..3].parse().ok()
}

/// An enhanced code right behind a reply code.
fn in_front(text: &str) -> Option<EnhancedCode> {
    let text = text.trim_start_matches([' ', '-', '_', '#', '(', '<', '[', ':', '\'']);
    let word = text.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    enhanced(word)
}

/// The most telling enhanced code in a text: one that agrees with the reply code before others, one
/// that says something before `X.0.0`.
fn best(text: &str, code: Option<u16>) -> Option<EnhancedCode> {
    let mut found: Option<EnhancedCode> = None;
    for (_, word) in words(text) {
        let Some(candidate) = enhanced(word).or_else(|| word.split('#').nth(1).and_then(enhanced)) else {
            continue;
        };
        // Version numbers and addresses are longer; 4.x.y of a product is not before a reply code.
        if candidate.class == 2
            || candidate.subject > 7
            || code.is_some_and(|code| code / 100 != u16::from(candidate.class))
        {
            continue;
        }
        let better = found.is_none_or(|known| known.subject == 0 && candidate.subject != 0);
        if better {
            found = Some(candidate);
        }
    }
    found
}

/// Whether a code about the address, and against it, stands in the text (RFC 3463 §3.2).
pub(crate) fn speaks_against_address(text: &str) -> bool {
    words(cut(text, MAX_TEXT))
        .filter_map(|(_, word)| enhanced(word))
        .any(|code| code.class == 5 && code.subject == 1 && code.detail == 1)
}

/// In which phase it was said: Postfix's and Exim's own words, and the command before a reply.
pub(crate) fn phase(text: &str) -> Option<Phase> {
    let lower = cut(text, MAX_TEXT).to_ascii_lowercase();
    let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
    let table: &[(&[&str], Phase)] = &[
        (
            &[
                "reply to end of data",
                "after end of data",
                "after sending the message body",
                "failed after i sent the message",
                "end of data)",
                "for text command",
            ],
            Phase::EndOfData,
        ),
        (
            &["reply to data", "smtp:data", "after data", "after pipelined data", "for data command"],
            Phase::Data,
        ),
        (
            &[
                "reply to rcpt",
                "smtp:rcpt",
                "after rcpt",
                "rcpt to generated",
                ">>> rcpt",
                "after pipelined rcpt",
                "to rcpt to",
                "does not like recipient",
                "like our rcpt",
                "recipient was rejected",
                "for rcpt command",
            ],
            Phase::Rcpt,
        ),
        (
            &[
                "reply to mail",
                "smtp:mail",
                "after mail from",
                ">>> mail",
                "after pipelined mail",
                "to mail from",
                "sender was rejected",
                "like our mail",
                "for mail from command",
            ],
            Phase::Mail,
        ),
        (
            &[
                "reply to ehlo",
                "reply to helo",
                "after ehlo",
                "after helo",
                ">>> ehlo",
                ">>> helo",
                "my name was rejected",
                "like our ehlo",
                "like our helo",
            ],
            Phase::Ehlo,
        ),
        (
            &["refused to talk to me", "after initial connection", "initial greeting", "but greeting failed"],
            Phase::Greeting,
        ),
    ];
    let found = table
        .iter()
        .find(|(words, _)| words.iter().any(|word| lower.contains(word)))
        .map(|(_, phase)| *phase);
    // A command that stands alone; both together describe an envelope.
    found.or_else(|| match (lower.contains("rcpt to:"), lower.contains("mail from:")) {
        (true, false) => Some(Phase::Rcpt),
        (false, true) => Some(Phase::Mail),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> (u16, Option<String>) {
        let quoted = read(text);
        (quoted.reply.code, quoted.reply.enhanced.map(|code| code.to_string()))
    }

    #[test]
    fn codes_are_found_as_bounces_write_them() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(codes("550 5.1.1 <a@x.example>... User unknown"), (550, some("5.1.1")));
        assert_eq!(
            codes("host mx.example[192.0.2.1] said: 550-5.2.1 The account\n 550 5.2.1 is off"),
            (550, some("5.2.1"))
        );
        assert_eq!(
            codes("Remote host said: 511 sorry, no mailbox here by that name (#5.1.1 - chkuser)"),
            (511, some("5.1.1"))
        );
        assert_eq!(codes("#5.1.2 Bad destination host 'DNS Hard Error'"), (550, some("5.1.2")));
        assert_eq!(
            codes("#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##rfc822;a@x.example"),
            (550, some("5.1.1"))
        );
        assert_eq!(codes("<mx.example #5.7.1 smtp;550 5.7.1 Unable to relay>"), (550, some("5.7.1")));
    }

    #[test]
    fn numbers_that_are_no_codes_are_passed_over() {
        assert_eq!(codes("the message of 550 bytes was larger than allowed by version 4.8.1"), (0, None));
        assert_eq!(codes("Please call 555-0100 between 9 and 5"), (0, None));
        assert_eq!(codes("connect to 192.0.2.1: Connection refused"), (0, None));
    }

    #[test]
    fn the_phase_is_told_by_the_command() {
        let at = |text| read(text).phase;
        assert_eq!(at("550 No (in reply to RCPT TO command)"), Some(Phase::Rcpt));
        assert_eq!(at("SMTP error from remote mail server after end of data: 550"), Some(Phase::EndOfData));
        assert_eq!(at("refused to talk to me: 554 Go away"), Some(Phase::Greeting));
        assert_eq!(at("550 No"), None);
    }
}
