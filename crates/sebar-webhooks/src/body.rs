//! What a call says.

use chrono::SecondsFormat;
use sebar_domain::EventKind;
use sebar_store::webhooks::{Call, Subjects};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The body of a call, as JSON. `created_at` is what Resend calls `timestamp`.
pub(crate) fn compose(call: &Call, subjects: &Subjects) -> String {
    let at = call.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let body = Body { kind: call.kind, timestamp: &at, created_at: &at, data: data(call, subjects) };
    // Texts, numbers and lists of them can always be written as JSON.
    serde_json::to_string(&body).unwrap_or_default()
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: EventKind,
    timestamp: &'a str,
    created_at: &'a str,
    data: Value,
}

fn data(call: &Call, subjects: &Subjects) -> Value {
    let mut data = match subjects.of.get(&call.subject) {
        Some(Value::Object(of)) => of.clone(),
        _ => gone(call),
    };
    let mut facts = match &call.facts {
        Value::Object(facts) => facts.clone(),
        _ => Map::new(),
    };
    let name = match call.kind {
        EventKind::EmailClicked => {
            let link = facts.get("link").and_then(Value::as_i64);
            let url = link.and_then(|n| subjects.links.get(&(call.subject, n)));
            facts.insert("link".to_owned(), json!(url));
            "click"
        }
        EventKind::EmailOpened => {
            facts.remove("link");
            "open"
        }
        EventKind::EmailComplained => "complaint",
        EventKind::EmailBounced => "bounce",
        EventKind::EmailDelayed if facts.contains_key("bounce_id") => "bounce",
        _ if call.kind.family() == "email"
            && facts.contains_key("reason") | facts.contains_key("attempt") =>
        {
            "delivery"
        }
        _ => {
            data.extend(facts);
            return Value::Object(data);
        }
    };
    data.insert(name.to_owned(), Value::Object(facts));
    Value::Object(data)
}

/// What is left to say of a message, contact or campaign that is no longer stored.
fn gone(call: &Call) -> Map<String, Value> {
    let mut data = Map::new();
    match call.kind.family() {
        "email" => data.insert("email_id".to_owned(), json!(format!("msg_{}", call.subject.simple()))),
        "webhook" => data.insert("message".to_owned(), json!("This is a test.")),
        _ => data.insert("id".to_owned(), json!(call.subject)),
    };
    data
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn call(kind: EventKind, facts: Value) -> Call {
        Call {
            n: 1,
            id: Uuid::nil(),
            kind,
            subject: Uuid::nil(),
            at: DateTime::from_timestamp(1_700_000_000, 5_000_000).unwrap(),
            facts,
            attempts: 0,
            body: None,
        }
    }

    fn told(kind: EventKind, facts: Value) -> Value {
        let of = [(Uuid::nil(), json!({ "email_id": "msg_1", "recipient": "ani@example.com" }))];
        let links = [((Uuid::nil(), 3), "https://example.com/".to_owned())];
        let subjects = Subjects { of: of.into(), links: links.into() };
        serde_json::from_str(&compose(&call(kind, facts), &subjects)).unwrap()
    }

    #[test]
    fn what_is_known_of_an_event_stands_under_its_own_name() {
        let sent = told(EventKind::EmailSent, json!({ "attempt": 1, "code": 250 }));
        assert_eq!(sent["type"], "email.sent");
        assert_eq!(sent["timestamp"], "2023-11-14T22:13:20.005Z");
        assert_eq!(sent["data"]["recipient"], "ani@example.com");
        assert_eq!(sent["data"]["delivery"], json!({ "attempt": 1, "code": 250 }));
        let bounced = told(EventKind::EmailBounced, json!({ "kind": "hard", "bounce_id": "b" }));
        assert_eq!(bounced["data"]["bounce"]["kind"], "hard");
        let clicked = told(EventKind::EmailClicked, json!({ "link": 3, "user_agent": "x" }));
        assert_eq!(clicked["data"]["click"], json!({ "link": "https://example.com/", "user_agent": "x" }));
        let opened = told(EventKind::EmailOpened, json!({ "link": null, "user_agent": "x" }));
        assert_eq!(opened["data"]["open"], json!({ "user_agent": "x" }));
        let delayed = told(EventKind::EmailDelayed, json!({ "kind": "delayed", "bounce_id": "b" }));
        assert_eq!(delayed["data"]["bounce"]["kind"], "delayed");
        let accepted = told(EventKind::EmailAccepted, json!({}));
        assert_eq!(accepted["data"], json!({ "email_id": "msg_1", "recipient": "ani@example.com" }));
    }

    #[test]
    fn what_is_gone_is_told_by_its_id() {
        let deleted = call(EventKind::ContactDeleted, json!({ "email": "ani@example.com" }));
        let told: Value = serde_json::from_str(&compose(&deleted, &Subjects::default())).unwrap();
        assert_eq!(told["data"], json!({ "id": Uuid::nil(), "email": "ani@example.com" }));
    }
}
