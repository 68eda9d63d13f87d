//! What recognition returns.

use sebar_domain::{BounceKind, BounceReason, EnhancedCode};
use serde::Serialize;

use crate::Original;
use crate::token::token_in;

/// What a mail says about a message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Of several recipients' kinds the one with the gravest consequence.
    pub kind: BounceKind,
    /// The reason that goes with `kind`; `None` for what is no bounce.
    pub reason: Option<BounceReason>,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// Those whom it is about. Of a bounce only those whom the message did not reach.
    pub recipients: Vec<Recipient>,
    /// The server that reports (RFC 3464 §2.2.2, RFC 5965 §3.2).
    pub reporting_mta: Option<String>,
    /// Where the mail itself was sent to: `Delivered-To`, `X-Original-To`, `Envelope-To`, `To`.
    pub addressed_to: Vec<String>,
    /// The returned mail, as far as it was returned.
    pub original: Option<Original>,
    /// Our mark, where [`Report::find_token`] found one.
    pub token: Option<String>,
}

/// A recipient of the message, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// As the sender wrote the address (RFC 3464 §2.3.1).
    pub original: Option<String>,
    /// Where the message went in the end (RFC 3464 §2.3.2), or the address that a text names.
    pub final_recipient: Option<String>,
    /// What it means for the address.
    pub kind: BounceKind,
    /// Why.
    pub reason: BounceReason,
    /// The enhanced code: of the reply, where it has one, else of the notification.
    #[serde(serialize_with = "as_text")]
    pub status: Option<EnhancedCode>,
    /// The reply code, where one is quoted.
    pub reply_code: Option<u16>,
    /// What is quoted or told.
    pub reply: Option<String>,
    /// The server that refused (RFC 3464 §2.3.5).
    pub remote_mta: Option<String>,
    /// How sure kind and reason are, in percent.
    pub confidence: u8,
}

/// `5.1.1`, as everybody writes it.
#[expect(clippy::ref_option, reason = "serde calls it so")]
fn as_text<S: serde::Serializer>(code: &Option<EnhancedCode>, to: S) -> Result<S::Ok, S::Error> {
    code.map(|code| code.to_string()).serialize(to)
}

impl Recipient {
    /// The address that the message was sent to, as well as it is known.
    pub fn address(&self) -> Option<&str> {
        self.original.as_deref().or(self.final_recipient.as_deref())
    }
}

impl Report {
    /// A report without recipients.
    pub(crate) fn new(kind: BounceKind, confidence: u8) -> Self {
        Self {
            kind,
            reason: None,
            confidence,
            recipients: Vec::new(),
            reporting_mta: None,
            addressed_to: Vec::new(),
            original: None,
            token: None,
        }
    }

    /// Looks for our mark in the [places](Self::places) where it may have come back, and keeps the first.
    /// See [`token_in`].
    pub fn find_token(&mut self, prefix: &str) -> Option<&str> {
        self.token = self.places().iter().find_map(|place| token_in(place, prefix).map(str::to_owned));
        self.token.as_deref()
    }

    /// Addresses in which our mark may have come back, the likeliest first: those that the mail was sent
    /// to, the returned return path, and those in the returned header.
    pub fn places(&self) -> Vec<String> {
        let mut places = self.addressed_to.clone();
        if let Some(original) = &self.original {
            places.extend(original.return_path.clone());
            let is_marked = |name: &str| MARKED.iter().any(|known| name.eq_ignore_ascii_case(known));
            for (_, value) in original.headers.iter().filter(|(name, _)| is_marked(name)) {
                places.extend(crate::address::all(value, 10).into_iter().map(|found| found.address));
            }
        }
        places
    }
}

/// Fields of a returned mail in which servers keep the envelope's sender.
const MARKED: &[&str] = &[
    "return-path",
    "x-envelope-from",
    "envelope-from",
    "x-envelope-sender",
    "errors-to",
    "sender",
    "received",
    "received-spf",
    "authentication-results",
];
