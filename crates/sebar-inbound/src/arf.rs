//! Complaints: feedback reports (RFC 5965; RFC 6591 for failed authentication), and the forms of
//! feedback loops from before them.

use crate::address;
use crate::mime::{Headers, Part};
use crate::original::Original;

/// What a feedback report says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Feedback {
    /// `Feedback-Type`, in lower case: `abuse`, `fraud`, `not-spam` …
    pub(crate) kind: String,
    /// Whose complaint it is, where it is told.
    pub(crate) recipients: Vec<String>,
    pub(crate) reporting_mta: Option<String>,
}

impl Feedback {
    /// Whether the recipient complains. A report on authentication, or one that takes a complaint
    /// back, is none.
    pub(crate) fn is_complaint(&self) -> bool {
        self.kind != "not-spam"
    }
}

/// Reads a feedback report.
pub(crate) fn read(mail: &Part<'_>) -> Option<Feedback> {
    report(mail).or_else(|| old_form(mail))
}

fn report(mail: &Part<'_>) -> Option<Feedback> {
    let parts = mail.walk();
    let part = parts.iter().find(|part| part.essence() == "message/feedback-report").copied();
    let text = match part {
        Some(part) => part.text(),
        // The report as a text, where MIME was lost.
        None => parts
            .iter()
            .filter(|part| part.parts.is_empty() && part.essence().starts_with("text/"))
            .map(|part| part.text())
            .find(|text| {
                let lower = text.get(..text.len().min(20_000)).unwrap_or("").to_ascii_lowercase();
                lower.contains("\nfeedback-type:") && lower.contains("\nuser-agent:")
            })
            .map(|text| {
                let at = text.to_ascii_lowercase().find("\nfeedback-type:").unwrap_or(0);
                text.get(at..).unwrap_or("").to_owned()
            })?,
    };
    let (fields, _) = Headers::parse(text.trim_start().as_bytes());
    let mut recipients = Vec::new();
    for name in ["original-rcpt-to", "removal-recipient", "redacted-address"] {
        recipients.extend(fields.all(name).filter_map(|value| address::first(&value)));
    }
    recipients.dedup();
    let kind = fields.text("feedback-type").trim().to_ascii_lowercase();
    Some(Feedback {
        kind,
        recipients,
        reporting_mta: fields
            .get("reporting-mta")
            .map(|mta| mta.rsplit(';').next().unwrap_or("").trim().to_owned()),
    })
}

/// Hotmail's JMRP, AOL's and others' before the standard: the mail is returned as it is, and a
/// field or the subject says why.
fn old_form(mail: &Part<'_>) -> Option<Feedback> {
    let original = Original::in_parts(mail)?;
    let mark = ["x-hmxmroriginalrecipient", "x-loop", "x-feedback-loop"];
    let field = |name: &str| {
        let inner = original
            .headers
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.clone());
        inner.or_else(|| mail.headers.get(name))
    };
    let subject = mail.headers.text("subject").to_ascii_lowercase();
    let from = mail.headers.text("from").to_ascii_lowercase();
    let by_subject = subject.starts_with("complaint about message")
        || subject.contains("client tos notification")
        || subject.contains("abuse report for")
        || subject.contains("spam complaint")
        || (subject.contains("feedback") && subject.contains("complaint"));
    let by_field = field(mark[0]);
    let by_sender = ["staff@hotmail", "scomp@", "fbl@", "feedbackloop", "feedback-loop", "complaints@"]
        .iter()
        .any(|word| from.contains(word));
    if by_field.is_none() && !by_subject && !by_sender {
        return None;
    }
    let recipients = by_field.as_deref().and_then(address::first).into_iter().collect();
    Some(Feedback { kind: "abuse".to_owned(), recipients, reporting_mta: None })
}
