//! The mail itself: headers and bodies, put together byte by byte from the message's own data.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use chrono::DateTime;
use minijinja::value::Value;
use sebar_domain::Tracking;
use sebar_domain::id::MessageId;

use crate::body::text_part;
use crate::compile::{Compiled, SIGNED_MESSAGE_IDS};
use crate::fault::Fault;
use crate::fill::{Filled, Vars};
use crate::headers::Headers;
use crate::href::{safe_href, web_target};
use crate::links::Link;
use crate::message_id;
use crate::paths;
use crate::site::{Envelope, Mailing, Site};
use crate::token::{Token, TokenKey};

/// A mail as it goes to the relay, before dot-stuffing: CRLF line ends, no line over 998 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Headers and body.
    pub bytes: Vec<u8>,
    /// SHA-256 of the bytes: what proves later that the archive shows the very mail.
    pub digest: [u8; 32],
}

impl Composed {
    /// The size of the mail in bytes.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }
}

impl Compiled {
    /// Makes the mail of one message. The same arguments give the same bytes, on any machine and
    /// at any time.
    ///
    /// Fails if the recipient lacks a variable that has no default, or if the template does
    /// with these data what it must not; that is the message's end, trying again changes nothing.
    pub fn compose(&self, site: &Site, key: &TokenKey, envelope: &Envelope<'_>) -> Result<Composed, Fault> {
        let message = envelope.id;
        let unsubscribe = Token::Unsubscribe { message }.sign(key);
        let mut vars = Vars::new(self.composer, site, &envelope.to);
        let url = |path: &str, token: &str| format!("{}{path}{token}", site.public_url);
        vars.unsubscribe_url = Value::from_safe_string(url(paths::UNSUBSCRIBE, &unsubscribe));
        let content_no = self.content_no;
        let open = match self.tracking {
            Tracking::Off => None,
            Tracking::Anonymous => Some(Token::OpenAnonymous { content_no }),
            Tracking::Individual => Some(Token::Open { message }),
        };
        if let Some(open) = open {
            let address = url(paths::OPEN, &open.sign(key)) + paths::OPEN_SUFFIX;
            vars.open = Value::from_safe_string(address);
        }
        let mut vars = Arc::new(vars);
        let links =
            self.links().iter().map(|link| self.link_address(site, key, message, link, &vars)).collect();
        if let Some(vars) = Arc::get_mut(&mut vars) {
            vars.links = links;
        }
        let filled = self.fill(vars);
        let Filled { subject, html, text, faults, .. } = filled;
        if let Some(fault) = faults.into_iter().next() {
            return Err(fault);
        }
        let mut bytes = Vec::with_capacity(2048 + (html.len() + text.len()) * 5 / 4);
        self.headers(&mut bytes, site, key, envelope, &subject, &unsubscribe);
        bodies(&mut bytes, &message.0.simple().to_string(), &text, &html);
        let mut sum = [0; 32];
        sum.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        Ok(Composed { bytes, digest: sum })
    }

    /// The address that a tracked link has in this message. One that turns out not to lead to
    /// the web for this recipient (empty, `mailto:`) stays as it is: there is nothing to count.
    fn link_address(
        &self,
        site: &Site,
        key: &TokenKey,
        message: MessageId,
        link: &Link,
        vars: &Arc<Vars>,
    ) -> Option<Value> {
        if link.merged {
            let target = self.link_target(link.index, vars)?;
            if web_target(&target).is_none() {
                return Some(Value::from(safe_href(&target)));
            }
        }
        let content_no = self.content_no;
        let token = match self.tracking {
            Tracking::Anonymous => Token::ClickAnonymous { content_no, link: link.index },
            _ => Token::Click { message, content_no, link: link.index },
        };
        Some(Value::from_safe_string(format!("{}{}{}", site.public_url, paths::CLICK, token.sign(key))))
    }

