//! Amazon SES by way of SNS: envelopes, signatures, certificates, confirmation, and what is in them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use sebar_domain::{BounceKind, BounceReason, HookFault};
use sebar_providers::sns::{Certificate, Envelope, Kind};
use sebar_providers::{Amazon, Event, ses};
use sebar_testkit::SnsServer;
use serde_json::{Value, json};

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:bounces";

fn bounce(kind: &str, sub: &str, status: &str, reply: &str) -> Value {
    json!({
        "notificationType": "Bounce",
        "bounce": {
            "feedbackId": "0100018c-feedback",
            "bounceType": kind,
            "bounceSubType": sub,
            "bouncedRecipients": [
                { "emailAddress": "ida@toko.example", "action": "failed", "status": status, "diagnosticCode": reply }
            ],
            "timestamp": Utc::now().to_rfc3339(),
            "remoteMtaIp": "192.0.2.1",
            "reportingMTA": "dns; a8-50.smtp-out.amazonses.com"
        },
        "mail": {
            "timestamp": Utc::now().to_rfc3339(),
            "source": "toko@shop.example",
            "messageId": "0100018c-mail",
            "destination": ["ida@toko.example"],
            "headers": [
                { "name": "From", "value": "toko@shop.example" },
                { "name": "Message-ID", "value": "<0190a0b0c0d07000800000000000abcd@shop.example>" }
            ]
        }
    })
}

fn read(message: &Value) -> Vec<Event> {
    ses::read(&message.to_string(), Utc::now()).unwrap()
}

#[test]
fn bounces_are_told_by_type_and_sub_type() {
    use BounceReason::{
        ContentRefused, Expired, MailboxFull, Policy, RecipientUnknown, RelaySuppressed, System, TooBig,
        Unknown,
    };
    let unknown = "smtp; 550 5.1.1 <ida@toko.example>: Recipient address rejected: User unknown";
    for (kind, sub, reply, expected) in [
        ("Permanent", "General", unknown, RecipientUnknown),
        ("Permanent", "NoEmail", "", RecipientUnknown),
        ("Permanent", "Suppressed", unknown, RelaySuppressed),
        ("Permanent", "OnAccountSuppressionList", unknown, RelaySuppressed),
        ("Permanent", "General", "smtp; 550 5.7.1 Message rejected due to local policy", Policy),
        ("Transient", "General", unknown, System),
        ("Transient", "General", "", Unknown),
        ("Transient", "MailboxFull", "", MailboxFull),
        ("Transient", "MessageTooLarge", "", TooBig),
        ("Transient", "ContentRejected", unknown, ContentRefused),
        ("Transient", "AttachmentRejected", "", ContentRefused),
        ("Transient", "CustomTimeoutExceeded", "", Expired),
        ("Undetermined", "Undetermined", unknown, Unknown),
        ("Undetermined", "Undetermined", "smtp; 552 5.2.2 Mailbox full", MailboxFull),
    ] {
        let events = read(&bounce(kind, sub, "", reply));
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].reason, events[0].kind), (expected, expected.kind()), "{kind} {sub} {reply}");
    }
    let event = read(&bounce("Permanent", "General", "5.1.1", unknown)).remove(0);
    assert_eq!(event.id, "0100018c-feedback");
    assert_eq!(event.recipient, "ida@toko.example");
    assert_eq!(event.message_ids, ["0190a0b0c0d07000800000000000abcd@shop.example"]);
    assert_eq!((event.reply_code, event.status), (Some(550), "5.1.1".parse().ok()));
    assert!(event.reply.starts_with("550 5.1.1 "));
    assert_eq!(
        (event.reporting_mta.as_str(), event.remote_mta.as_str()),
        ("a8-50.smtp-out.amazonses.com", "192.0.2.1")
    );
}

#[test]
fn complaints_delays_and_all_else() {
    let complaint = |kind: &str, sub: Value| {
        read(&json!({
            "eventType": "Complaint",
            "complaint": {
                "feedbackId": "f", "complaintFeedbackType": kind, "complaintSubType": sub,
                "complainedRecipients": [{ "emailAddress": "ida@toko.example" }, { "emailAddress": "budi@kopi.example" }],
                "timestamp": Utc::now().to_rfc3339()
            },
            "mail": { "messageId": "m" }
        }))
    };
    let events = complaint("abuse", Value::Null);
    assert_eq!(events.iter().map(|one| one.kind).collect::<Vec<_>>(), [BounceKind::Complaint; 2]);
    assert!(complaint("not-spam", Value::Null).is_empty());
    let listed = complaint("abuse", "OnAccountSuppressionList".into());
    assert_eq!(listed[0].kind, BounceKind::Soft, "nobody complains now");
    let events = read(&json!({
        "eventType": "DeliveryDelay",
        "deliveryDelay": {
            "delayType": "MailboxFull", "timestamp": Utc::now().to_rfc3339(), "expirationTime": "",
            "delayedRecipients": [{
                "emailAddress": "ida@toko.example", "status": "4.2.2", "diagnosticCode": "smtp; 452 4.2.2 full"
            }]
        },
        "mail": { "messageId": "m" }
    }));
    assert_eq!((events[0].kind, events[0].reason), (BounceKind::Delayed, BounceReason::MailboxFull));
    for quiet in ["Delivery", "Open", "Click", "Send", "Reject", "Something New"] {
        assert!(read(&json!({ "eventType": quiet, "mail": {} })).is_empty(), "{quiet}");
    }
    assert!(read(&json!({ "notificationType": "Bounce" })).is_empty());
    let now = Utc::now();
    let greeting = "Successfully validated SNS topic for Amazon SES event publishing.";
    assert_eq!(ses::read(greeting, now), Ok(Vec::new()));
    for bad in ["", "hello", "[]", "{}", "{\"Type\":\"x\"}", &"[".repeat(50_000)] {
        assert_eq!(ses::read(bad, now), Err(HookFault::Unreadable), "{bad:.20}");
    }
}

