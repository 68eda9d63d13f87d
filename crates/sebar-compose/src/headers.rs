//! Header fields: encoded (RFC 2047), folded (RFC 5322 §2.2.3), and closed to injection.
//!
//! Every field passes through [`Headers`], which lets no control character through: whatever a
//! name or a subject says, it cannot end its own line.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sebar_domain::Mailbox;

/// Where lines are folded (RFC 5322 §2.1.1 wants them no longer than 78).
const FOLD_AT: usize = 76;
/// An encoded word is at most 75 characters long (RFC 2047 §2), of which 12 are its frame.
const ENCODED_ROOM: usize = 63;

/// A text on one line: control characters and line separators become spaces, runs of spaces one.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let clean = !text.contains(breaks) && !text.contains("  ") && text.trim().len() == text.len();
    if clean {
        return Cow::Borrowed(text);
    }
    let words: Vec<&str> =
        text.split(|c: char| breaks(c) || c == ' ').filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// A block of header fields being written.
pub(crate) struct Headers<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Headers<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// A field whose value we made ourselves; `\n` marks where it is folded.
    pub(crate) fn plain(&mut self, name: &str, value: &str) {
        let mut line = Line::begin(self.out, name);
        for (i, piece) in value.split('\n').enumerate() {
            if i > 0 {
                line.fold();
            }
            line.push(piece);
        }
        line.end();
    }

    /// Free text, as in Subject.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        let mut line = Line::begin(self.out, name);
        line.text(&one_line(text));
        line.end();
    }

    /// A name, which may be empty, and a mailbox: From, To, Reply-To.
    pub(crate) fn mailbox(&mut self, name: &str, phrase: &str, address: &str) {
        let mut line = Line::begin(self.out, name);
        let phrase = one_line(phrase);
        if phrase.is_empty() {
            line.push(address);
        } else {
            line.phrase(&phrase);
            line.word(&format!("<{address}>"));
        }
        line.end();
    }

    /// Several mailboxes, each with a name that may be empty: To and Cc of a mail to several.
    pub(crate) fn mailboxes(&mut self, name: &str, mailboxes: &[Mailbox]) {
        let mut line = Line::begin(self.out, name);
        for (i, mailbox) in mailboxes.iter().enumerate() {
            let comma = if i + 1 < mailboxes.len() { "," } else { "" };
            let phrase = one_line(&mailbox.name);
            if phrase.is_empty() {
                let address = format!("{}{comma}", mailbox.address);
                if i == 0 { line.push(&address) } else { line.word(&address) }
            } else {
                if i > 0 {
                    line.fold();
                }
                line.phrase(&phrase);
                line.word(&format!("<{}>{comma}", mailbox.address));
            }
        }
        line.end();
    }

    /// A field whose name and value a program gave. ASCII stays as it is, for it may have a structure
    /// that encoding would destroy (an address, an id); folded where it has spaces.
    pub(crate) fn given(&mut self, name: &str, value: &str) {
        let mut line = Line::begin(self.out, name);
        let value = one_line(value);
        if value.is_ascii() {
            for (i, word) in value.split(' ').enumerate() {
                if i == 0 { line.push(word) } else { line.word(word) }
            }
        } else {
            line.encoded(&value);
        }
        line.end();
    }

    /// A parameter of a MIME field (`name`, `filename`) on a line of its own, by RFC 2231 §4 where it is
    /// not ASCII.
    pub(crate) fn parameter(out: &mut Vec<u8>, name: &str, value: &str) {
        let value = one_line(value);
        out.extend_from_slice(b"\r\n ");
        if value.is_ascii() {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            out.extend_from_slice(format!("{name}=\"{escaped}\"").as_bytes());
            return;
        }
        out.extend_from_slice(format!("{name}*=utf-8''").as_bytes());
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(byte);
            } else {
                out.extend_from_slice(format!("%{byte:02X}").as_bytes());
            }
        }
    }

    /// A list's name, which may be empty, and its identifier (RFC 2919 §3).
    pub(crate) fn list_id(&mut self, phrase: &str, identifier: &str) {
        let mut line = Line::begin(self.out, "List-Id");
        let phrase = one_line(phrase);
        let identifier = format!("<{identifier}>");
        if phrase.is_empty() {
            line.push(&identifier);
        } else {
            line.phrase(&phrase);
            line.word(&identifier);
        }
        line.end();
    }
}

/// One field; knows how far its line has come.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    column: usize,
}

impl<'a> Line<'a> {
    fn begin(out: &'a mut Vec<u8>, name: &str) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        Self { out, column: name.len() + 2 }
    }

    /// The only way into the field.
    fn push(&mut self, text: &str) {
        self.out.extend(text.bytes().filter(|byte| !byte.is_ascii_control()));
        self.column += text.len();
    }

    fn fold(&mut self) {
        self.out.extend_from_slice(b"\r\n ");
        self.column = 1;
    }

    fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }

    /// A word after a space, on the next line if this one is full.
    fn word(&mut self, word: &str) {
        if self.column + 1 + word.len() > FOLD_AT {
            self.fold();
        } else {
            self.push(" ");
        }
        self.push(word);
    }

    fn text(&mut self, text: &str) {
        let plain = text.is_ascii() && !text.contains("=?") && text.split(' ').all(|word| word.len() < 200);
        if !plain {
            return self.encoded(text);
        }
        for (i, word) in text.split(' ').enumerate() {
            if i == 0 { self.push(word) } else { self.word(word) }
        }
    }

    /// A display name (RFC 5322 `phrase`).
    fn phrase(&mut self, text: &str) {
        let is_atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~ ".contains(&b);
        if !text.is_ascii() || text.contains("=?") || text.len() > 60 {
            self.encoded(text);
        } else if text.bytes().all(is_atom) {
            self.push(text);
        } else {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            self.push(&format!("\"{escaped}\""));
        }
    }

    /// Encoded words, each of whole characters (RFC 2047 §5).
    fn encoded(&mut self, text: &str) {
        let mut rest = text;
        let mut first = true;
        while !rest.is_empty() {
            let room = if first { FOLD_AT.saturating_sub(self.column + 12) } else { ENCODED_ROOM };
            let mut end = (room / 4 * 3).clamp(6, 45).min(rest.len());
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let word = format!("=?utf-8?B?{}?=", STANDARD.encode(&rest[..end]));
            if !first {
                self.fold();
            }
            self.push(&word);
            rest = &rest[end..];
            first = false;
        }
    }
}

#[cfg(test)]
mod tests;
