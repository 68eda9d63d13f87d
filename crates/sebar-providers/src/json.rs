//! The JSON of calls: each field may be missing, or be a number where others send a text.

use chrono::{DateTime, TimeDelta, Utc};
use sebar_domain::HookFault;
use serde_json::Value;

/// No provider sends more events in one call.
const MOST: usize = 10_000;
/// An event's own time is believed so far back.
const OLDEST: TimeDelta = TimeDelta::days(30);

/// Reads a body. Depth is bounded by the parser, size by whoever took the body.
pub(crate) fn parse(body: &[u8]) -> Result<Value, HookFault> {
    serde_json::from_slice(body).map_err(|_| HookFault::Unreadable)
}

/// The objects of a list, or the one object that stands in its place.
pub(crate) fn objects(value: &Value) -> Result<Vec<&Value>, HookFault> {
    match value {
        Value::Array(many) if many.len() <= MOST && many.iter().all(Value::is_object) => {
            Ok(many.iter().collect())
        }
        Value::Object(_) => Ok(vec![value]),
        _ => Err(HookFault::Unreadable),
    }
}

/// The text at a path, or the number there as a text; empty where there is neither.
pub(crate) fn text(value: &Value, path: &[&str]) -> String {
    match at(value, path) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// What stands at a path.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// A list at a path; empty where there is none, cut where it is too long.
pub(crate) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    let many = at(value, path).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    &many[..many.len().min(MOST)]
}

/// Seconds or milliseconds since 1970, whole or not, or a time in the form of RFC 3339.
pub(crate) fn time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let (whole, _) = text.split_once('.').unwrap_or((text, ""));
    let number: i64 = whole.parse().ok()?;
    // Milliseconds of now are seconds of the year 50000 and more.
    if number > 100_000_000_000 {
        DateTime::from_timestamp_millis(number)
    } else {
        DateTime::from_timestamp(number, 0)
    }
}

/// When an event happened, as far as its own word can be believed.
pub(crate) fn happened(text: &str, now: DateTime<Utc>) -> DateTime<Utc> {
    time(text).filter(|at| *at <= now && *at > now - OLDEST).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_all_their_forms() {
        let noon = DateTime::from_timestamp(1_700_000_000, 0);
        for text in [
            "1700000000",
            "1700000000.5",
            "1700000000000",
            "2023-11-14T22:13:20Z",
            "2023-11-15T05:13:20+07:00",
        ] {
            assert_eq!(time(text), noon, "{text}");
        }
        for text in ["", "now", "-", "99999999999999999999"] {
            assert_eq!(time(text), None, "{text}");
        }
        let now = Utc::now();
        assert_eq!(happened("1700000000", now), now, "nobody remembers so long");
        assert_eq!(happened(&(now.timestamp() + 900).to_string(), now), now, "nor what is to come");
    }

    #[test]
    fn depth_and_length_have_an_end() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(parse(deep.as_bytes()), Err(HookFault::Unreadable));
        let many = Value::Array(vec![Value::Object(serde_json::Map::new()); MOST + 1]);
        assert_eq!(objects(&many), Err(HookFault::Unreadable));
        assert_eq!(objects(&parse(b"[1]").unwrap()), Err(HookFault::Unreadable));
        assert_eq!(objects(&parse(b"[{},{}]").unwrap()).unwrap().len(), 2);
    }
}
