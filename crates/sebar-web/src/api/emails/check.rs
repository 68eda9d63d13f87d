//! From what a program wrote to a mail that can be sent: every fault at its field.

use chrono::{DateTime, TimeDelta, Utc};
use sebar_compose::{File as LetterFile, Letter, Skeleton, plain_text};
use sebar_domain::Mailbox;
use sebar_domain::id::{ApiKeyId, MessageId, PoolId};
use sebar_store::emails::{File, NewEmail, Recipient};
use sebar_store::routing;
use serde_json::{Value, json};

use super::files::{self, Attached};
use super::headers;
use super::request::{EmailRequest, OneOrMany, Tag};
use super::template::{self, Body};
use crate::api::access::Caller;
use crate::api::error::{Cause, Faults, Result};
use crate::foundation::app::App;

/// Recipients of one email.
pub(super) const RECIPIENTS: usize = 50;
/// Characters of a subject.
const SUBJECT: usize = 998;
/// The whole mail, encoded, in bytes.
const SIZE: usize = 25 << 20;
const TAGS: usize = 50;
const TAG_CHARACTERS: usize = 256;
const METADATA: usize = 50;
const METADATA_CHARACTERS: usize = 500;
const DAYS_AHEAD: i64 = 30;

/// An email that may be accepted, and the contents of its files.
pub(super) struct Checked {
    pub(super) email: NewEmail,
    pub(super) files: Vec<Attached>,
}

/// The mailboxes of an email.
struct Addressed {
    from: Option<Mailbox>,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    reply_to: Vec<Mailbox>,
}

/// Checks all of an email and writes its mail.
pub(super) async fn check(app: &App, caller: &Caller, request: &EmailRequest) -> Result<Checked> {
    let mut faults = Faults::default();
    let now = Utc::now();
    let addressed = addressed(&mut faults, caller, request);
    let recipients = recipients(&mut faults, &addressed);
    let headers = headers::check(&mut faults, request.headers.as_ref());
    let files = files::check(&mut faults, request.attachments.as_deref().unwrap_or_default());
    check_tags(&mut faults, request.tags.as_deref().unwrap_or_default());
    check_metadata(&mut faults, request);
    let scheduled_at =
        request.scheduled_at.as_deref().and_then(|text| check_time(&mut faults, "scheduled_at", text, now));
    let id = recipients.first().map_or_else(MessageId::new, |first| first.message);
    let pool = pool(app, &mut faults, request.pool.as_deref()).await?;
    let body = match &request.template {
        Some(template) => {
            template::render(app, &mut faults, request, template, id, &addressed.to, recipients.len()).await?
        }
        None => own_body(&mut faults, request),
    };
    let (Some(from), Some(body), true) = (&addressed.from, body, faults.is_empty()) else {
        return Err(faults.refusal());
    };
    if body.subject.chars().count() > SUBJECT {
        faults.add(Cause::InvalidValue, "subject", format!("is longer than {SUBJECT} characters."));
    }
    let letter_files: Vec<LetterFile> = files.iter().map(Attached::as_file).collect();
    let letter = Letter {
        id,
        message_id_domain: None,
        from,
        to: &addressed.to,
        cc: &addressed.cc,
        reply_to: &addressed.reply_to,
        subject: &body.subject,
        headers: &headers,
        html: &body.html,
        text: &body.text,
        files: &letter_files,
    };
    let skeleton = letter.write(app.tokens.message_ids());
    if skeleton.size > SIZE {
        let mb = skeleton.size.div_ceil(1 << 20);
        let message =
            format!("make an email of {mb} MB, encoded as mail; it may have 25 MB with its attachments.");
        let field = if files.is_empty() { "html" } else { "attachments" };
        faults.add(Cause::MessageTooLarge, field, message);
    }
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let email = new_email(caller.key, request, &addressed, from, skeleton, &files, scheduled_at, now);
    Ok(Checked {
        email: NewEmail { subject: without_controls(&body.subject), recipients, pool, ..email },
        files,
    })
}

