//! A single mail, written by a program: one mail for all of its recipients, whole and final.
//!
//! It is made when it is accepted, all but two things that are put in when it is sent: the Date, which
//! may still change, and the contents of its files, which are kept apart because many mails carry the
//! same one. [`assemble`] joins them; the same parts give the same bytes.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sebar_domain::Mailbox;
use sebar_domain::id::MessageId;

use crate::body::text_part;
use crate::headers::Headers;
use crate::mail::{Composed, bodies, domain_only};
use crate::message_id::MessageIdKey;

/// Characters on a line of base64 (RFC 2045 §6.8), and the bytes that they stand for.
const LINE: usize = 76;
const LINE_BYTES: usize = LINE / 4 * 3;

/// What a program wants sent.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Gives Message-ID and boundaries.
    pub id: MessageId,
    /// The domain of Message-ID; without it the domain of the sender's address.
    pub message_id_domain: Option<&'a str>,
    /// Who sends.
    pub from: &'a Mailbox,
    /// Whom it is addressed to.
    pub to: &'a [Mailbox],
    /// Who gets a copy and is seen to.
    pub cc: &'a [Mailbox],
    /// Where answers go; none: to the sender.
    pub reply_to: &'a [Mailbox],
    /// The subject.
    pub subject: &'a str,
    /// More header fields, names and values. The caller has refused names that are ours.
    pub headers: &'a [(String, String)],
    /// The HTML body; may be empty.
    pub html: &'a str,
    /// The plain-text body; may be empty.
    pub text: &'a str,
    /// What is attached to it or shown in it.
    pub files: &'a [File<'a>],
}

/// A file that goes with a mail.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its media type (`application/pdf`), without parameters.
    pub content_type: &'a str,
    /// The id by which the HTML shows it (`cid:…`); without it, it is an attachment.
    pub content_id: Option<&'a str>,
    /// Its size in bytes.
    pub size: usize,
}

/// A mail without its Date and without the contents of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// All the rest.
    pub bytes: Vec<u8>,
    /// Where each file's content belongs, in the order of the files.
    pub places: Vec<usize>,
    /// The size of the whole mail.
    pub size: usize,
}

impl Letter<'_> {
    /// Writes the mail; the key signs its Message-ID.
    pub fn write(&self, message_ids: &MessageIdKey) -> Skeleton {
        let id = self.id.0.simple().to_string();
        let from_domain = self.from.address.domain();
        let domain = self.message_id_domain.map_or_else(|| from_domain.into(), domain_only);
        let domain = if domain.is_empty() { from_domain } else { &domain };
        let mut out = Vec::with_capacity(2048 + (self.html.len() + self.text.len()) * 5 / 4);
        let mut headers = Headers::new(&mut out);
        headers.mailbox("From", &self.from.name, self.from.address.as_str());
        headers.mailboxes("To", self.to);
        if !self.cc.is_empty() {
            headers.mailboxes("Cc", self.cc);
        }
        if !self.reply_to.is_empty() {
            headers.mailboxes("Reply-To", self.reply_to);
        }
        headers.text("Subject", self.subject);
        headers.plain("Message-ID", &format!("<{}>", message_ids.of(self.id, domain)));
        for (name, value) in self.headers {
            headers.given(name, value);
        }
        headers.plain("MIME-Version", "1.0");
        let mut places = vec![0; self.files.len()];
        let (shown, attached): (Vec<_>, Vec<_>) =
            self.files.iter().enumerate().partition(|(_, file)| file.content_id.is_some());
        self.mixed(&mut out, &id, &shown, &attached, &mut places);
        let contents: usize = self.files.iter().map(|file| encoded_size(file.size)).sum();
        let size = DATE.len() + DATE_LENGTH + 2 + out.len() + contents;
        Skeleton { bytes: out, places, size }
    }

    /// The body with its attachments, if it has any.
    fn mixed(&self, out: &mut Vec<u8>, id: &str, shown: &Files, attached: &Files, places: &mut [usize]) {
        if attached.is_empty() {
            return self.related(out, id, shown, places);
        }
        let boundary = format!("=_mixed_{id}");
        multipart(out, "mixed", &boundary);
        open_part(out, &boundary);
        self.related(out, id, shown, places);
        parts(out, &boundary, attached, places);
    }

    /// The bodies with the files that they show, if there are any (RFC 2387).
    fn related(&self, out: &mut Vec<u8>, id: &str, shown: &Files, places: &mut [usize]) {
        if shown.is_empty() {
            return self.bodies(out, id);
        }
        let boundary = format!("=_related_{id}");
        multipart(out, "related", &boundary);
        open_part(out, &boundary);
        self.bodies(out, id);
        parts(out, &boundary, shown, places);
    }

    fn bodies(&self, out: &mut Vec<u8>, id: &str) {
        if self.html.trim().is_empty() && self.text.trim().is_empty() {
            return text_part(out, "text/plain", "");
        }
        bodies(out, id, self.text, self.html);
    }
}

