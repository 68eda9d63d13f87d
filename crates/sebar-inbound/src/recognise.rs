//! The order in which a mail is understood: structure first, wording last.

use std::collections::HashSet;

use sebar_domain::{BounceKind, BounceReason};

use crate::automatic::{self, Automatic};
use crate::class::{self, Class};
use crate::dsn::{self, Action, Notification};
use crate::mime::{Part, parse};
use crate::signals::Signals;
use crate::text::{self, Named};
use crate::words::{delay, normal};
use crate::{Original, Recipient, Report, address, arf, notification, reply, sns};

/// Understands a mail that came back. Any bytes are a mail.
pub fn recognise(mail: &[u8]) -> Report {
    let mail = parse(mail);
    let mut report = understand(&mail);
    // Forwarded as it came, by a filter or a person: what is within counts.
    let says_little = report.kind == BounceKind::NotBounce
        || report.kind == BounceKind::Other
            && report.recipients.iter().all(|recipient| recipient.status.is_none());
    if says_little && let Some(inner) = notification::wrapped(&mail) {
        let forwarded = understand(inner);
        if forwarded.kind.is_bounce() {
            report = forwarded;
        }
    }
    report.addressed_to = addressed_to(&mail);
    report
}

/// What is known of a mail before it is judged.
struct Mail<'m> {
    part: &'m Part<'m>,
    original: Option<Original>,
    /// What it says itself.
    said: String,
    named: Vec<Named>,
}

fn understand(part: &Part<'_>) -> Report {
    let text = text::of(part);
    let (said, returned) = text::split(&text);
    let original = Original::in_parts(part).or_else(|| Original::in_text(returned));
    let mail = Mail { part, named: named(part, original.as_ref(), said), said: said.to_owned(), original };
    let mut report = judge(&mail);
    report.original = mail.original;
    report
}

fn judge(mail: &Mail<'_>) -> Report {
    if let Some(feedback) = arf::read(mail.part) {
        return complaint(mail, &feedback);
    }
    if let Some(failed) = notification::is_disposition(mail.part) {
        // RFC 8098 §3.2.6: Sieve's `reject` (RFC 5429) and others refuse a mail that was delivered.
        if failed || is_rejection(mail) {
            return told_recipients(mail);
        }
        return Report::new(BounceKind::Delivered, 90);
    }
    if let Some(found) = notification::find(mail.part)
        && let Some(report) = by_notification(mail, &found)
    {
        return report;
    }
    match sns::read(&mail.said) {
        Some(sns::Told::Complaint(recipients)) => {
            complaint(mail, &arf::Feedback { recipients, ..arf::Feedback::default() })
        }
        Some(sns::Told::Status(found)) => by_notification(mail, &found).unwrap_or_else(|| by_text(mail)),
        None => by_text(mail),
    }
}

fn complaint(mail: &Mail<'_>, feedback: &arf::Feedback) -> Report {
    let kind = if feedback.is_complaint() { BounceKind::Complaint } else { BounceKind::NotBounce };
    let mut report = Report::new(kind, 99);
    report.reporting_mta.clone_from(&feedback.reporting_mta);
    let mut addresses = feedback.recipients.clone();
    if addresses.is_empty() {
        addresses = mail.original.as_ref().map(|original| original.to.clone()).unwrap_or_default();
    }
    report.recipients = addresses.into_iter().map(|address| bare(address, kind)).collect();
    report
}

fn bare(address: String, kind: BounceKind) -> Recipient {
    Recipient {
        original: None,
        final_recipient: Some(address),
        kind,
        reason: BounceReason::Unknown,
        status: None,
        reply_code: None,
        reply: None,
        remote_mta: None,
        confidence: 80,
    }
}

/// By the fields of a delivery status; `None` where they tell nothing.
fn by_notification(mail: &Mail<'_>, found: &Notification) -> Option<Report> {
    let of = |wanted: Action| {
        found.recipients.iter().filter(|recipient| action(recipient) == Some(wanted)).collect::<Vec<_>>()
    };
    let failed = of(Action::Failed);
    let mut report = if failed.is_empty() {
        let others = [(Action::Delayed, BounceKind::Delayed), (Action::Delivered, BounceKind::Delivered)];
        let (action, kind) = others.into_iter().find(|(wanted, _)| !of(*wanted).is_empty())?;
        let mut report = Report::new(kind, 99);
        let told = of(action).into_iter();
        report.recipients =
            told.map(|recipient| Recipient { kind, ..refused(mail, recipient, false) }).collect();
        report
    } else {
        bounce(failed.iter().map(|recipient| refused(mail, recipient, failed.len() == 1)).collect(), 99)
    };
    report.reporting_mta.clone_from(&found.reporting_mta);
    Some(report)
}

