//! Addresses in links: what may stand in them and what they may lead to.

use std::fmt::Write as _;

/// The scheme of an address in lower case, read as browsers do: white space and control
/// characters before and inside it do not hide it.
pub(crate) fn scheme(text: &str) -> Option<String> {
    let mut scheme = String::new();
    for c in text.trim_start_matches(|c: char| c <= ' ').chars() {
        match c {
            '\t' | '\r' | '\n' => {}
            ':' if !scheme.is_empty() => return Some(scheme),
            'a'..='z' | 'A'..='Z' => scheme.push(c.to_ascii_lowercase()),
            '0'..='9' | '+' | '-' | '.' if !scheme.is_empty() => scheme.push(c),
            _ => return None,
        }
    }
    None
}

/// Whether a mail program may be sent to an address of this scheme.
pub(crate) fn is_safe_scheme(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "mailto" | "tel" | "sms" | "geo" | "whatsapp" | "tg" | "cid")
}

/// Percent-encodes everything but the unreserved characters (RFC 3986 §2.3).
pub(crate) fn escape_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            escape_byte(&mut out, byte);
        }
    }
    out
}

/// Percent-encodes what may not stand in an address at all, and quotes, which could end the
/// attribute that it stands in; leaves its structure alone.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text.trim_matches(|c: char| c <= ' ').as_bytes() {
        match byte {
            b'\t' | b'\r' | b'\n' => {}
            0..=b' ' | b'"' | b'\'' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x7f.. => {
                escape_byte(&mut out, byte);
            }
            _ => out.push(byte.into()),
        }
    }
    out
}

fn escape_byte(out: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(out, "%{byte:02X}");
}

/// The address made fit for an `href`; one that could run a program becomes `#`.
pub(crate) fn safe_href(text: &str) -> String {
    match scheme(text) {
        Some(scheme) if !is_safe_scheme(&scheme) => "#".to_owned(),
        _ => clean(text),
    }
}

/// The address made fit for a redirect: only the web, with a host.
pub(crate) fn web_target(text: &str) -> Option<String> {
    let url = url::Url::parse(&clean(text)).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_cannot_hide() {
        for text in
            ["javascript:a", " JavaScript:a", "java\nscript:a", "\u{1}javascript:a", "java\tscript\r:a"]
        {
            assert_eq!(scheme(text).as_deref(), Some("javascript"), "{text:?}");
            assert_eq!(safe_href(text), "#");
            assert_eq!(web_target(text), None);
        }
        assert_eq!(safe_href("data:text/html,x"), "#");
        assert_eq!(safe_href("vbscript:x"), "#");
        assert_eq!(scheme("/a:b"), None);
        assert_eq!(scheme(":b"), None);
        assert_eq!(scheme("example.com/a"), None);
    }

    #[test]
    fn an_address_keeps_its_structure_and_loses_what_may_not_stand_in_it() {
        assert_eq!(
            safe_href("https://a.example/b c?d=e&f=%20é\"<>"),
            "https://a.example/b%20c?d=e&f=%20%C3%A9%22%3C%3E"
        );
        assert_eq!(escape_query("Budi & Ani/é"), "Budi%20%26%20Ani%2F%C3%A9");
        assert_eq!(
            web_target(" https://bücher.example/a b\n"),
            Some("https://xn--bcher-kva.example/a%20b".into())
        );
        for text in
            ["", "#a", "/a", "example.com", "mailto:a@b.example", "ftp://a.example/", "https://", "http:///"]
        {
            assert_eq!(web_target(text), None, "{text}");
        }
    }
}