/// Files with their places among all files.
type Files<'a> = [(usize, &'a File<'a>)];

fn multipart(out: &mut Vec<u8>, kind: &str, boundary: &str) {
    out.extend_from_slice(
        format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n").as_bytes(),
    );
}

fn open_part(out: &mut Vec<u8>, boundary: &str) {
    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
}

/// The parts of files, and the end of the multipart that they stand in.
fn parts(out: &mut Vec<u8>, boundary: &str, files: &Files, places: &mut [usize]) {
    for (n, file) in files {
        open_part(out, boundary);
        out.extend_from_slice(format!("Content-Type: {};", file.content_type).as_bytes());
        Headers::parameter(out, "name", file.name);
        out.extend_from_slice(b"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: ");
        out.extend_from_slice(if file.content_id.is_some() { b"inline;" } else { b"attachment;" });
        Headers::parameter(out, "filename", file.name);
        out.extend_from_slice(b"\r\n");
        if let Some(content_id) = file.content_id {
            Headers::new(out).plain("Content-ID", &format!("<{content_id}>"));
        }
        out.extend_from_slice(b"\r\n");
        if let Some(place) = places.get_mut(*n) {
            *place = out.len();
        }
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}

const DATE: &str = "Date: ";
const DATE_FORMAT: &str = "%a, %d %b %Y %H:%M:%S +0000";
/// Of any year before 10000.
const DATE_LENGTH: usize = "Fri, 27 Nov 2026 12:00:00 +0000".len();

/// How long a file becomes as base64 in lines.
fn encoded_size(size: usize) -> usize {
    size.div_ceil(3) * 4 + size.div_ceil(LINE_BYTES) * 2
}

/// Joins a mail that was written before: a Date (`None` if it has its own), and at each place the
/// content of its file.
pub fn assemble(bytes: &[u8], date: Option<DateTime<Utc>>, files: &[(usize, &[u8])]) -> Composed {
    let mut files: Vec<_> = files.to_vec();
    files.sort_by_key(|(place, _)| *place);
    let contents: usize = files.iter().map(|(_, content)| encoded_size(content.len())).sum();
    let mut out = Vec::with_capacity(bytes.len() + contents + 64);
    if let Some(date) = date {
        out.extend_from_slice(format!("{DATE}{}\r\n", date.format(DATE_FORMAT)).as_bytes());
    }
    let mut done = 0;
    for (place, content) in files {
        let place = place.clamp(done, bytes.len());
        out.extend_from_slice(&bytes[done..place]);
        done = place;
        let mut line = [0; LINE];
        for chunk in content.chunks(LINE_BYTES) {
            // A line has room for what its bytes become.
            let length = STANDARD.encode_slice(chunk, &mut line).unwrap_or_default();
            out.extend_from_slice(&line[..length]);
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(&bytes[done..]);
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, &out).as_ref());
    Composed { bytes: out, digest: sum }
}

#[cfg(test)]
mod tests;
