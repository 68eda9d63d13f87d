//! Where a text stops speaking for itself and returns the mail that it is about.

/// Splits a text into what it says and what it returns (empty where it returns nothing).
pub(crate) fn split(text: &str) -> (&str, &str) {
    let mut run = Run::default();
    let mut at = 0;
    let mut marker: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end().trim_start_matches(['>', '|']);
        let bare = bare.strip_prefix(' ').unwrap_or(bare);
        if at > 0 && is_marker(bare) {
            marker = Some(at);
        } else if let Some(begin) = marker.filter(|_| !bare.trim().is_empty()) {
            // What follows such a line is returned if it looks like a header, or if nothing else can.
            if field_name(bare).is_some() {
                return text.split_at(begin);
            }
            marker = None;
        }
        if let Some(name) = field_name(bare) {
            run.begin.get_or_insert(at);
            run.count(name);
            if run.is_header() {
                let begin = run.begin.unwrap_or(at);
                return text.split_at(back_to_marker(text, begin));
            }
        } else if !(run.begin.is_some() && line.starts_with([' ', '\t']) && !bare.trim().is_empty()) {
            run = Run::default();
        }
        at += line.len();
    }
    (text, "")
}

/// Fields that stand beneath each other.
#[derive(Default)]
struct Run {
    begin: Option<usize>,
    technical: usize,
    plain: usize,
}

impl Run {
    fn count(&mut self, name: &str) {
        let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        if is(&[
            "received",
            "return-path",
            "message-id",
            "mime-version",
            "dkim-signature",
            "x-mailer",
            "content-type",
            "delivered-to",
            "x-originating-ip",
            "domainkey-signature",
            "arc-seal",
            "content-transfer-encoding",
            "in-reply-to",
            "user-agent",
            "list-unsubscribe",
            "authentication-results",
            "received-spf",
        ]) {
            self.technical += 1;
        } else if is(&["from", "to", "subject", "date", "reply-to", "cc", "sender"]) {
            self.plain += 1;
        }
    }

    /// What no text says of itself: a technical field beside others.
    fn is_header(&self) -> bool {
        self.technical >= 2 && self.technical + self.plain >= 3
            || self.technical >= 1 && self.plain >= 2
            || self.technical >= 3
    }
}

/// The name of a field at the beginning of a line.
pub(crate) fn field_name(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(':')?;
    let fits = (2..=40).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (fits && (rest.is_empty() || rest.starts_with([' ', '\t']) || name.contains('-'))).then_some(name)
}

/// A line between dashes, or of few words, that announces the returned mail.
fn is_marker(line: &str) -> bool {
    let line = line.trim();
    if line.len() > 120 || line.is_empty() {
        return false;
    }
    let ruled = line.starts_with(['-', '=', '*', '_', '#']) || line.ends_with(['-', '=', '*', '_', ':']);
    let lower = line.to_lowercase();
    MARKERS.iter().any(|words| lower.contains(words)) && (ruled || line.split_whitespace().count() <= 6)
}

const MARKERS: &[&str] = &[
    "original message",
    "original mail",
    "original email",
    "original header",
    "copy of the message",
    "copy of your message",
    "copy of the mail",
    "copy of the original",
    "returned mail",
    "returned message",
    "unsent message",
    "undelivered message",
    "undelivered mail",
    "rejected message",
    "header follow",
    "headers follow",
    "message follow",
    "mail follow",
    "message header",
    "message text",
    "your message reads",
    "message contents",
    "your mail",
    "headers of",
    "header of",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "исходное сообщение",
    "元のメール",
    "元のメッセージ",
    "オリジナル",
    "原始邮件",
    "原邮件",
    "原始郵件",
];

/// The line above that announces the returned mail belongs to it.
fn back_to_marker(text: &str, begin: usize) -> usize {
    let before = text[..begin].trim_end();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let marker = before[line..].trim();
    let is_marker = marker.starts_with("--")
        || marker.ends_with("--")
        || marker.starts_with("==")
        || marker.starts_with("__");
    if is_marker { line } else { begin }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_in_the_text_begins_the_returned_mail() {
        let text = "Sorry: no such user.\n\n--- Below is your mail.\n\nReceived: from a\n  by b\nMessage-ID: <1@x.example>\nFrom: a\n\nHi";
        let (said, returned) = split(text);
        assert!(said.ends_with("user.\n\n"), "{said:?}");
        assert!(returned.starts_with("--- Below"));
    }

    #[test]
    fn a_description_of_the_mail_is_no_returned_mail() {
        let text = "Your message\n\n  To: a@x.example\n  Subject: Hi\n  Sent: today\n\ndid not reach a@x.example: no such user";
        assert_eq!(split(text).1, "");
    }

    #[test]
    fn quoted_headers_count() {
        let (_, returned) = split("No such user\n> Received: from a\n> From: b\n> To: c@x.example\n");
        assert!(returned.starts_with("> Received"), "{returned}");
    }
}
