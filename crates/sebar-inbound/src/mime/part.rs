//! The tree of parts (RFC 2046).

use std::borrow::Cow;

use super::{Headers, MAX_DEPTH, MAX_PARTS, MAX_TEXT, charset, decode, html};

/// A mail or a part of one.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    /// Its header.
    pub(crate) headers: Headers<'a>,
    /// What follows the header, still encoded.
    pub(crate) body: &'a [u8],
    /// The parts of a multipart; the one mail that a `message/rfc822` holds.
    pub(crate) parts: Vec<Part<'a>>,
    essence: String,
    content_type: String,
}

/// Parses a mail. Anything parses.
pub(crate) fn parse(bytes: &[u8]) -> Part<'_> {
    let mut left = MAX_PARTS;
    read(skip_envelope(bytes), "text/plain", 0, &mut left)
}

/// Passes over empty lines and the line `From …` of an mbox.
fn skip_envelope(bytes: &[u8]) -> &[u8] {
    let begin = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    let bytes = &bytes[begin..];
    let envelope = bytes.starts_with(b"From ") || bytes.starts_with(b">From ");
    if envelope { &bytes[memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1)..] } else { bytes }
}

fn read<'a>(bytes: &'a [u8], default: &str, depth: usize, left: &mut usize) -> Part<'a> {
    *left = left.saturating_sub(1);
    let (headers, body) = Headers::parse(bytes);
    let content_type = headers.text("content-type");
    let essence = essence(&content_type).unwrap_or_else(|| default.to_owned());
    let mut part = Part { headers, body, parts: Vec::new(), essence, content_type };
    if depth >= MAX_DEPTH || *left == 0 {
        return part;
    }
    if part.essence.starts_with("multipart/") {
        let default = if part.essence == "multipart/digest" { "message/rfc822" } else { "text/plain" };
        let boundary = part.parameter("boundary").or_else(|| guess_boundary(body));
        if let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) {
            for piece in split(body, boundary.as_bytes()) {
                if *left == 0 {
                    break;
                }
                part.parts.push(read(piece, default, depth + 1, left));
            }
        }
    } else if part.is_message() && !part.is_encoded() {
        part.parts.push(read(skip_envelope(body), "text/plain", depth + 1, left));
    }
    part
}

/// `type/subtype` in lower case.
fn essence(content_type: &str) -> Option<String> {
    let essence = content_type.split([';', ' ', ',']).next().unwrap_or("").trim().to_ascii_lowercase();
    essence.contains('/').then_some(essence)
}

/// The first line of a multipart's body that looks like a boundary, where the header names none.
fn guess_boundary(body: &[u8]) -> Option<String> {
    let line = body.split(|&byte| byte == b'\n').take(20).find(|line| line.starts_with(b"--"))?;
    String::from_utf8(line[2..].trim_ascii_end().to_vec()).ok()
}

/// The pieces between boundaries (RFC 2046 §5.1.1). The last need not be closed: mail is cut.
fn split<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut begin: Option<usize> = None;
    let mut at = 0;
    while at < body.len() {
        let end = memchr::memchr(b'\n', &body[at..]).map_or(body.len(), |end| at + end + 1);
        let line = &body[at..end];
        if let Some(rest) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary)) {
            let rest = rest.trim_ascii_end();
            if rest.is_empty() || rest == b"--" {
                if let Some(from) = begin.take() {
                    pieces.push(&body[from..at]);
                }
                if rest.is_empty() {
                    begin = Some(end);
                }
                if pieces.len() >= MAX_PARTS {
                    return pieces;
                }
            }
        }
        at = end;
    }
    if let Some(from) = begin.filter(|&from| from < body.len()) {
        pieces.push(&body[from..]);
    }
    pieces
}

