//! Header fields that a program gives.

use std::collections::BTreeMap;

use crate::api::error::{Cause, Faults};

const MOST: usize = 50;
/// Bytes of a value.
const LONGEST: usize = 2000;
/// A line ends at 998 bytes (RFC 5322 §2.1.1), and is folded only where there is a space.
const LONGEST_WORD: usize = 900;

/// Fields that we write, or that say how the mail came here, in lower case.
const OURS: [&str; 17] = [
    "bcc",
    "cc",
    "date",
    "delivered-to",
    "dkim-signature",
    "from",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "arc-seal",
    "arc-message-signature",
    "authentication-results",
];

/// Names and values, or their faults.
pub(super) fn check(
    faults: &mut Faults,
    headers: Option<&BTreeMap<String, String>>,
) -> Vec<(String, String)> {
    let Some(headers) = headers else { return Vec::new() };
    if headers.len() > MOST {
        let message = format!("are {}; an email may have {MOST} of its own.", headers.len());
        faults.add(Cause::TooManyHeaders, "headers", message);
        return Vec::new();
    }
    for (name, value) in headers {
        if let Some(fault) = fault(name, value) {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            faults.add(Cause::InvalidHeader, format!("headers.{shown}"), fault);
        }
    }
    headers.iter().map(|(name, value)| (name.clone(), value.trim().to_owned())).collect()
}

fn fault(name: &str, value: &str) -> Option<String> {
    // RFC 5322 §2.2: printable ASCII without the colon.
    let is_name =
        !name.is_empty() && name.len() <= 76 && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    let lower = name.to_ascii_lowercase();
    if !is_name {
        return Some(
            "is no name of a header: it may have 76 ASCII characters without spaces and colons.".into(),
        );
    }
    if OURS.contains(&lower.as_str()) || lower.starts_with("content-") {
        let instead = match lower.as_str() {
            "reply-to" => " Use `reply_to`.",
            "to" | "cc" | "bcc" | "from" | "subject" => " Use the field of that name.",
            _ => "",
        };
        return Some(format!("is written by us and cannot be given.{instead}"));
    }
    if value.chars().any(char::is_control) {
        return Some("has a line break or another control character in its value.".into());
    }
    if value.trim().is_empty() {
        return Some("has no value.".into());
    }
    if value.len() > LONGEST || value.split(' ').any(|word| word.len() > LONGEST_WORD) {
        return Some(format!(
            "is too long: {LONGEST} bytes, and {LONGEST_WORD} without a space, are the most."
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_mail_or_is_ours_is_refused() {
        assert_eq!(fault("X-Entity-Ref-ID", "123"), None);
        assert_eq!(fault("List-Unsubscribe", "<https://toko.example/u>"), None);
        for (name, value) in [
            ("X-Note", "a\r\nBcc: b@example.com"),
            ("X-Note", "a\nb"),
            ("X-Note\r\nBcc", "a"),
            ("X Note", "a"),
            ("X-Note:", "a"),
            ("", "a"),
            ("X-Ümlaut", "a"),
            ("From", "a@b.example"),
            ("BCC", "a@b.example"),
            ("Content-Type", "text/html"),
            ("Message-ID", "<a@b>"),
            ("X-Note", " "),
        ] {
            assert!(fault(name, value).is_some(), "{name}: {value}");
        }
        assert!(fault("X-Note", &"x".repeat(901)).is_some());
        assert!(fault("X-Note", &"x ".repeat(1001)).is_some());
    }
}