#[expect(clippy::too_many_arguments, reason = "puts together what was checked apart")]
fn new_email(
    key: ApiKeyId,
    request: &EmailRequest,
    addressed: &Addressed,
    from: &Mailbox,
    skeleton: Skeleton,
    files: &[Attached],
    scheduled_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> NewEmail {
    let texts = |list: &[Mailbox]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    NewEmail {
        api_key: Some(key),
        from: from.address.clone(),
        subject: String::new(),
        addressed: json!({
            "from": from.to_string(), "to": texts(&addressed.to), "cc": texts(&addressed.cc),
            "bcc": texts(&addressed.bcc), "reply_to": texts(&addressed.reply_to),
        }),
        tags: json!(request.tags.as_deref().unwrap_or_default()),
        metadata: Value::Object(request.metadata.clone().unwrap_or_default()),
        scheduled_at,
        pool: None,
        mime: skeleton.bytes,
        body: None,
        dated_at: Some(scheduled_at.unwrap_or(now)),
        files: files
            .iter()
            .zip(skeleton.places)
            .map(|(file, at)| File {
                at,
                digest: file.digest,
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                content_id: file.content_id.clone(),
                size: file.content.len(),
            })
            .collect(),
        recipients: Vec::new(),
    }
}

/// The pool of this name, or its fault.
async fn pool(app: &App, faults: &mut Faults, name: Option<&str>) -> Result<Option<PoolId>> {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
    let pool = if name.contains('\0') { None } else { routing::pool_named(&app.db, name).await? };
    if pool.is_none() {
        faults.add(Cause::InvalidValue, "pool", "names no pool. They stand under Settings → Pools.");
    }
    Ok(pool)
}

fn without_controls(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ").trim().to_owned()
}

fn addressed(faults: &mut Faults, caller: &Caller, request: &EmailRequest) -> Addressed {
    let from = match request.from.as_deref().map(str::trim) {
        None | Some("") => {
            faults.add(Cause::MissingRequiredField, "from", "is missing: say who sends the email.");
            None
        }
        Some(text) => mailbox(faults, "from", text),
    };
    if let Some(from) = &from
        && !caller.from_domains.is_empty()
        && !caller.from_domains.iter().any(|domain| domain == from.address.domain())
    {
        let message =
            format!("may not be used: this key sends from {} only.", caller.from_domains.join(", "));
        faults.add(Cause::FromNotAllowed, "from", message);
    }
    let mut list = |field: &str, of: Option<&OneOrMany>| -> Vec<Mailbox> {
        let each = of.map(|of| of.each(field)).unwrap_or_default();
        each.iter().filter_map(|(place, text)| mailbox(faults, place, text)).collect()
    };
    let (to, cc) = (list("to", request.to.as_ref()), list("cc", request.cc.as_ref()));
    let (bcc, reply_to) = (list("bcc", request.bcc.as_ref()), list("reply_to", request.reply_to.as_ref()));
    let is_missing = match &request.to {
        None => true,
        Some(OneOrMany::Many(list)) => list.is_empty(),
        Some(OneOrMany::One(_)) => false,
    };
    if is_missing {
        faults.add(Cause::MissingRequiredField, "to", "is missing: say whom the email goes to.");
    }
    Addressed { from, to, cc, bcc, reply_to }
}

/// A mailbox, or its fault.
fn mailbox(faults: &mut Faults, field: &str, text: &str) -> Option<Mailbox> {
    if let Ok(mailbox) = text.parse() {
        return Some(mailbox);
    }
    let shown: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
    let more = if text.contains(',') { " Write several as a list." } else { "" };
    let message = format!(
        "“{shown}” is no email address. Write `name@example.com` or `Name <name@example.com>`.{more}"
    );
    faults.add(Cause::InvalidAddress, field, message);
    None
}

/// Each address once, the first of `to` first.
fn recipients(faults: &mut Faults, addressed: &Addressed) -> Vec<Recipient> {
    let mut recipients: Vec<Recipient> = Vec::new();
    let all = addressed.to.iter().chain(&addressed.cc).chain(&addressed.bcc);
    if all.clone().count() > RECIPIENTS {
        let n = all.count();
        let message = format!("and `cc` and `bcc` have {n} addresses; an email may have {RECIPIENTS}.");
        faults.add(Cause::TooManyRecipients, "to", message);
        return recipients;
    }
    for mailbox in all {
        if !recipients.iter().any(|known| known.address == mailbox.address) {
            recipients.push(Recipient { message: MessageId::new(), address: mailbox.address.clone() });
        }
    }
    recipients
}

/// The body that the request brings itself.
fn own_body(faults: &mut Faults, request: &EmailRequest) -> Option<Body> {
    let Some(subject) = &request.subject else {
        faults.add(Cause::MissingRequiredField, "subject", "is missing.");
        return None;
    };
    let html = request.html.as_deref().unwrap_or_default();
    let text = request.text.as_deref();
    if html.trim().is_empty() && text.is_none_or(|text| text.trim().is_empty()) {
        let message = "is missing: give `html`, `text` or a `template`.";
        faults.add(Cause::MissingRequiredField, "html", message);
        return None;
    }
    let text = text.map_or_else(|| plain_text(html), ToOwned::to_owned);
    Some(Body { subject: subject.clone(), html: html.replace('\0', ""), text: text.replace('\0', "") })
}

fn check_tags(faults: &mut Faults, tags: &[Tag]) {
    if tags.len() > TAGS {
        let message = format!("are {}; an email may have {TAGS}.", tags.len());
        return faults.add(Cause::InvalidTag, "tags", message);
    }
    let fits = |text: &str| {
        (1..=TAG_CHARACTERS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
    };
    for (n, tag) in tags.iter().enumerate() {
        for (field, text) in [("name", &tag.name), ("value", &tag.value)] {
            if !fits(text) {
                let message = format!("may have 1 to {TAG_CHARACTERS} letters (A–Z), digits, `_` and `-`.");
                faults.add(Cause::InvalidTag, format!("tags[{n}].{field}"), message);
            }
        }
    }
}

fn check_metadata(faults: &mut Faults, request: &EmailRequest) {
    let Some(metadata) = &request.metadata else { return };
    if metadata.len() > METADATA {
        let message = format!("has {} entries; an email may have {METADATA}.", metadata.len());
        return faults.add(Cause::InvalidMetadata, "metadata", message);
    }
    let fits = |text: &str| text.chars().count() <= METADATA_CHARACTERS && !text.contains('\0');
    for (name, value) in metadata {
        let good = fits(name)
            && match value {
                Value::String(text) => fits(text),
                Value::Number(_) | Value::Bool(_) | Value::Null => true,
                Value::Array(_) | Value::Object(_) => false,
            };
        if !good {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
            let message = format!(
                "must be a text of at most {METADATA_CHARACTERS} characters, a number, true or false."
            );
            faults.add(Cause::InvalidMetadata, format!("metadata.{shown}"), message);
        }
    }
}

/// A time to send at, or its fault. A time that has passed means at once.
pub(super) fn check_time(
    faults: &mut Faults,
    field: &str,
    text: &str,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let Ok(at) = DateTime::parse_from_rfc3339(text.trim()) else {
        let message = "is no time. Write it by ISO 8601 with a time zone: `2027-01-31T09:00:00+07:00`.";
        faults.add(Cause::InvalidScheduledAt, field, message);
        return None;
    };
    let at = at.to_utc();
    if at > now + TimeDelta::days(DAYS_AHEAD) {
        let message = format!("is more than {DAYS_AHEAD} days ahead.");
        faults.add(Cause::InvalidScheduledAt, field, message);
        return None;
    }
    Some(at.max(now))
}