impl Part<'_> {
    /// Its media type, `type/subtype` in lower case.
    pub(crate) fn essence(&self) -> &str {
        &self.essence
    }

    /// A parameter of its Content-Type.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.content_type, name)
    }

    /// Whether it is a whole mail (RFC 2046 §5.2.1, RFC 6532 §3.7).
    pub(crate) fn is_message(&self) -> bool {
        matches!(self.essence.as_str(), "message/rfc822" | "message/global" | "message/news")
    }

    /// Whether it is the header of a mail (RFC 3462 §2, RFC 6533 §6).
    pub(crate) fn is_message_header(&self) -> bool {
        matches!(
            self.essence.as_str(),
            "text/rfc822-headers"
                | "text/rfc822-header"
                | "message/global-headers"
                | "message/rfc822-headers"
        )
    }

    fn transfer_encoding(&self) -> String {
        let field = self.headers.text("content-transfer-encoding");
        field.split([';', ' ']).next().unwrap_or("").to_owned()
    }

    fn is_encoded(&self) -> bool {
        let encoding = self.transfer_encoding();
        encoding.eq_ignore_ascii_case("base64") || encoding.eq_ignore_ascii_case("quoted-printable")
    }

    /// Its body without the transfer encoding, cut at [`MAX_TEXT`].
    pub(crate) fn decoded(&self) -> Cow<'_, [u8]> {
        decode::transfer(self.body, &self.transfer_encoding(), MAX_TEXT)
    }

    /// Its body as text, cut at [`MAX_TEXT`]; of HTML the words.
    pub(crate) fn text(&self) -> String {
        let text = charset::to_text(&self.decoded(), self.parameter("charset").as_deref());
        if self.essence == "text/html" { html::to_text(&text) } else { text }
    }

    /// It and all parts in it, in the order of the mail; not those of mails within.
    pub(crate) fn walk(&self) -> Vec<&Self> {
        let mut found = vec![self];
        if !self.is_message() {
            for part in &self.parts {
                found.extend(part.walk());
            }
        }
        found
    }
}

/// `; name=value` or `; name="value"`.
fn parameter(field: &str, name: &str) -> Option<String> {
    let mut rest = field.split_once(';')?.1;
    loop {
        let (key, tail) = rest.split_once('=')?;
        let key = key.rsplit(';').next().unwrap_or(key).trim();
        let tail = tail.trim_start();
        let (value, after) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => tail.split_once(';').unwrap_or((tail, "")),
        };
        // RFC 2231: name*=charset'language'value.
        if key.eq_ignore_ascii_case(name) || key.trim_end_matches('*').eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_quoted_or_not() {
        let field = "multipart/report; report-type=delivery-status;\tboundary=\"a;b=c\"; x=y";
        assert_eq!(parameter(field, "boundary").as_deref(), Some("a;b=c"));
        assert_eq!(parameter(field, "Report-Type").as_deref(), Some("delivery-status"));
        assert_eq!(parameter(field, "x").as_deref(), Some("y"));
        assert_eq!(parameter("text/plain", "charset"), None);
    }

    #[test]
    fn a_cut_multipart_keeps_its_last_part() {
        let mail = parse(
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: text/html\n\ntw",
        );
        let texts: Vec<String> = mail.parts.iter().map(Part::text).collect();
        assert_eq!(texts, ["one\n", "tw"]);
    }

    #[test]
    fn a_boundary_that_no_header_names_is_found() {
        let mail = parse(b"Content-Type: multipart/mixed\n\n--xyz\n\none\n--xyz--\n");
        assert_eq!(mail.parts.len(), 1);
    }

    #[test]
    fn nesting_has_an_end() {
        let mut bytes = Vec::new();
        for _ in 0..5_000 {
            bytes.extend_from_slice(b"Content-Type: message/rfc822\n\n");
        }
        let mut depth = 0;
        let mail = parse(&bytes);
        let mut part = &mail;
        while let Some(inner) = part.parts.first() {
            (part, depth) = (inner, depth + 1);
        }
        assert_eq!(depth, MAX_DEPTH);
    }
}