/// What became of a recipient: `Action`, else the class of `Status` (RFC 3464 §2.3.4).
fn action(recipient: &dsn::Recipient) -> Option<Action> {
    recipient.action.or_else(|| {
        Some(match recipient.status?.class {
            2 => Action::Delivered,
            _ => Action::Failed,
        })
    })
}

fn refused(mail: &Mail<'_>, recipient: &dsn::Recipient, alone: bool) -> Recipient {
    let (original, mut final_recipient) = (recipient.original.clone(), recipient.final_recipient.clone());
    let known = [original.as_deref(), final_recipient.as_deref()];
    let is =
        |named: &&Named| known.iter().flatten().any(|address| address.eq_ignore_ascii_case(&named.address));
    let words = mail.named.iter().find(is).map(|named| named.words.as_str()).unwrap_or_default();
    let words = if words.is_empty() && alone { mail.said.as_str() } else { words };
    let diagnostic = recipient.diagnostic.as_deref().unwrap_or_default();
    let phase = reply::phase(words);
    let mut class = class::read(diagnostic, recipient.status, phase);
    if class.reason.kind() == BounceKind::Other || class.sure < 60 {
        for more in [words, if alone { mail.said.as_str() } else { "" }] {
            let other = class::read(more, recipient.status, phase);
            if other.reason.kind() != BounceKind::Other
                && (class.reason.kind() == BounceKind::Other || other.sure > class.sure)
            {
                class = Class {
                    quoted: if diagnostic.is_empty() { other.quoted } else { class.quoted },
                    ..other
                };
                break;
            }
        }
    }
    // Sendmail's transcript: the reply stands at DATA, and its own verdict with the code below.
    if class.reason == BounceReason::RecipientFilter && reply::speaks_against_address(words) {
        class.reason = BounceReason::RecipientUnknown;
    }
    if original.is_none() && final_recipient.is_none() {
        final_recipient = candidates(mail).into_iter().next();
    }
    let text = if diagnostic.is_empty() { words } else { diagnostic };
    make(original, final_recipient, &class, text, recipient.remote_mta.clone())
}

fn make(
    original: Option<String>,
    final_recipient: Option<String>,
    class: &Class,
    text: &str,
    remote_mta: Option<String>,
) -> Recipient {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Recipient {
        original,
        final_recipient,
        kind: class.reason.kind(),
        reason: class.reason,
        status: class.status,
        reply_code: Some(class.quoted.reply.code)
            .filter(|code| *code >= 400 && text.contains(&code.to_string())),
        reply: Some(reply::cut(&text, 1_000).to_owned()).filter(|text| !text.is_empty()),
        remote_mta,
        confidence: class.sure,
    }
}

/// A bounce about these recipients, by the gravest of them.
fn bounce(recipients: Vec<Recipient>, sure: u8) -> Report {
    let order = [BounceKind::Hard, BounceKind::Blocked, BounceKind::Soft, BounceKind::Other];
    let gravest = order.iter().find_map(|kind| recipients.iter().find(|recipient| recipient.kind == *kind));
    let mut report = Report::new(gravest.map_or(BounceKind::Other, |recipient| recipient.kind), sure);
    report.reason = gravest.map(|recipient| recipient.reason).or(Some(BounceReason::Unknown));
    report.confidence = gravest.map_or(sure, |recipient| recipient.confidence.min(sure));
    report.recipients = recipients;
    report
}

/// By what it says, where no field tells.
fn by_text(mail: &Mail<'_>) -> Report {
    let headers = &mail.part.headers;
    let quoted = reply::read(reply::cut(&mail.said, 4_000));
    let clear = mail.named.iter().any(|named| named.weight == 3);
    let signals = Signals::read(mail.part, &mail.said, quoted.has_code, clear, mail.original.is_some());
    let automatic = automatic::read(headers, &mail.said);
    if automatic == Automatic::Yes
        && !signals.marked
        && !(signals.daemon && (signals.subject || signals.body))
    {
        return Report::new(BounceKind::AutoReply, 90);
    }
    if automatic::is_note(headers) && !signals.subject {
        return Report::new(BounceKind::NotBounce, 80);
    }
    if !signals.is_report() {
        let kind = if automatic == Automatic::No { BounceKind::NotBounce } else { BounceKind::AutoReply };
        return Report::new(kind, 80);
    }
    if is_delay(mail) {
        let mut report = Report::new(BounceKind::Delayed, 85);
        report.recipients =
            candidates(mail).into_iter().map(|address| bare(address, BounceKind::Delayed)).collect();
        return report;
    }
    told_recipients(mail)
}

/// Whether it says that the mail was refused after all.
fn is_rejection(mail: &Mail<'_>) -> bool {
    let submitted = mail.part.headers.text("auto-submitted").to_ascii_lowercase();
    let said = normal(reply::cut(&mail.said, 1_000));
    submitted.contains("rejected") || said.contains("automatically rejected")
}