#[test]
fn the_first_version_of_the_signature_is_checked_too() {
    let certificate = Certificate::read(include_bytes!("sns-sha1.pem")).unwrap();
    let envelope = |message: &str| {
        let body = json!({
            "Type": "Notification", "MessageId": "m-1", "TopicArn": TOPIC,
            "Subject": "Amazon SES Email Event Notification", "Message": message,
            "Timestamp": "2027-01-01T10:00:00.000Z", "SignatureVersion": "1",
            "Signature": include_str!("sns-sha1.signature").trim(),
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"
        });
        Envelope::read(body.to_string().as_bytes()).unwrap()
    };
    let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let right = envelope("{\"notificationType\":\"Bounce\"}");
    assert_eq!(right.verify(&certificate, at("2027-01-01T12:00:00Z")), Ok(()));
    assert_eq!(right.verify(&certificate, at("2027-01-02T12:00:00Z")), Err(HookFault::Stale));
    assert_eq!(right.verify(&certificate, at("2026-01-01T12:00:00Z")), Err(HookFault::Certificate));
    let forged = envelope("{\"notificationType\":\"Complaint\"}");
    assert_eq!(forged.verify(&certificate, at("2027-01-01T12:00:00Z")), Err(HookFault::WrongSignature));
}

#[test]
fn what_is_no_envelope_or_no_certificate_is_refused() {
    for (body, fault) in [
        ("", HookFault::Unreadable),
        ("{}", HookFault::Unreadable),
        (r#"{"notificationType":"Bounce","bounce":{}}"#, HookFault::Unreadable),
        (r#"{"Type":"Notification","Message":"{}"}"#, HookFault::Unsigned),
    ] {
        assert_eq!(Envelope::read(body.as_bytes()).err(), Some(fault), "{body}");
    }
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "nonsense"] {
        assert_eq!(Certificate::read(pem.as_bytes()).err(), Some(HookFault::Certificate));
    }
}

#[tokio::test]
async fn the_certificate_is_fetched_once_and_a_subscription_confirmed() {
    let server = SnsServer::start().await.unwrap();
    let amazon = Amazon::with(server.client().unwrap());
    let now = Utc::now();
    let asked = server.envelope("SubscriptionConfirmation", TOPIC, "You have chosen to subscribe");
    let asked = Envelope::read(asked.as_bytes()).unwrap();
    assert_eq!((asked.kind, asked.topic.as_str()), (Kind::Confirmation, TOPIC));
    amazon.verify(&asked, now).await.unwrap();
    amazon.confirm(&asked).await.unwrap();
    for _ in 0..3 {
        let told = server.envelope("Notification", TOPIC, "{}");
        let told = Envelope::read(told.as_bytes()).unwrap();
        assert_eq!(amazon.verify(&told, now).await, Ok(()));
        assert_eq!(amazon.verify(&told, now + TimeDelta::hours(30)).await, Err(HookFault::Stale));
    }
    assert_eq!(
        server.visits(),
        ["/SimpleNotificationService-test.pem", "/?Action=ConfirmSubscription&Token=token"]
    );
    let changed = |name: &str, value: &str| {
        let mut body: Value = serde_json::from_str(&server.envelope("Notification", TOPIC, "{}")).unwrap();
        body[name] = value.into();
        Envelope::read(body.to_string().as_bytes()).unwrap()
    };
    for (name, value, fault) in [
        ("Message", "{\"a\":1}", HookFault::WrongSignature),
        ("TopicArn", "arn:aws:sns:eu-west-1:999999999999:evil", HookFault::WrongSignature),
        ("Signature", "AAAA", HookFault::WrongSignature),
        ("Signature", "%", HookFault::WrongSignature),
        ("SignatureVersion", "1", HookFault::WrongSignature),
        ("SignatureVersion", "3", HookFault::WrongSignature),
        ("SigningCertURL", "https://evil.example/x.pem", HookFault::ForeignAddress),
        ("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/x.txt", HookFault::ForeignAddress),
    ] {
        assert_eq!(amazon.verify(&changed(name, value), now).await, Err(fault), "{name} {value}");
    }
    assert_eq!(server.visits().len(), 2, "nothing else was asked");
    let mut elsewhere: Value =
        serde_json::from_str(&server.envelope("SubscriptionConfirmation", TOPIC, "")).unwrap();
    elsewhere["SubscribeURL"] = "https://169.254.169.254/".into();
    let elsewhere = Envelope::read(elsewhere.to_string().as_bytes()).unwrap();
    assert_eq!(amazon.confirm(&elsewhere).await, Err(HookFault::ForeignAddress));
    drop(server);
    let other = Amazon::with(reqwest::Client::builder().resolve(
        "sns.eu-west-1.amazonaws.com",
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap(),
    ));
    assert_eq!(other.verify(&asked, now).await, Err(HookFault::Unreachable));
}
