//! One JSON object for each mail.

use std::time::{Duration, Instant};

use sebar_domain::{BounceKind, BounceReason};
use serde::Serialize;

use crate::{Recipient, Report, recognise};

/// What is printed of a mail.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The file's name without `.eml`; in an mbox with `#` and the mail's number.
    pub id: String,
    /// What the mail is.
    pub kind: BounceKind,
    /// Whom it is about.
    pub recipient: OneOrMany<String>,
    /// Their enhanced codes, in the same order.
    pub status: OneOrMany<String>,
    /// Why, where it is a bounce.
    pub reason: Option<BounceReason>,
    /// How sure kind and reason are, in percent.
    pub confidence: u8,
    /// The `Message-ID` of the returned mail.
    pub message_id: Option<String>,
    /// Our mark, where one was looked for and found.
    pub token: Option<String>,
    /// The server that reports.
    pub reporting_mta: Option<String>,
    /// What is known of each recipient.
    pub recipients: Vec<Recipient>,
    /// How long it took, in milliseconds.
    pub ms: f64,
}

/// Nothing, a text, or a list where there are several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One, or `null`.
    One(Option<T>),
    /// Several.
    Many(Vec<T>),
}

impl<T> From<Vec<T>> for OneOrMany<T> {
    fn from(mut all: Vec<T>) -> Self {
        if all.len() > 1 { Self::Many(all) } else { Self::One(all.pop()) }
    }
}

impl Line {
    /// Recognises a mail. `prefix` is what stands before our mark in a return path.
    pub fn of(id: String, mail: &[u8], prefix: Option<&str>) -> Self {
        let begun = Instant::now();
        let mut report = recognise(mail);
        if let Some(prefix) = prefix {
            report.find_token(prefix);
        }
        Self::new(id, report, begun.elapsed())
    }

    fn new(id: String, report: Report, took: Duration) -> Self {
        let addresses: Vec<String> =
            report.recipients.iter().filter_map(Recipient::address).map(str::to_owned).collect();
        let codes: Vec<String> = report
            .recipients
            .iter()
            .filter_map(|recipient| recipient.status)
            .map(|code| code.to_string())
            .collect();
        Self {
            id,
            kind: report.kind,
            recipient: addresses.into(),
            status: codes.into(),
            reason: report.reason,
            confidence: report.confidence,
            message_id: report.original.and_then(|original| original.message_id),
            token: report.token,
            reporting_mta: report.reporting_mta,
            recipients: report.recipients,
            ms: (took.as_secs_f64() * 1e6).round() / 1e3,
        }
    }
}