/// A bounce about those whom the text names.
fn told_recipients(mail: &Mail<'_>) -> Report {
    let addresses = candidates(mail);
    let alone = addresses.len() <= 1;
    let mut recipients: Vec<Recipient> =
        addresses.into_iter().map(|address| told(mail, address, alone)).collect();
    if recipients.is_empty() {
        let class = class::read(&mail.said, None, None);
        recipients.push(make(None, None, &class, &mail.said, None));
    }
    bounce(recipients, 85)
}

fn told(mail: &Mail<'_>, address: String, alone: bool) -> Recipient {
    let words = mail
        .named
        .iter()
        .find(|named| named.address.eq_ignore_ascii_case(&address))
        .map(|named| named.words.as_str())
        .unwrap_or_default();
    let mut class = class::read(words, None, None);
    let mut text = words;
    if class.reason.kind() == BounceKind::Other || words.is_empty() {
        let whole = class::read(&mail.said, None, None);
        if alone || words.is_empty() {
            (class, text) = (whole, if words.is_empty() { &mail.said } else { words });
        }
    }
    make(None, Some(address), &class, text, None)
}

fn is_delay(mail: &Mail<'_>) -> bool {
    let subject = normal(&mail.part.headers.text("subject"));
    // Sendmail: "transient non-fatal errors".
    let said = normal(reply::cut(&mail.said, 4_000)).replace("non-fatal", "");
    let warns = delay::WARNING.stand_in(&subject) || delay::WARNING.stand_in(&said);
    warns && !delay::GIVEN_UP.stand_in(&said)
}

/// Those who a text says did not get the mail.
fn candidates(mail: &Mail<'_>) -> Vec<String> {
    let failed: Vec<String> = mail
        .part
        .headers
        .all("x-failed-recipients")
        .flat_map(|value| address::all(&value, 500))
        .map(|found| found.address)
        .collect();
    if !failed.is_empty() {
        return distinct(failed);
    }
    let sent_to = mail.original.as_ref().map(|original| original.to.clone()).unwrap_or_default();
    for weight in [3, 2] {
        let there: Vec<String> = mail
            .named
            .iter()
            .filter(|named| named.weight == weight)
            .map(|named| named.address.clone())
            .collect();
        if !there.is_empty() {
            return distinct(there);
        }
    }
    let is_sent_to = |address: &str| sent_to.iter().any(|to| to.eq_ignore_ascii_case(address));
    let both: Vec<String> = mail
        .named
        .iter()
        .filter(|named| is_sent_to(&named.address))
        .map(|named| named.address.clone())
        .collect();
    if !both.is_empty() {
        return distinct(both);
    }
    if let Some(first) = mail.named.first() {
        return vec![first.address.clone()];
    }
    let own = addressed_to(mail.part);
    distinct(
        sent_to
            .into_iter()
            .filter(|to| !own.iter().any(|address| address.eq_ignore_ascii_case(to)))
            .collect(),
    )
}

fn distinct(addresses: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    addresses.into_iter().filter(|address| seen.insert(address.to_lowercase())).collect()
}

/// Recipients that the text names, without whoever sent or reports.
fn named(part: &Part<'_>, original: Option<&Original>, said: &str) -> Vec<Named> {
    let addresses = |headers: &[&str]| -> HashSet<String> {
        let values = headers.iter().flat_map(|name| part.headers.all(name));
        values.flat_map(|value| address::all(&value, 20)).map(|found| found.address.to_lowercase()).collect()
    };
    let reporter = addresses(&["from", "reply-to", "sender", "errors-to"]);
    // Not X-Original-To and its like: some write the failed recipient there.
    let mut sender = addresses(&["to"]);
    if let Some(original) = original {
        sender
            .extend(original.from.iter().chain(&original.return_path).map(|address| address.to_lowercase()));
    }
    let is_reporter = |address: &str| {
        let local = address.split('@').next().unwrap_or_default();
        reporter.contains(address)
            || ["postmaster", "mailer-daemon", "abuse", "hostmaster", "mailadmin"].contains(&local)
    };
    let found = text::named(said, &|address| {
        let address = address.to_lowercase();
        sender.contains(&address) || is_reporter(&address)
    });
    if !found.is_empty() {
        return found;
    }
    // Somebody who wrote to themselves, or a name without its domain.
    let found = text::named(said, &|address| is_reporter(&address.to_lowercase()));
    let clear: Vec<Named> = found.into_iter().filter(|named| named.weight == 3).collect();
    if clear.is_empty() { text::local(said, part.headers.text("from").as_str()) } else { clear }
}

/// Where the mail itself was sent to.
fn addressed_to(part: &Part<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for name in ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"] {
        found.extend(
            part.headers.all(name).flat_map(|value| address::all(&value, 100)).map(|found| found.address),
        );
    }
    distinct(found)
}
