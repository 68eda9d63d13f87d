//! Calls in the form that each provider documents, written for these tests, proven with keys of ours.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{encoding::AsDer as _, encoding::PublicKeyX509Der, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{TimeDelta, Utc};
use http::HeaderMap;
use sebar_domain::{BounceKind, BounceReason, HookFault, Provider};
use sebar_providers::{Call, Event, is_sendgrid_key, read};
use serde_json::{Value, json};

type Read = Result<Vec<Event>, HookFault>;

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    fields.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

fn call(provider: Provider, credential: &str, fields: &[(&'static str, &str)], body: &str) -> Read {
    let headers = headers(fields);
    read(provider, credential, &Call { headers: &headers, body: body.as_bytes(), now: Utc::now() })
}

/// By bearer.
fn token(provider: Provider, body: &Value) -> Vec<Event> {
    call(provider, "rahasia", &[("authorization", "Bearer rahasia")], &body.to_string()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn reasons(events: &[Event]) -> Vec<(BounceKind, BounceReason)> {
    events.iter().map(|event| (event.kind, event.reason)).collect()
}

const UNKNOWN: &str = "550 5.1.1 The email account that you tried to reach does not exist";

struct SendGrid {
    key: EcdsaKeyPair,
}

impl SendGrid {
    fn new() -> Self {
        Self { key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap() }
    }

    fn public(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.key.public_key().as_der().unwrap();
        STANDARD.encode(der.as_ref())
    }

    fn signature(&self, timestamp: &str, body: &str) -> String {
        let signed = format!("{timestamp}{body}");
        STANDARD.encode(self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap())
    }

    fn read(&self, timestamp: i64, body: &str) -> Read {
        let timestamp = timestamp.to_string();
        let fields = [
            ("x-twilio-email-event-webhook-signature", self.signature(&timestamp, body)),
            ("x-twilio-email-event-webhook-timestamp", timestamp),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        call(Provider::SendGrid, &self.public(), &fields, body)
    }
}

#[test]
fn sendgrid_signs_with_its_key() {
    let sendgrid = SendGrid::new();
    let now = Utc::now().timestamp();
    let one = |event: &str, kind: &str, class: &str, reason: &str| {
        json!({
            "email": "ida@toko.example", "timestamp": now, "event": event, "type": kind, "status": "",
            "smtp-id": "<0190a0b0c0d07000800000000000abcd@shop.example>", "reason": reason,
            "bounce_classification": class, "sg_event_id": "ZHVtbXk", "sg_message_id": "14c5d75ce93.dfd.64b469.filter"
        })
    };
    let body = json!([
        one("bounce", "bounce", "Invalid Address", UNKNOWN),
        one("bounce", "bounce", "", UNKNOWN),
        one("bounce", "bounce", "Content", "550 5.1.1 spam"),
        one("bounce", "bounce", "Unclassified", UNKNOWN),
        one("bounce", "blocked", "Invalid Address", UNKNOWN),
        one("dropped", "", "", "Bounced Address"),
        one("deferred", "", "", "452 4.2.2 Mailbox full"),
        one("spamreport", "", "", ""),
        one("delivered", "", "", ""),
        one("open", "", "", ""),
        one("processed", "", "", ""),
    ])
    .to_string();
    let events = sendgrid.read(now, &body).unwrap();
    assert_eq!(
        reasons(&events),
        [
            (BounceKind::Hard, BounceReason::RecipientUnknown),
            (BounceKind::Hard, BounceReason::RecipientUnknown),
            (BounceKind::Blocked, BounceReason::ContentRefused),
            (BounceKind::Other, BounceReason::Unknown),
            (BounceKind::Blocked, BounceReason::Policy),
            (BounceKind::Soft, BounceReason::RelaySuppressed),
            (BounceKind::Delayed, BounceReason::MailboxFull),
            (BounceKind::Complaint, BounceReason::Unknown),
        ]
    );
    let first = &events[0];
    assert_eq!((first.id.as_str(), first.recipient.as_str()), ("ZHVtbXk", "ida@toko.example"));
    assert_eq!(first.message_ids, ["0190a0b0c0d07000800000000000abcd@shop.example"]);
    assert_eq!((first.at.timestamp(), first.reply_code), (now, Some(550)));
    // SendGrid's own try, hours late, is taken; an old or a forged one is not.
    assert!(sendgrid.read(now - 82_800, "[]").unwrap().is_empty());
    assert_eq!(sendgrid.read(now - 90_000, "[]"), Err(HookFault::Stale));
    for bad in ["", "{", "[1]", "\"text\"", &format!("{}1", "[".repeat(50_000))] {
        assert_eq!(sendgrid.read(now, bad), Err(HookFault::Unreadable), "{bad:.10}");
    }
    let many = format!("[{}]", vec!["{}"; 20_000].join(","));
    assert_eq!(sendgrid.read(now, &many), Err(HookFault::Unreadable));
}

#[test]
fn a_call_of_sendgrid_that_is_not_signed_right_is_refused() {
    let sendgrid = SendGrid::new();
    let (key, now) = (sendgrid.public(), Utc::now().timestamp().to_string());
    let signature = sendgrid.signature(&now, "[]");
    let (sig, time) = ("x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp");
    let send =
        |key: &str, fields: &[(&'static str, &str)], body: &str| call(Provider::SendGrid, key, fields, body);
    assert_eq!(send(&key, &[(sig, &signature), (time, &now)], "[]"), Ok(Vec::new()));
    let other = SendGrid::new();
    for (key, fields, body, fault) in [
        (&key, vec![(sig, signature.as_str()), (time, &now)], "[ ]", HookFault::WrongSignature),
        (&key, vec![(sig, &signature), (time, "1")], "[]", HookFault::WrongSignature),
        (&other.public(), vec![(sig, &signature), (time, &now)], "[]", HookFault::WrongSignature),
        (&key, vec![(sig, "not base64"), (time, &now)], "[]", HookFault::WrongSignature),
        (&key, vec![(time, &now)], "[]", HookFault::Unsigned),
        (&key, vec![(sig, &signature)], "[]", HookFault::Unsigned),
        (&key, vec![], "[]", HookFault::Unsigned),
        (&"MFkw".to_owned(), vec![(sig, &signature), (time, &now)], "[]", HookFault::BadKey),
        (&String::new(), vec![(sig, &signature), (time, &now)], "[]", HookFault::NoKey),
    ] {
        assert_eq!(send(key, &fields, body), Err(fault), "{fields:?}");
    }
    assert!(is_sendgrid_key(&key) && is_sendgrid_key(&format!(" {key}\n")));
    assert!(!is_sendgrid_key("") && !is_sendgrid_key("MFkw") && !is_sendgrid_key("secret"));
}

/// With a fraction, as Mailgun tells time.
fn seconds(whole: i64) -> Value {
    serde_json::from_str(&format!("{whole}.521")).unwrap()
}

fn mailgun(key: &str, timestamp: i64, event: &Value) -> Read {
    let (timestamp, given) = (timestamp.to_string(), "a0b1c2");
    let with = hmac::Key::new(hmac::HMAC_SHA256, b"key-1");
    let signature = hex(hmac::sign(&with, format!("{timestamp}{given}").as_bytes()).as_ref());
    let body = json!({
        "signature": { "timestamp": timestamp, "token": given, "signature": signature },
        "event-data": event
    });
    call(Provider::Mailgun, key, &[], &body.to_string())
}

#[test]
fn mailgun_signs_time_and_token() {
    let now = Utc::now().timestamp();
    let failed = |severity: &str, reason: &str, code: u32, message: &str| {
        json!({
            "event": "failed", "id": "G9Bn5sl1TC6nu79C8C0bwg", "timestamp": seconds(now - 60),
            "severity": severity, "reason": reason, "recipient": "ida@toko.example",
            "delivery-status": { "code": code, "message": message, "mx-host": "mx.toko.example", "attempt-no": 1 },
            "message": { "headers": { "message-id": "0190a0b0c0d07000800000000000abcd@shop.example" } }
        })
    };
    let unknown = "5.1.1 The email account that you tried to reach does not exist";
    for (event, kind, reason) in [
        (failed("permanent", "bounce", 550, unknown), BounceKind::Hard, BounceReason::RecipientUnknown),
        (
            failed("permanent", "suppress-bounce", 605, "Not delivering"),
            BounceKind::Soft,
            BounceReason::RelaySuppressed,
        ),
        (failed("permanent", "old", 602, "Too old"), BounceKind::Soft, BounceReason::Expired),
        (failed("permanent", "generic", 550, unknown), BounceKind::Other, BounceReason::Unknown),
        (failed("temporary", "generic", 550, unknown), BounceKind::Delayed, BounceReason::System),
        (
            json!({ "event": "complained", "recipient": "ida@toko.example" }),
            BounceKind::Complaint,
            BounceReason::Unknown,
        ),
    ] {
        let events = mailgun("key-1", now, &event).unwrap();
        assert_eq!(reasons(&events), [(kind, reason)], "{event}");
    }
    let event = mailgun("key-1", now, &failed("permanent", "bounce", 550, unknown)).unwrap().remove(0);
    assert_eq!((event.at.timestamp(), event.reply_code), (now - 60, Some(550)));
    assert_eq!(event.message_ids, ["0190a0b0c0d07000800000000000abcd@shop.example"]);
    assert_eq!(event.remote_mta, "mx.toko.example");
    assert!(mailgun("key-1", now, &json!({ "event": "opened" })).unwrap().is_empty());
    let any = json!({ "event": "opened" });
    assert_eq!(mailgun("key-2", now, &any), Err(HookFault::WrongSignature));
    assert_eq!(mailgun("key-1", now - 90_000, &any), Err(HookFault::Stale));
    assert_eq!(mailgun("key-1", now + 3_600, &any), Err(HookFault::Stale));
    assert_eq!(mailgun("key-1", now, &json!(1)), Err(HookFault::Unreadable));
    for (body, fault) in [
        ("", HookFault::Unreadable),
        ("{}", HookFault::Unsigned),
        (r#"{"signature":{"timestamp":"1","token":"a","signature":"zz"}}"#, HookFault::WrongSignature),
        (r#"{"signature":{"timestamp":"1","token":"a"}}"#, HookFault::Unsigned),
        (r#"{"signature":"abc"}"#, HookFault::Unsigned),
    ] {
        assert_eq!(call(Provider::Mailgun, "key-1", &[], body), Err(fault), "{body}");
    }
}

#[test]
fn postmark_repeats_our_token() {
    use BounceReason::{
        AddressInvalid, ContentRefused, Network, NotAuthenticated, Policy, RecipientUnknown, RelaySuppressed,
        System, Unknown,
    };
    let event = |record: &str, kind: &str| {
        json!({
            "RecordType": record, "ID": 42, "Type": kind, "TypeCode": 1, "Name": "Hard bounce",
            "MessageID": "00000000-0000-0000-0000-000000000000", "Metadata": { "message-id": "abc@shop.example" },
            "Description": "The server was unable to deliver your message", "Details": "", "Inactive": true,
            "Email": "ida@toko.example", "From": "toko@shop.example", "BouncedAt": Utc::now().to_rfc3339()
        })
    };
    for (kind, expected) in [
        ("HardBounce", RecipientUnknown),
        ("BadEmailAddress", AddressInvalid),
        ("SoftBounce", System),
        ("DnsError", Network),
        ("ManuallyDeactivated", RelaySuppressed),
        ("Blocked", Policy),
        ("SpamNotification", ContentRefused),
        ("DMARCPolicy", NotAuthenticated),
        ("Unknown", Unknown),
    ] {
        let events = token(Provider::Postmark, &event("Bounce", kind));
        assert_eq!(reasons(&events), [(expected.kind(), expected)], "{kind}");
    }
    let kinds = |record: &str, kind: &str| {
        token(Provider::Postmark, &event(record, kind))
            .into_iter()
            .map(|event| event.kind)
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("SpamComplaint", "SpamComplaint"), [BounceKind::Complaint]);
    assert_eq!(kinds("Bounce", "Transient"), [BounceKind::Delayed]);
    assert_eq!(kinds("Bounce", "AutoResponder"), [BounceKind::AutoReply]);
    assert!(kinds("Bounce", "Subscribe").is_empty() && kinds("Open", "").is_empty());
    let found = token(Provider::Postmark, &event("Bounce", "HardBounce")).remove(0);
    assert_eq!((found.id.as_str(), found.message_ids[0].as_str()), ("42", "abc@shop.example"));
    let basic = format!("Basic {}", STANDARD.encode("sebar:rahasia"));
    let body = event("Bounce", "HardBounce").to_string();
    assert_eq!(call(Provider::Postmark, "rahasia", &[("authorization", &basic)], &body).unwrap().len(), 1);
}

#[test]
fn brevo_tells_one_or_many() {
    let event = |event: &str, reason: &str| {
        json!({
            "event": event, "email": "ida@toko.example", "id": 26224, "date": "2026-11-01 10:00:00",
            "ts_event": Utc::now().timestamp(), "message-id": "<201798300811.5787683@smtp.example>",
            "subject": "Kopi", "reason": reason, "sending_ip": "192.0.2.1"
        })
    };
    let body = json!([
        event("hard_bounce", UNKNOWN),
        event("invalid_email", ""),
        event("soft_bounce", UNKNOWN),
        event("blocked", UNKNOWN),
        event("error", ""),
        event("deferred", "451 4.7.1 Try later"),
        event("spam", ""),
        event("delivered", ""),
        event("unique_opened", ""),
    ]);
    let events = token(Provider::Brevo, &body);
    assert_eq!(
        events.iter().map(|event| event.kind).collect::<Vec<_>>(),
        [
            BounceKind::Hard,
            BounceKind::Hard,
            BounceKind::Soft,
            BounceKind::Blocked,
            BounceKind::Other,
            BounceKind::Delayed,
            BounceKind::Complaint
        ]
    );
    assert_ne!(events[0].id, events[1].id, "the number that it sends is the webhook's");
    assert_eq!(token(Provider::Brevo, &event("hard_bounce", UNKNOWN))[0].kind, BounceKind::Hard);
}

#[test]
fn sparkpost_tells_classes() {
    let one = |kind: &str, class: &str, reason: &str| {
        json!({ "msys": { "message_event": {
            "type": kind, "bounce_class": class, "error_code": "550", "event_id": "92356927693813856",
            "message_id": "000443ee14578172be22", "raw_reason": reason, "rcpt_to": "ida@toko.example",
            "raw_rcpt_to": "Ida@toko.example", "timestamp": Utc::now().timestamp().to_string(), "ip_address": "192.0.2.1"
        } } })
    };
    let kinds = |kind: &str, class: &str| {
        let events = token(Provider::SparkPost, &json!([one(kind, class, UNKNOWN)]));
        events.into_iter().map(|event| event.kind).collect::<Vec<_>>()
    };
    for (class, kind) in [
        ("10", BounceKind::Hard),
        ("30", BounceKind::Hard),
        ("1", BounceKind::Other),
        ("20", BounceKind::Soft),
        ("21", BounceKind::Soft),
        ("22", BounceKind::Soft),
        ("24", BounceKind::Soft),
        ("25", BounceKind::Soft),
        ("40", BounceKind::Soft),
        ("50", BounceKind::Blocked),
        ("52", BounceKind::Blocked),
        ("54", BounceKind::Blocked),
        ("60", BounceKind::AutoReply),
        ("999", BounceKind::Other),
    ] {
        assert_eq!(kinds("bounce", class), [kind], "{class}");
    }
    assert!(kinds("bounce", "90").is_empty() && kinds("delivery", "").is_empty());
    assert_eq!(kinds("out_of_band", "10"), [BounceKind::Hard]);
    assert_eq!(kinds("delay", "20"), [BounceKind::Delayed]);
    assert_eq!(kinds("spam_complaint", ""), [BounceKind::Complaint]);
    assert!(token(Provider::SparkPost, &json!([{ "msys": {} }])).is_empty(), "how a new webhook is tried");
}

#[test]
fn our_own_form_is_read_strictly() {
    let event = |kind: &str| json!({ "id": "1", "type": kind, "recipient": "ida@toko.example" });
    let both = json!({ "events": [event("hard"), event("complaint")] });
    let kinds = token(Provider::Generic, &both).into_iter().map(|event| event.kind).collect::<Vec<_>>();
    assert_eq!(kinds, [BounceKind::Hard, BounceKind::Complaint]);
    assert_eq!(token(Provider::Generic, &json!([event("soft")]))[0].kind, BounceKind::Soft);
    let full = json!({
        "id": "7", "type": "soft", "reason": "mailbox_full", "recipient": "ida@toko.example", "status": "5.2.2",
        "message_id": "<abc@shop.example>", "reply": "552 5.2.2 full", "at": "2020-01-01T00:00:00Z"
    });
    let found = token(Provider::Generic, &full).remove(0);
    assert_eq!((found.reason, found.reply_code), (BounceReason::MailboxFull, Some(552)));
    assert_eq!(found.message_ids, ["abc@shop.example"]);
    assert!(Utc::now() - found.at < TimeDelta::minutes(1), "nobody remembers so long");
    let bearer = [("authorization", "Bearer rahasia")];
    for wrong in [
        json!({}),
        json!({ "events": 1 }),
        json!({ "type": "hard" }),
        json!({ "type": "hard", "recipient": "ida" }),
        json!({ "type": "delivered", "recipient": "ida@toko.example" }),
        json!({ "type": "dead", "recipient": "ida@toko.example" }),
        json!({ "type": "soft", "reason": "recipient_unknown", "recipient": "ida@toko.example" }),
        json!({ "type": "hard", "reason": "tired", "recipient": "ida@toko.example" }),
    ] {
        let found = call(Provider::Generic, "rahasia", &bearer, &wrong.to_string());
        assert_eq!(found, Err(HookFault::Unreadable), "{wrong}");
    }
}

#[test]
fn our_own_form_may_be_signed() {
    let body = r#"{"id":"1","type":"hard","recipient":"ida@toko.example"}"#;
    let sign = |timestamp: &str, body: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"rahasia");
        hex(hmac::sign(&key, format!("{timestamp}.{body}").as_bytes()).as_ref())
    };
    let now = Utc::now().timestamp().to_string();
    let send = |timestamp: &str, signature: &str| {
        let fields = [("x-sebar-timestamp", timestamp), ("x-sebar-signature", signature)];
        call(Provider::Generic, "rahasia", &fields, body)
    };
    assert_eq!(send(&now, &format!("sha256={}", sign(&now, body))).unwrap().len(), 1);
    assert_eq!(send(&now, &sign(&now, body)).unwrap().len(), 1);
    assert_eq!(send(&now, &sign(&now, "{}")), Err(HookFault::WrongSignature));
    let old = (Utc::now().timestamp() - 90_000).to_string();
    assert_eq!(send(&old, &sign(&old, body)), Err(HookFault::Stale));
    let alone = [("x-sebar-signature", "00")];
    assert_eq!(call(Provider::Generic, "rahasia", &alone, body), Err(HookFault::Unsigned));
}

#[test]
fn nobody_is_believed_without_the_token_and_no_body_does_harm() {
    for provider in [Provider::Postmark, Provider::Brevo, Provider::SparkPost, Provider::Generic] {
        assert_eq!(call(provider, "rahasia", &[], "[]"), Err(HookFault::Unsigned), "{provider}");
        let wrong = [("authorization", "Bearer lain")];
        assert_eq!(call(provider, "rahasia", &wrong, "[]"), Err(HookFault::WrongSignature), "{provider}");
        let bearer = [("authorization", "Bearer rahasia")];
        assert_eq!(call(provider, "", &bearer, "[]"), Err(HookFault::NoKey), "{provider}");
        let deep = format!("{}{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
        let many = format!("[{}]", vec!["{}"; 20_000].join(","));
        for bad in ["", "nonsense", "\u{0}", "[1,2]", "null", &deep, &many] {
            let found = call(provider, "rahasia", &bearer, bad);
            assert_eq!(found, Err(HookFault::Unreadable), "{provider} {bad:.20}");
        }
    }
    assert_eq!(call(Provider::Ses, "x", &[], "{}"), Err(HookFault::Unreadable));
}
