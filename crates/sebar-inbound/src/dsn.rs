//! Delivery status notifications (RFC 3464; RFC 6533 for addresses beyond ASCII).

use sebar_domain::EnhancedCode;

use crate::mime::Headers;
use crate::{address, reply};

/// What became of the message for a recipient (RFC 3464 §2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Failed,
    Delayed,
    /// Delivered, relayed or expanded.
    Delivered,
}

/// The fields about one recipient (RFC 3464 §2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recipient {
    /// `Original-Recipient`: as the sender wrote it.
    pub(crate) original: Option<String>,
    /// `Final-Recipient`: where it went in the end.
    pub(crate) final_recipient: Option<String>,
    pub(crate) action: Option<Action>,
    pub(crate) status: Option<EnhancedCode>,
    /// `Diagnostic-Code` without its type.
    pub(crate) diagnostic: Option<String>,
    /// `Remote-MTA` without its type.
    pub(crate) remote_mta: Option<String>,
}

/// A whole notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notification {
    /// `Reporting-MTA` without its type.
    pub(crate) reporting_mta: Option<String>,
    pub(crate) recipients: Vec<Recipient>,
}

/// How many recipients of a notification are looked at.
const MAX_RECIPIENTS: usize = 1_000;

/// Reads the body of a `message/delivery-status`, or a text that stands for one. Fields of the
/// message and of recipients are told apart by their names: not everybody writes the empty lines.
pub(crate) fn parse(text: &str) -> Notification {
    let mut found = Notification::default();
    let mut current = Recipient::default();
    let mut rest = text.trim_start().as_bytes();
    while !rest.is_empty() && found.recipients.len() < MAX_RECIPIENTS {
        let (fields, body) = Headers::parse(rest);
        for (name, value) in fields.iter() {
            field(&mut found, &mut current, &name.to_ascii_lowercase(), &value);
        }
        finish(&mut found, &mut current);
        // A line that is no field: go on behind it.
        rest = if fields.len() == 0 {
            memchr::memchr(b'\n', body).map_or(&[][..], |end| &body[end + 1..])
        } else {
            body
        };
    }
    found
}

fn field(found: &mut Notification, current: &mut Recipient, name: &str, value: &str) {
    match name {
        "reporting-mta" => found.reporting_mta = found.reporting_mta.take().or_else(|| named(value)),
        "original-recipient" => {
            if current.original.is_some() || current.action.is_some() {
                finish(found, current);
            }
            current.original = recipient(value);
        }
        "final-recipient" => {
            if current.final_recipient.is_some() {
                finish(found, current);
            }
            current.final_recipient = recipient(value);
        }
        // Sendmail: where an alias led to. Of use where Final-Recipient holds no address.
        "x-actual-recipient" if current.final_recipient.is_none() => {
            current.final_recipient = recipient(value);
        }
        "action" => current.action = action(value),
        "status" => {
            current.status = value.split([' ', '(', ';', '\t']).find_map(|word| reply::enhanced(word.trim()));
        }
        "diagnostic-code" => {
            let text = untyped(value);
            match &mut current.diagnostic {
                Some(known) => {
                    known.push(' ');
                    known.push_str(&text);
                }
                None => current.diagnostic = Some(text).filter(|text| !text.is_empty()),
            }
        }
        "remote-mta" => current.remote_mta = named(value),
        _ => {}
    }
}

fn finish(found: &mut Notification, current: &mut Recipient) {
    let done = std::mem::take(current);
    let says_something = done.action.is_some() || done.status.is_some() || done.diagnostic.is_some();
    if says_something || done.original.is_some() || done.final_recipient.is_some() {
        found.recipients.push(done);
    }
}

fn action(value: &str) -> Option<Action> {
    let word = value.trim().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    Some(match word.to_ascii_lowercase().as_str() {
        "failed" | "failure" | "fail" | "bounced" => Action::Failed,
        "delayed" | "delay" | "deferred" => Action::Delayed,
        "delivered" | "relayed" | "expanded" | "deliverable" | "success" => Action::Delivered,
        _ => return None,
    })
}

/// `type; value`: the value. A value without type is taken as it is.
fn untyped(value: &str) -> String {
    let known = |kind: &str| {
        let kind = kind.trim();
        !kind.is_empty()
            && kind.len() <= 24
            && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    match value.split_once(';') {
        Some((kind, rest)) if known(kind) => rest.trim().to_owned(),
        _ => value.trim().to_owned(),
    }
}

fn named(value: &str) -> Option<String> {
    Some(untyped(value))
        .map(|name| name.trim_matches(['<', '>', '"', ' ']).to_owned())
        .filter(|name| !name.is_empty())
}

/// The address of a recipient field: `rfc822; a@b`, `utf-8; ä@b`, `utf-8; \x{e4}@b`.
fn recipient(value: &str) -> Option<String> {
    let text = unescape(&untyped(value));
    address::first(&text).or_else(|| address::x400(&text))
}

/// Undoes `\x{…}` (RFC 6533 §3).
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\x{") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 3..];
        let digits = rest.find('}').filter(|&end| end <= 6);
        match digits.and_then(|end| Some((end, char::from_u32(u32::from_str_radix(&rest[..end], 16).ok()?)?)))
        {
            Some((end, found)) => {
                out.push(found);
                rest = &rest[end + 1..];
            }
            None => out.push_str("\\x{"),
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_told_apart_even_without_empty_lines() {
        let text = "Reporting-MTA: dns; mx.example\nFinal-Recipient: rfc822; a@x.example\nAction: failed\n\
                    Status: 5.1.1\nFinal-Recipient: rfc822;<b@x.example>\nAction: delayed\nStatus: 4.4.1 (later)\n";
        let found = parse(text);
        assert_eq!(found.reporting_mta.as_deref(), Some("mx.example"));
        let told: Vec<_> =
            found.recipients.iter().map(|r| (r.final_recipient.as_deref(), r.action, r.status)).collect();
        let code = |text: &str| text.parse().ok();
        assert_eq!(
            told,
            [
                (Some("a@x.example"), Some(Action::Failed), code("5.1.1")),
                (Some("b@x.example"), Some(Action::Delayed), code("4.4.1")),
            ]
        );
    }

    #[test]
    fn addresses_beyond_ascii_are_read() {
        let found = parse(
            "Final-Recipient: utf-8; j\\x{f6}rg@x.example\nAction: failed\n\nOriginal-Recipient: utf-8;ü@x.example\n",
        );
        assert_eq!(found.recipients[0].final_recipient.as_deref(), Some("jörg@x.example"));
        assert_eq!(found.recipients[1].original.as_deref(), Some("ü@x.example"));
    }

    #[test]
    fn a_diagnostic_goes_over_lines() {
        let found =
            parse("Final-Recipient: rfc822; a@x.example\nDiagnostic-Code: smtp; 550-5.1.1 No\n such; user\n");
        assert_eq!(found.recipients[0].diagnostic.as_deref(), Some("550-5.1.1 No such; user"));
    }
}
