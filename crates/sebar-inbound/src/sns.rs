//! Amazon SES's notifications where SNS sends them by mail: JSON in the text, with the same facts as
//! a delivery status.

use serde_json::Value;

use crate::dsn::{Action, Notification, Recipient};

/// What a notification tells.
pub(crate) enum Told {
    /// Bounced, or delivered.
    Status(Notification),
    /// These complain.
    Complaint(Vec<String>),
}

/// Reads a text that begins with a JSON object.
pub(crate) fn read(text: &str) -> Option<Told> {
    let text = text.trim_start();
    if !text.starts_with('{') {
        return None;
    }
    // What SNS adds behind the object to tell how to unsubscribe is no part of it.
    let outer = object(text)?;
    let inner = outer.get("Message").and_then(Value::as_str).and_then(object);
    let told = inner.as_ref().unwrap_or(&outer);
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let list = |name: &str, of: &str| {
        told.get(name).and_then(|value| value.get(of)).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let address = |value: &Value| text(value, "emailAddress").or_else(|| value.as_str().map(str::to_owned));
    let kind = text(told, "notificationType").or_else(|| text(told, "eventType"))?;
    Some(match kind.as_str() {
        "Bounce" => Told::Status(Notification {
            reporting_mta: told
                .get("bounce")
                .and_then(|bounce| text(bounce, "reportingMTA"))
                .map(|mta| mta.rsplit(';').next().unwrap_or("").trim().to_owned()),
            recipients: list("bounce", "bouncedRecipients")
                .iter()
                .map(|one| Recipient {
                    final_recipient: address(one),
                    action: Some(Action::Failed),
                    status: text(one, "status").and_then(|code| code.parse().ok()),
                    diagnostic: text(one, "diagnosticCode")
                        .map(|code| code.trim_start_matches("smtp;").trim().to_owned()),
                    ..Recipient::default()
                })
                .collect(),
        }),
        "Delivery" => Told::Status(Notification {
            reporting_mta: None,
            recipients: list("delivery", "recipients")
                .iter()
                .map(|one| Recipient {
                    final_recipient: address(one),
                    action: Some(Action::Delivered),
                    ..Recipient::default()
                })
                .collect(),
        }),
        "Complaint" => {
            Told::Complaint(list("complaint", "complainedRecipients").iter().filter_map(address).collect())
        }
        _ => return None,
    })
}

/// The object at the beginning of a text. Mail may have broken its lines.
fn object(text: &str) -> Option<Value> {
    let first = |text: &str| serde_json::Deserializer::from_str(text).into_iter().next()?.ok();
    let joined = || text.replace('\r', "").replace("\n ", "").replace('\n', "");
    first(text).or_else(|| first(&joined()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounce_is_told_by_its_object() {
        let text = r#"{"Type":"Notification","Message":"{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":[{\"emailAddress\":\"a@x.example\",\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 No\"}]}}"}

--
If you wish to stop …"#;
        let Some(Told::Status(found)) = read(text) else { panic!("a status") };
        assert_eq!(found.recipients[0].final_recipient.as_deref(), Some("a@x.example"));
        assert_eq!(found.recipients[0].diagnostic.as_deref(), Some("550 No"));
        let text = r#"{"eventType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"b@x.example"}]}}"#;
        assert!(matches!(read(text), Some(Told::Complaint(who)) if who == ["b@x.example"]));
        assert!(read("{ no json").is_none() && read("text").is_none() && read("{}").is_none());
    }
}
