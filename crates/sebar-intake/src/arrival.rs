//! A mail that came back, understood.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use mail_parser::MessageParser;
use sebar_domain::id::{MailboxId, MessageId};
use sebar_domain::{BounceKind, BounceReason, MatchedBy, Road};
use sebar_inbound::{Recipient, Report, recognise};
use sebar_store::blobs::Digest;
use sebar_store::returned::{NewBounce, NewMail, Quoted};

use crate::Marks;

/// A mail's own date is believed so far back.
const OLDEST: TimeDelta = TimeDelta::days(30);

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// How it came.
    pub road: Road,
    /// The mailbox that it was in.
    pub mailbox: Option<MailboxId>,
    /// That mailbox's name, or the server that brought it.
    pub source: String,
    /// The envelope's recipients, where they are known.
    pub envelope_to: Vec<String>,
    /// Its bytes.
    pub raw: Bytes,
}

impl Arrival {
    /// Understands it: the mail as it is stored, and what it says of addresses.
    pub fn understand(&self, marks: &Marks) -> (NewMail, Vec<NewBounce>) {
        let report = recognise(&self.raw);
        let message = marks.message_of(&self.envelope_to, &report);
        let quoted = marks.quoted(&report);
        let header = Header::of(&self.raw);
        let digest = Digest::of(&self.raw);
        let mail = NewMail {
            digest,
            road: self.road,
            mailbox: self.mailbox,
            envelope_to: self
                .envelope_to
                .first()
                .or(report.addressed_to.first())
                .cloned()
                .unwrap_or_default(),
            kind: report.kind,
            sender: header.sender,
            subject: header.subject,
            raw: self.raw.to_vec(),
        };
        // The same mail by two roads has other bytes, but the Message-ID of its own that it was given.
        let name = header.message_id.map_or_else(|| digest.bytes().to_vec(), String::into_bytes);
        let about = About {
            report: &report,
            mail: &mail,
            name,
            at: header.at,
            message,
            quoted,
            source: &self.source,
        };
        let bounces = about.bounces();
        (mail, bounces)
    }

    /// The mail as it is stored where nothing is known of it.
    pub(crate) fn unread(&self) -> NewMail {
        NewMail {
            digest: Digest::of(&self.raw),
            road: self.road,
            mailbox: self.mailbox,
            envelope_to: self.envelope_to.first().cloned().unwrap_or_default(),
            kind: BounceKind::NotBounce,
            sender: String::new(),
            subject: String::new(),
            raw: self.raw.to_vec(),
        }
    }
}

/// What its header tells.
struct Header {
    sender: String,
    subject: String,
    message_id: Option<String>,
    at: DateTime<Utc>,
}

impl Header {
    fn of(raw: &[u8]) -> Self {
        let now = Utc::now();
        let Some(mail) = MessageParser::new().parse_headers(raw) else {
            return Self { sender: String::new(), subject: String::new(), message_id: None, at: now };
        };
        let sender = mail.from().and_then(|from| from.first()).and_then(|from| from.address());
        let date = mail.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0));
        Self {
            sender: sender.unwrap_or_default().to_owned(),
            subject: mail.subject().unwrap_or_default().to_owned(),
            message_id: mail.message_id().map(str::to_owned),
            at: date.filter(|at| *at <= now && *at > now - OLDEST).unwrap_or(now),
        }
    }
}

struct About<'a> {
    report: &'a Report,
    mail: &'a NewMail,
    /// What tells this mail from others.
    name: Vec<u8>,
    at: DateTime<Utc>,
    /// The message whose mark it bears.
    message: Option<MessageId>,
    /// The message whose Message-ID it quotes.
    quoted: Option<Quoted>,
    source: &'a str,
}

impl About<'_> {
    fn bounces(&self) -> Vec<NewBounce> {
        if self.report.kind == BounceKind::NotBounce {
            return Vec::new();
        }
        if self.report.recipients.is_empty() {
            return vec![self.bounce(None, self.report.kind, self.report.reason, self.report.confidence)];
        }
        let of = |one: &Recipient| self.bounce(Some(one), one.kind, Some(one.reason), one.confidence);
        self.report.recipients.iter().map(of).collect()
    }

    fn bounce(
        &self,
        one: Option<&Recipient>,
        kind: BounceKind,
        reason: Option<BounceReason>,
        confidence: u8,
    ) -> NewBounce {
        let address = one.and_then(|one| one.original.clone().or_else(|| one.final_recipient.clone()));
        NewBounce {
            key: self.key(kind, address.as_deref()),
            kind,
            reason: reason.unwrap_or(BounceReason::Unknown),
            confidence,
            at: self.at,
            road: self.mail.road,
            source: self.source.to_owned(),
            mail: Some(self.mail.digest),
            message: self.message.map(|message| (MatchedBy::Token, message)),
            quoted: self.quoted.into_iter().collect(),
            proven: false,
            address,
            final_address: one.and_then(|one| one.final_recipient.clone()),
            status: one.and_then(|one| one.status),
            reply_code: one.and_then(|one| one.reply_code),
            reply: one.and_then(|one| one.reply.clone()).unwrap_or_default(),
            reporting_mta: self.report.reporting_mta.clone().unwrap_or_default(),
            remote_mta: one.and_then(|one| one.remote_mta.clone()).unwrap_or_default(),
        }
    }

    fn key(&self, kind: BounceKind, address: Option<&str>) -> Digest {
        // Whichever of the two a road has left of it.
        let signed = self.quoted.filter(|quoted| quoted.signed).map(|quoted| quoted.message);
        let message = self.message.or(signed).map(|message| message.to_string()).unwrap_or_default();
        let address = address.unwrap_or_default().to_lowercase();
        let parts =
            [b"mail", &self.name[..], message.as_bytes(), kind.as_str().as_bytes(), address.as_bytes()];
        Digest::of(&parts.join(&0))
    }
}
