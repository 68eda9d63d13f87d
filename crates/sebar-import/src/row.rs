//! A record into a contact, or into the reason why not.

use std::borrow::Cow;

use chrono_tz::Tz;
use sebar_domain::{Address, AddressError};

use crate::mapping::{Mapping, Target};
use crate::records::Record;

/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The longest value of an attribute, in characters.
const MAX_VALUE: usize = 4000;
/// So much of a rejected value is kept, in characters.
const MAX_SHOWN: usize = 200;

/// A contact as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands.
    pub line: u64,
    /// The address.
    pub email: Address,
    /// The name; empty if there is none.
    pub name: String,
    /// The language (BCP 47).
    pub language: Option<String>,
    /// The time zone (IANA).
    pub time_zone: Option<&'static str>,
    /// A JSON object of strings. Blank fields are left out.
    pub attributes: String,
}

/// A row that is not brought in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Where it stands.
    pub line: u64,
    /// `email`, `name`, `language`, `time_zone`, an attribute's key; empty for the whole row.
    pub field: String,
    /// What is wrong.
    pub reason: Reason,
    /// What stands there, cut to a readable length.
    pub value: String,
}

/// What is wrong with a row. The word of each is also its translation key (`imports-reason-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The address is none.
    #[error("address-{0}")]
    Address(AddressError),
    /// Longer than what can be kept.
    #[error("too-long")]
    TooLong,
    /// NUL or another control character.
    #[error("control")]
    Control,
    /// Bytes that are no text in the file's encoding.
    #[error("encoding")]
    Encoding,
    /// No language that is known by this name.
    #[error("language")]
    Language,
    /// No time zone that is known by this name.
    #[error("time-zone")]
    TimeZone,
    /// More fields than the table has columns: a delimiter or a quotation mark is in the wrong place.
    #[error("too-many-fields")]
    TooManyFields,
    /// A quotation mark is opened and never closed.
    #[error("open-quote")]
    OpenQuote,
}

/// Turns records into rows.
pub struct Interpreter {
    email: usize,
    name: Option<usize>,
    first_name: Option<usize>,
    last_name: Option<usize>,
    language: Option<usize>,
    time_zone: Option<usize>,
    /// Column, key, and the key as JSON with its colon.
    attributes: Vec<(usize, String, String)>,
    columns: usize,
}

impl Interpreter {
    /// Reads the mapping once; `None` if it has a fault.
    pub fn new(mapping: &Mapping) -> Option<Self> {
        if mapping.fault().is_some() {
            return None;
        }
        let column = |wanted: &Target| mapping.0.iter().position(|target| target == wanted);
        let attributes = mapping.0.iter().enumerate().filter_map(|(n, target)| match target {
            Target::Attribute(key) => Some((n, key.clone(), format!("\"{key}\":"))),
            _ => None,
        });
        Some(Self {
            email: column(&Target::Email)?,
            name: column(&Target::Name),
            first_name: column(&Target::FirstName),
            last_name: column(&Target::LastName),
            language: column(&Target::Language),
            time_zone: column(&Target::TimeZone),
            attributes: attributes.collect(),
            columns: mapping.0.len(),
        })
    }

    /// The contact in a record.
    ///
    /// # Errors
    /// With the first thing that is wrong.
    pub fn read(&self, record: &Record) -> Result<Row, Reject> {
        if record.filled() > self.columns {
            let value = record.readable(self.columns);
            return Err(reject(record.line, "", Reason::TooManyFields, &value));
        }
        let email = self.text(record, self.email, "email")?;
        let email = email
            .parse::<Address>()
            .map_err(|fault| reject(record.line, "email", Reason::Address(fault), &email))?;
        Ok(Row {
            line: record.line,
            email,
            name: self.name(record)?,
            language: self.known(record, self.language, "language", Reason::Language, language_tag)?,
            time_zone: self.known(record, self.time_zone, "time_zone", Reason::TimeZone, time_zone)?,
            attributes: self.attributes(record)?,
        })
    }

