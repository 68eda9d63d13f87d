//! What a server's refusal means: the table from reply, enhanced code, words and phase to a
//! [`Condition`], and from there to a [`Verdict`].
//!
//! Read from the most to the least certain, and the first line that applies decides:
//!
//! 1. [`words`]: sentences by which large providers and mail servers are known. A provider's own
//!    words come first because several use the standard's codes for something else.
//! 2. [`codes`]: enhanced codes that say one thing (RFC 3463 and what IANA's registry adds).
//! 3. [`words::common`]: what servers of all kinds commonly say, for replies whose code says little.
//! 4. [`codes`] again: those that only name the subject (`X.1.0`, `X.7.1`).
//! 5. [`plain`]: the three-digit code in its phase (RFC 5321 §4.2.2 and §4.3.2).
//!
//! Addresses are taken out of the text before it is read: `<spam@example.com>: User unknown` says
//! nothing about spam. `docs/replies.md` is this table for readers; a test keeps the two the same.
mod codes;
mod condition;
mod line;
mod plain;
mod words;

use crate::{EnhancedCode, Phase, Reply};

pub use condition::Condition;
pub use line::{Codes, Line, Section};

/// How a refusal was understood.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What it means.
    pub condition: Condition,
    /// The line of the table that decided.
    pub line: &'static Line,
}

impl Reading {
    /// Whether it said so in words, not only by a code.
    pub(crate) fn is_in_words(&self) -> bool {
        !matches!(self.line.section, Section::Registry | Section::Plain)
    }
}

/// Every line of the table, in the order in which they are asked.
pub fn table() -> impl Iterator<Item = &'static Line> {
    let vague = codes::TABLE.iter().filter(|line| line.is_vague());
    let certain = codes::TABLE.iter().filter(|line| !line.is_vague());
    words::PROVIDERS
        .iter()
        .flat_map(|lines| lines.iter())
        .chain(certain)
        .chain(words::COMMON)
        .chain(vague)
        .chain(plain::TABLE)
}

/// Understands a refusal of a command or of the message in its phase.
pub fn read(phase: Phase, reply: &Reply) -> Reading {
    let text = normal(&reply.text);
    let enhanced = reply.enhanced.or_else(|| code_in(reply.code, &reply.text));
    let line = table().find(|line| line.applies(phase, reply.code, enhanced, &text)).unwrap_or(&plain::REST);
    Reading { condition: line.means, line }
}

/// The text in lower case with single spaces, an `@` in place of each address.
fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !normal.is_empty() {
            normal.push(' ');
        }
        if word.contains('@') {
            normal.push('@');
        } else {
            normal.extend(word.chars().map(|c| c.to_ascii_lowercase()));
        }
    }
    normal
}

/// An enhanced code further inside the text, as qmail and others write it: `(#5.1.1)`.
fn code_in(code: u16, text: &str) -> Option<EnhancedCode> {
    text.split('#')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit() && c != '.').next())
        .find_map(|word| word.trim_end_matches('.').parse::<EnhancedCode>().ok())
        .filter(|enhanced| u16::from(enhanced.class) == code / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_line_ends_are_no_part_of_what_is_said() {
        assert_eq!(normal("<Spam@X.example>:\nUser  UNKNOWN"), "@ user unknown");
    }

    #[test]
    fn a_code_behind_a_hash_counts_when_it_agrees() {
        let found = |code, text| code_in(code, text).map(|code| code.to_string());
        assert_eq!(
            found(511, "sorry, no mailbox here by that name (#5.1.1 - chkuser)").as_deref(),
            Some("5.1.1")
        );
        assert_eq!(found(550, "#5.1.0 Address rejected.").as_deref(), Some("5.1.0"));
        assert_eq!(found(450, "#5.1.0 Address rejected."), None);
        assert_eq!(found(550, "bug #512 # 5.1.1"), None);
    }
}