    fn headers(
        &self,
        bytes: &mut Vec<u8>,
        site: &Site,
        key: &TokenKey,
        envelope: &Envelope<'_>,
        subject: &str,
        unsubscribe: &str,
    ) {
        let from_domain = self.from_email.domain();
        let domain = site.message_id_domain.as_deref().map_or_else(|| from_domain.into(), domain_only);
        let domain = if domain.is_empty() { from_domain } else { &domain };
        let mut headers = Headers::new(bytes);
        headers.mailbox("From", &self.from_name, self.from_email.as_str());
        headers.mailbox("To", envelope.to.name.unwrap_or_default(), envelope.to.email.as_str());
        if let Some(reply_to) = &self.reply_to {
            headers.mailbox("Reply-To", "", reply_to.as_str());
        }
        headers.text("Subject", subject);
        headers.plain("Date", &date(envelope));
        let message_id = if self.composer < SIGNED_MESSAGE_IDS {
            message_id::unsigned(envelope.id, domain)
        } else {
            key.message_ids().of(envelope.id, domain)
        };
        headers.plain("Message-ID", &format!("<{message_id}>"));
        if let Some(mailing) = &envelope.mailing {
            list_headers(&mut headers, site, mailing, domain, from_domain, unsubscribe);
        }
        headers.plain("MIME-Version", "1.0");
    }
}

/// What makes mail to many recognisable and easy to leave (RFC 2369, RFC 2919, RFC 8058).
fn list_headers(
    headers: &mut Headers<'_>,
    site: &Site,
    mailing: &Mailing<'_>,
    domain: &str,
    from_domain: &str,
    unsubscribe: &str,
) {
    let mut ways = format!("<{}{}{unsubscribe}>", site.public_url, paths::UNSUBSCRIBE);
    if let Some(mailbox) = site.unsubscribe_domain.as_deref().map(domain_only).filter(|it| !it.is_empty()) {
        ways.push_str(",\n<mailto:unsubscribe@");
        ways.push_str(&mailbox);
        ways.push_str("?subject=");
        ways.push_str(unsubscribe);
        ways.push('>');
    }
    headers.plain("List-Unsubscribe", &ways);
    headers.plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    match mailing.list {
        Some((list, name)) => headers.list_id(name, &format!("{}.list.{domain}", list.0.simple())),
        None => headers.list_id(&site.company, &format!("mailings.{domain}")),
    }
    // Gmail's feedback loop: what complaints are counted by, ending in the sender's mark.
    let campaign = mailing.campaign.0.simple();
    headers.plain("Feedback-ID", &format!("{campaign}:{from_domain}:campaign:sebar"));
}

/// What can stand in a domain name; the rest is dropped rather than trusted.
pub(crate) fn domain_only(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).take(253).collect()
}

/// The time in the message's id (UUIDv7: milliseconds since 1970 in the first 48 bits), as
/// RFC 5322 §3.3 writes it.
fn date(envelope: &Envelope<'_>) -> String {
    let millis = (envelope.id.0.as_u128() >> 80) as i64;
    let time = DateTime::from_timestamp_millis(millis).unwrap_or_default();
    time.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// Writes the rest of the headers and the bodies: both as alternatives (RFC 2046 §5.1.4), or
/// the one that there is.
pub(crate) fn bodies(bytes: &mut Vec<u8>, id: &str, text: &str, html: &str) {
    if html.trim().is_empty() {
        return text_part(bytes, "text/plain", text);
    }
    if text.trim().is_empty() {
        return text_part(bytes, "text/html", html);
    }
    // Neither encoding can produce `=_`, so no body can contain the boundary.
    let boundary = format!("=_sebar_{id}");
    bytes.extend_from_slice(b"Content-Type: multipart/alternative;\r\n boundary=\"");
    bytes.extend_from_slice(boundary.as_bytes());
    bytes.extend_from_slice(b"\"\r\n\r\n");
    for (content_type, body) in [("text/plain", text), ("text/html", html)] {
        bytes.extend_from_slice(b"--");
        bytes.extend_from_slice(boundary.as_bytes());
        bytes.extend_from_slice(b"\r\n");
        text_part(bytes, content_type, body);
    }
    bytes.extend_from_slice(b"--");
    bytes.extend_from_slice(boundary.as_bytes());
    bytes.extend_from_slice(b"--\r\n");
}

#[cfg(test)]
mod tests;