    #[expect(clippy::unused_self, reason = "reads as the others do")]
    fn text<'a>(&self, record: &Record<'a>, column: usize, field: &str) -> Result<Cow<'a, str>, Reject> {
        let text = record
            .text(column)
            .map_err(|_| reject(record.line, field, Reason::Encoding, &record.readable(column)))?;
        let bad = |b: u8| (b < 0x20 && !matches!(b, b'\t' | b'\r' | b'\n')) || b == 0x7f;
        if text.bytes().any(bad) {
            return Err(reject(record.line, field, Reason::Control, &text));
        }
        Ok(text)
    }

    fn name(&self, record: &Record) -> Result<String, Reject> {
        let mut name = String::new();
        for column in [self.name, self.first_name, self.last_name].into_iter().flatten() {
            for word in self.text(record, column, "name")?.split_whitespace() {
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(word);
            }
        }
        if name.len() > MAX_NAME && name.chars().count() > MAX_NAME {
            return Err(reject(record.line, "name", Reason::TooLong, &name));
        }
        Ok(name)
    }

    fn known<T>(
        &self,
        record: &Record,
        column: Option<usize>,
        field: &str,
        reason: Reason,
        know: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Reject> {
        let Some(column) = column else { return Ok(None) };
        let text = self.text(record, column, field)?;
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        know(text).map(Some).ok_or_else(|| reject(record.line, field, reason, text))
    }

    fn attributes(&self, record: &Record) -> Result<String, Reject> {
        let mut json = String::with_capacity(64);
        json.push('{');
        for (column, key, quoted) in &self.attributes {
            let text = self.text(record, *column, key)?;
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            if text.len() > MAX_VALUE && text.chars().count() > MAX_VALUE {
                return Err(reject(record.line, key, Reason::TooLong, text));
            }
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(quoted);
            push_json_string(&mut json, text);
        }
        json.push('}');
        Ok(json)
    }
}

/// Appends a text as a JSON string (RFC 8259 §7). It holds no control characters but white space.
fn push_json_string(json: &mut String, text: &str) {
    json.push('"');
    for piece in text.split_inclusive(['"', '\\', '\n', '\r', '\t']) {
        let (plain, special) = match piece.as_bytes().last() {
            Some(b'"' | b'\\' | b'\n' | b'\r' | b'\t') => piece.split_at(piece.len() - 1),
            _ => (piece, ""),
        };
        json.push_str(plain);
        json.push_str(match special {
            "\"" => "\\\"",
            "\\" => "\\\\",
            "\n" => "\\n",
            "\r" => "\\r",
            "\t" => "\\t",
            _ => "",
        });
    }
    json.push('"');
}

/// A rejected row.
pub(crate) fn reject(line: u64, field: &str, reason: Reason, value: &str) -> Reject {
    // Postgres keeps no NUL.
    let shown = value.trim().chars().map(|c| if c == '\0' { '␀' } else { c });
    Reject { line, field: field.to_owned(), reason, value: shown.take(MAX_SHOWN).collect() }
}

/// The language that a text names: a BCP 47 tag, or a word that people write instead.
pub fn language_tag(text: &str) -> Option<String> {
    let text = text.trim();
    let word = match text.to_lowercase().as_str() {
        "indonesia" | "indonesian" | "bahasa" | "bahasa indonesia" | "in" | "ind" => "id",
        "english" | "inggris" | "bahasa inggris" | "eng" => "en",
        "malay" | "melayu" | "bahasa melayu" => "ms",
        "jawa" | "javanese" | "bahasa jawa" => "jv",
        "sunda" | "sundanese" | "bahasa sunda" => "su",
        "chinese" | "mandarin" | "tionghoa" => "zh",
        "japanese" | "jepang" => "ja",
        "arabic" | "arab" => "ar",
        _ => "",
    };
    if !word.is_empty() {
        return Some(word.to_owned());
    }
    let mut tag = String::with_capacity(text.len());
    for (n, part) in text.split(['-', '_']).enumerate() {
        let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
        match (n, part.len()) {
            (0, 2 | 3) if letters => tag.push_str(&part.to_ascii_lowercase()),
            (1.., 2) if letters => {
                tag.push('-');
                tag.push_str(&part.to_ascii_uppercase());
            }
            (1.., 3..=8) if part.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                tag.push('-');
                tag.push_str(part);
            }
            _ => return None,
        }
    }
    (tag.len() <= 35).then_some(tag)
}

/// The time zone that a text names: an IANA name, or what Indonesia calls its three.
pub(crate) fn time_zone(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let zone = match text.to_ascii_uppercase().as_str() {
        "WIB" => Tz::Asia__Jakarta,
        "WITA" => Tz::Asia__Makassar,
        "WIT" => Tz::Asia__Jayapura,
        _ => text.parse().ok()?,
    };
    Some(zone.name())
}

#[cfg(test)]
mod tests;
