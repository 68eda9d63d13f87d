//! Bodies of requests: JSON, with faults told by field.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::error::{Cause, Refusal, Result};
use crate::foundation::app::App;

/// The largest body: a mail of 25 MB, whose files are base64 here as there, and what else it says.
const LARGEST: usize = 32 << 20;

/// A body of JSON, not read yet.
pub(crate) struct Body(pub(crate) Bytes);

impl FromRequest<App> for Body {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &App) -> Result<Self> {
        if !is_json(request.headers()) {
            let message = "Send JSON, with the header `Content-Type: application/json`.";
            return Err(Refusal::new(Cause::UnsupportedMediaType, message));
        }
        let body = to_bytes(request.into_body(), LARGEST).await.map_err(|_| {
            let message = "A request may be 32 MB large, and an email 25 MB with its attachments.";
            Refusal::new(Cause::PayloadTooLarge, message)
        })?;
        Ok(Self(body))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}

/// Reads a JSON object.
pub(crate) fn read<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T> {
    // serde would take the fields' values in their order as well.
    if json.trim_ascii_start().first() == Some(&b'[') {
        return Err(Refusal::new(Cause::InvalidJson, "The body is a list; an object is wanted: `{ … }`."));
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let field = fault.path().to_string();
        told(fault.inner(), if field == "." { "" } else { &field })
    })?;
    reader.end().map_err(|fault| told(&fault, ""))?;
    Ok(read)
}

/// Tells `null` from what is left out: for fields that a change may take away.
#[expect(clippy::option_option, reason = "left out, null, or a value")]
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(value).map(Some)
}

/// Reads a list of values that are to be read one by one.
pub(crate) fn list(json: &[u8]) -> Result<Vec<&RawValue>> {
    serde_json::from_slice(json).map_err(|fault| told(&fault, ""))
}

/// A fault in words for whoever wrote the request.
fn told(fault: &serde_json::Error, field: &str) -> Refusal {
    let text = fault.to_string();
    let (text, place) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    if fault.classify() != Category::Data {
        return Refusal::new(Cause::InvalidJson, format!("The body is no JSON: {text} at line {place}."));
    }
    if field.is_empty() && text.starts_with("invalid type") {
        let message = format!("The body is another kind of JSON than wanted: {text}.");
        return Refusal::new(Cause::InvalidJson, message);
    }
    if let Some((name, known)) = text.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`')) {
        let parent =
            field.rsplit_once('.').map_or("", |(parent, last)| if last == name { parent } else { field });
        let parent = if field == name { "" } else { parent };
        let dot = if parent.is_empty() { "" } else { "." };
        let known = known.trim_start_matches(", ").replace("expected one of ", "").replace("expected ", "");
        let message = format!("is no field that we know. There are {known}.");
        return Refusal::at(Cause::UnknownField, &format!("{parent}{dot}{name}"), message);
    }
    if let Some(name) = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let dot = if field.is_empty() { "" } else { "." };
        return Refusal::at(Cause::MissingRequiredField, &format!("{field}{dot}{name}"), "is missing.");
    }
    if let Some(name) = text.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
        return Refusal::at(Cause::InvalidValue, name, "is given twice.");
    }
    Refusal::at(Cause::InvalidValue, field, format!("cannot be read: {text}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Outer {
        name: String,
        #[serde(default, alias = "innerList")]
        inner_list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        n: u8,
    }

    #[test]
    fn faults_are_told_by_field() {
        assert!(read::<Outer>(br#"{"name": "a", "innerList": [{"n": 1}]}"#).is_ok());
        for (json, name, field) in [
            (&b"{\"name\": "[..], "invalid_json", None),
            (b"{\"name\": \"a\"} x", "invalid_json", None),
            (b"[]", "invalid_json", None),
            (b"\xff", "invalid_json", None),
            (br#"{"name": "a", "nmae": 1}"#, "unknown_field", Some("nmae")),
            (
                br#"{"name": "a", "inner_list": [{"n": 1}, {"m": 1}]}"#,
                "unknown_field",
                Some("inner_list[1].m"),
            ),
            (br#"{"inner_list": []}"#, "missing_required_field", Some("name")),
            (br#"{"name": "a", "inner_list": [{}]}"#, "missing_required_field", Some("inner_list[0].n")),
            (br#"{"name": 1}"#, "invalid_value", Some("name")),
            (br#"{"name": "a", "inner_list": [{"n": 300}]}"#, "invalid_value", Some("inner_list[0].n")),
            (br#"{"name": "a", "inner_list": [], "innerList": []}"#, "invalid_value", Some("inner_list")),
        ] {
            let body = read::<Outer>(json).unwrap_err().body();
            let text = String::from_utf8_lossy(json);
            assert_eq!(body.name, name, "{text}: {body:?}");
            assert_eq!(body.errors.first().map(|error| error.field.as_str()), field, "{text}: {body:?}");
        }
    }
}
