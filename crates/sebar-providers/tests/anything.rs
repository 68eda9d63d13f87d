//! Whatever is sent, by whoever knows the token: an answer, and no word graver than the provider's.

use chrono::Utc;
use http::HeaderMap;
use proptest::prelude::*;
use sebar_domain::{BounceKind, Provider};
use sebar_providers::sns::{Certificate, Envelope};
use sebar_providers::{Call, read, ses};
use serde_json::{Value, json};

/// Fields that providers send, and values that they might.
fn field() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "RecordType",
        "Type",
        "Email",
        "ID",
        "Details",
        "event",
        "email",
        "reason",
        "ts_event",
        "message-id",
        "msys",
        "message_event",
        "type",
        "bounce_class",
        "rcpt_to",
        "timestamp",
        "events",
        "recipient",
        "status",
        "at",
        "notificationType",
        "bounce",
        "bounceType",
        "bouncedRecipients",
        "emailAddress",
        "mail",
        "headers",
        "Signature",
        "SigningCertURL",
        "Message",
        "complaint",
        "complainedRecipients",
        "deliveryDelay",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        ".{0,40}".prop_map(Value::from),
        prop::sample::select(vec![
            "Bounce",
            "HardBounce",
            "SoftBounce",
            "hard_bounce",
            "soft_bounce",
            "bounce",
            "10",
            "20",
            "Permanent",
            "Transient",
            "Notification",
            "soft",
            "hard",
            "ida@toko.example",
            "550 5.1.1 User unknown",
            "-1.5",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((field(), inner), 0..8)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_body_has_an_answer(body in value(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut headers = HeaderMap::new();
        headers.insert("x-sebar-token", "rahasia".parse().unwrap());
        let text = body.to_string();
        for body in [text.as_bytes(), &bytes] {
            for provider in Provider::ALL {
                let _ = read(*provider, "rahasia", &Call { headers: &headers, body, now: Utc::now() });
            }
            let _ = Envelope::read(body).map(|envelope| (envelope.certificate_url(), envelope.subscribe_url()));
            let _ = Certificate::read(body);
        }
        let _ = ses::read(&text, Utc::now());
    }

    #[test]
    fn no_reply_makes_a_passing_fault_the_end_of_an_address(reply in ".{0,80}", code in 400u16..600, detail in 0u8..10) {
        let reply = format!("{code} 5.1.{detail} user unknown {reply}");
        let mut headers = HeaderMap::new();
        headers.insert("x-sebar-token", "rahasia".parse().unwrap());
        let passing = [
            (Provider::Brevo, json!({ "event": "soft_bounce", "email": "ida@toko.example", "reason": reply })),
            (Provider::Postmark, json!({ "RecordType": "Bounce", "Type": "Blocked", "Email": "ida@toko.example", "Details": reply })),
            (Provider::Generic, json!({ "type": "delayed", "recipient": "ida@toko.example", "reply": reply })),
            (Provider::SparkPost, json!([{ "msys": { "message_event": {
                "type": "bounce", "bounce_class": "20", "rcpt_to": "ida@toko.example", "raw_reason": reply
            } } }])),
        ];
        for (provider, body) in passing {
            let body = body.to_string();
            let call = Call { headers: &headers, body: body.as_bytes(), now: Utc::now() };
            let events = read(provider, "rahasia", &call).unwrap();
            prop_assert_eq!(events.len(), 1);
            prop_assert_ne!(events[0].kind, BounceKind::Hard);
            prop_assert_ne!(events[0].reason.kind(), BounceKind::Hard);
        }
    }
}
