//! Mails written for this test, each in the form of a mail system or a language, with what they say.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use sebar_domain::BounceKind::{
    self, AutoReply, Blocked, Complaint, Delayed, Delivered, Hard, NotBounce, Other, Soft,
};
use sebar_domain::BounceReason as Reason;
use sebar_inbound::{Recipient, Report, recognise};

/// A file in `mails/`, what it is, whom it is about, and why.
type Row = (&'static str, BounceKind, &'static [&'static str], Option<Reason>);

const MAILS: &[Row] = &[
    ("dsn-unknown", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-generic-status", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("dsn-several", Hard, &["ida@x.example", "bo@y.example"], Some(Reason::RecipientUnknown)),
    ("dsn-no-empty-lines", Soft, &["ida@x.example", "bo@x.example"], Some(Reason::MailboxFull)),
    ("dsn-original-recipient", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-international", Hard, &["jörg@bücher.example"], Some(Reason::RecipientUnknown)),
    ("dsn-escaped-international", Hard, &["jörg@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-delayed", Delayed, &["ida@x.example"], None),
    ("dsn-expired", Soft, &["ida@x.example"], Some(Reason::Network)),
    ("dsn-delivered", Delivered, &["ida@x.example"], None),
    ("dsn-relayed", Delivered, &["ida@x.example"], None),
    ("dsn-expanded", Delivered, &["team@x.example"], None),
    ("dsn-dmarc", Blocked, &["ida@x.example"], Some(Reason::NotAuthenticated)),
    ("dsn-blocklist", Blocked, &["ida@x.example"], Some(Reason::Listed)),
    ("dsn-filter-at-data", Soft, &["ida@carrier.example"], Some(Reason::RecipientFilter)),
    ("dsn-in-mixed", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-without-mime", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-cut", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-forwarded", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("exchange-2003", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("exchange-online", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("exchange-not-allowed", Blocked, &["staff@x.example"], Some(Reason::SenderRefused)),
    ("qmail", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("qmail-sender-refused", Blocked, &["ida@x.example"], Some(Reason::SenderRefused)),
    ("exim", Hard, &["ida@x.example", "bo@y.example"], Some(Reason::RecipientUnknown)),
    ("exim-delay", Delayed, &["ida@x.example"], None),
    ("sendmail-8", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("sendmail-warning", Delayed, &["ida@x.example"], None),
    ("gmail-text", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("yahoo-text", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("domino", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("groupwise", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("imail", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("mailmarshal", Blocked, &["ida@x.example"], Some(Reason::ContentRefused)),
    ("courier", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("opensmtpd", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("did-not-like", Blocked, &["ida@x.example"], Some(Reason::ContentRefused)),
    ("mcafee-style", Soft, &["ida@x.example"], Some(Reason::RecipientFilter)),
    ("ses-by-sns", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("local-part-only", Blocked, &["ida77@provider.example"], Some(Reason::SenderRefused)),
    ("loop", Soft, &["ida@x.example"], Some(Reason::Network)),
    ("too-big", Soft, &["ida@x.example"], Some(Reason::TooBig)),
    ("host-unknown", Hard, &["ida@nowhere.example"], Some(Reason::DomainUnknown)),
    ("relay-denied", Blocked, &["ida@x.example"], Some(Reason::RelayingDenied)),
    ("no-reason", Other, &["ida@x.example"], Some(Reason::Unknown)),
    ("html-only", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("german", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("french", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("spanish", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("portuguese", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("italian", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dutch", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("polish", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("russian", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("japanese", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("japanese-shift-jis", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("chinese", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("turkish", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("indonesian", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("swedish", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("german-delay", Delayed, &["ida@x.example"], None),
    ("arf", Complaint, &["ida@provider.example"], None),
    ("arf-redacted", Complaint, &["ida@provider.example"], None),
    ("arf-not-spam", NotBounce, &["ida@provider.example"], None),
    ("jmrp", Complaint, &["ida@hot.example"], None),
    ("vacation", AutoReply, &[], None),
    ("vacation-german", AutoReply, &[], None),
    ("vacation-left", AutoReply, &[], None),
    ("challenge", AutoReply, &[], None),
    ("receipt", Delivered, &[], None),
    ("receipt-rejected", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("moderation", NotBounce, &[], None),
    ("reply", NotBounce, &[], None),
    ("reply-about-bounce", NotBounce, &[], None),
    ("newsletter-about-mail", NotBounce, &[], None),
    ("spam", NotBounce, &[], None),
    ("dsn-in-base64", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("dsn-crlf", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("appliance-text", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("warning-until", Delayed, &["ida@x.example"], None),
    ("spanish-delay", Delayed, &["ida@x.example"], None),
    ("forwarded-by-a-person", NotBounce, &[], None),
    ("parcel", NotBounce, &[], None),
    ("digest", NotBounce, &[], None),
    ("communigate", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("mdaemon", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("mdaemon-warning", Delayed, &["ida@x.example"], None),
    ("smartermail", Soft, &["ida@x.example"], Some(Reason::Network)),
    ("hmailserver", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("hmailserver-no-domain", Hard, &["ida@x.example"], Some(Reason::DomainUnknown)),
    ("haraka", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("powermta", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("qmail-listed", Blocked, &["ida@x.example"], Some(Reason::Listed)),
    ("qmail-spanish", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("ironport-spam", Blocked, &["ida@x.example"], Some(Reason::ContentRefused)),
    ("italian-disabled", Soft, &["ida@x.example"], Some(Reason::MailboxDisabled)),
    ("french-provider", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("portuguese-full", Soft, &["ida@x.example"], Some(Reason::MailboxFull)),
    ("korean", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("addresses-were-unknown", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("imail-quotes", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("cron", NotBounce, &[], None),
    ("indonesian-gmail", Hard, &["ida@x.example"], Some(Reason::RecipientUnknown)),
    ("polish-delay", Delayed, &["ida@x.example"], None),
    ("imss", Blocked, &["ida@x.example"], Some(Reason::ContentRefused)),
    ("amavis-banned", Blocked, &["ida@x.example"], Some(Reason::ContentRefused)),
    ("sendmail-non-fatal", Delayed, &["ida@x.example"], None),
    ("sieve-rejected", Soft, &["ida@x.example"], Some(Reason::RecipientFilter)),
    ("empty", NotBounce, &[], None),
];

fn bytes(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails").join(name).with_extension("eml"))
        .unwrap()
}

fn report(name: &str) -> Report {
    recognise(&bytes(name))
}

#[test]
fn every_mail_is_understood() {
    let mut wrong = Vec::new();
    for (name, kind, recipients, reason) in MAILS {
        let report = report(name);
        let found: Vec<&str> = report.recipients.iter().filter_map(Recipient::address).collect();
        if report.kind != *kind || found != *recipients || report.reason != *reason {
            wrong.push(format!("{name}: {} {found:?} {:?}", report.kind, report.reason));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), MAILS.len(), wrong.join("\n"));
}

#[test]
fn every_mail_has_its_row() {
    let folder = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails")).unwrap();
    assert_eq!(folder.count(), MAILS.len());
}

#[test]
fn a_code_in_the_reply_outranks_a_generic_status() {
    let status = report("dsn-generic-status").recipients[0].status.unwrap();
    assert_eq!(status.to_string(), "5.2.2");
}

#[test]
fn the_returned_mail_is_there_for_whoever_matches_it() {
    for name in ["dsn-unknown", "qmail", "exim"] {
        let mut report = report(name);
        let original = report.original.clone().unwrap();
        assert_eq!(original.message_id.as_deref(), Some("2026.1@news.shop.example"), "{name}");
        assert_eq!(original.return_path.as_deref(), Some("bounce+k7q2@news.shop.example"), "{name}");
        assert_eq!(report.find_token("bounce+"), Some("k7q2"), "{name}");
        assert_eq!(report.find_token("other+"), None, "{name}");
    }
    let report = report("dsn-unknown");
    assert_eq!(report.addressed_to, ["bounce+k7q2@news.shop.example"]);
    assert_eq!(report.reporting_mta.as_deref(), Some("mx.relay.example"));
}

#[test]
fn both_recipients_are_known_where_the_mail_was_passed_on() {
    let report = report("dsn-original-recipient");
    let recipient = &report.recipients[0];
    assert_eq!(recipient.original.as_deref(), Some("ida@x.example"));
    assert_eq!(recipient.final_recipient.as_deref(), Some("i.k@inner.example"));
    assert_eq!(recipient.reply_code, Some(550));
    assert_eq!(recipient.reply.as_deref(), Some("550 5.1.1 unknown"));
}

#[test]
fn a_mail_that_is_cut_anywhere_is_still_a_mail() {
    for (name, ..) in MAILS {
        let bytes = bytes(name);
        for end in (0..bytes.len()).step_by(7) {
            let _ = recognise(&bytes[..end]);
        }
    }
}
