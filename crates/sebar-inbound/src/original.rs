//! The mail that a bounce returns, as far as it does.

use crate::address;
use crate::mime::{Headers, Part, parse};
use crate::text::field_name;

/// What a returned mail's header tells, for whoever matches it to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Original {
    /// `Message-ID`, without the brackets.
    pub message_id: Option<String>,
    /// `Return-Path`: the envelope's sender, as it arrived there.
    pub return_path: Option<String>,
    /// Addresses of `From`.
    pub from: Vec<String>,
    /// Addresses of `To` and `Cc`.
    pub to: Vec<String>,
    /// `Subject`.
    pub subject: Option<String>,
    /// Every field as it was returned, decoded, for marks of our own.
    pub headers: Vec<(String, String)>,
}

impl Original {
    pub(crate) fn of(headers: &Headers<'_>) -> Self {
        let addresses = |name: &str| -> Vec<String> {
            headers.all(name).flat_map(|value| address::all(&value, 100)).map(|found| found.address).collect()
        };
        let mut to = addresses("to");
        to.extend(addresses("cc"));
        Self {
            message_id: headers.get("message-id").map(|id| bare(&id)).filter(|id| !id.is_empty()),
            return_path: headers.get("return-path").map(|path| bare(&path)).filter(|path| !path.is_empty()),
            from: addresses("from"),
            to,
            subject: headers.get("subject"),
            headers: headers.iter().collect(),
        }
    }

    /// The first mail that is returned as a part, or as a part with a header alone.
    pub(crate) fn in_parts(mail: &Part<'_>) -> Option<Self> {
        mail.walk()
            .into_iter()
            .skip(1)
            .find_map(|part| {
                if let Some(inner) = part.parts.first().filter(|_| part.is_message()) {
                    return Some(Self::of(&inner.headers));
                }
                if part.is_message() || part.is_message_header() {
                    let bytes = part.decoded();
                    return Some(Self::of(&parse(&bytes).headers));
                }
                None
            })
            .filter(|original| !original.headers.is_empty())
    }

    /// The same, from a header within a text.
    pub(crate) fn in_text(text: &str) -> Option<Self> {
        let unquoted: String = text
            .lines()
            .map(|line| {
                line.trim_start_matches(['>', '|'])
                    .strip_prefix("  ")
                    .unwrap_or_else(|| line.trim_start_matches(['>', '|', ' ']))
            })
            .collect::<Vec<_>>()
            .join("\n");
        // The line that announces it is no field.
        let mut lines = unquoted.split_inclusive('\n').take(10);
        let mut begin = 0;
        loop {
            let line = lines.next()?;
            if field_name(line).is_some() {
                break;
            }
            begin += line.len();
        }
        let (headers, _) = Headers::parse(&unquoted.as_bytes()[begin..]);
        (headers.len() > 1).then(|| Self::of(&headers))
    }
}

fn bare(value: &str) -> String {
    value.split_whitespace().next().unwrap_or("").trim_matches(['<', '>']).to_owned()
}
