//! Finds the delivery status in a mail, wherever it stands.

use crate::dsn::{self, Notification};
use crate::mime::{Part, parse};

/// The delivery status of a mail: in its part (RFC 3464, RFC 6533), or in a text where MIME was lost.
pub(crate) fn find(mail: &Part<'_>) -> Option<Notification> {
    let parts = mail.walk();
    let own = parts.iter().filter(|part| is_status(part.essence())).map(|part| dsn::parse(&part.text()));
    let mut found = Notification::default();
    for mut notification in own {
        found.reporting_mta = found.reporting_mta.or(notification.reporting_mta);
        found.recipients.append(&mut notification.recipients);
    }
    if !found.recipients.is_empty() {
        return Some(found);
    }
    let texts = parts.iter().filter(|part| part.parts.is_empty() && !part.is_message_header());
    texts
        .filter(|part| {
            part.essence().starts_with("text/")
                || part.essence().starts_with("multipart/")
                || part.essence().starts_with("application/")
        })
        .find_map(|part| in_text(&part.text()))
}

/// A mail that is nothing but a wrapping around a notification: forwarded as it came.
pub(crate) fn wrapped<'a>(mail: &'a Part<'a>) -> Option<&'a Part<'a>> {
    mail.walk()
        .into_iter()
        .filter(|part| part.is_message())
        .filter_map(|part| part.parts.first())
        .find(|inner| inner.walk().iter().any(|part| is_status(part.essence())))
}

fn is_status(essence: &str) -> bool {
    matches!(essence, "message/delivery-status" | "message/global-delivery-status")
}

/// The fields of a notification among the lines of a text.
fn in_text(text: &str) -> Option<Notification> {
    let at =
        line_beginning(text, "final-recipient:").or_else(|| line_beginning(text, "original-recipient:"))?;
    // The recipient's group may begin before: with Original-Recipient, or the message's with Reporting-MTA.
    let begin = line_beginning(text, "reporting-mta:").filter(|&begin| begin < at).unwrap_or(at);
    let end = text[at..].find("\n--").map_or(text.len(), |end| at + end);
    let found = dsn::parse(text.get(begin..end)?);
    found
        .recipients
        .iter()
        .any(|recipient| recipient.action.is_some() || recipient.status.is_some())
        .then_some(found)
}

fn line_beginning(text: &str, name: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(5_000) {
        let begin = line.trim_start();
        if begin.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// Whether a mail reports that it was read or not (RFC 8098).
pub(crate) fn is_disposition(mail: &Part<'_>) -> Option<bool> {
    let part = mail.walk().into_iter().find(|part| part.essence() == "message/disposition-notification")?;
    let text = part.text();
    let inner = parse(text.as_bytes());
    let mut disposition = inner.headers.text("disposition");
    if disposition.is_empty() {
        disposition = text
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("disposition:").map(str::to_owned))
            .unwrap_or_default();
    }
    Some(disposition.to_ascii_lowercase().contains("failed"))
}
