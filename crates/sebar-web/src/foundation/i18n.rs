//! Texts, numbers and dates in the reader's language.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _, langid};
use sebar_domain::Language;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "../../locales",
        fallback_language: "en",
        customise: |bundle| {
            bundle.set_use_isolating(false);
            let indonesian = bundle.locales.first().is_some_and(|lang| lang.language.as_str() == "id");
            bundle.set_formatter(Some(if indonesian { indonesian_number } else { english_number }));
        },
    };
}

const ENGLISH: LanguageIdentifier = langid!("en");
const INDONESIAN: LanguageIdentifier = langid!("id");

fn english_number<M>(value: &FluentValue, _: &M) -> Option<String> {
    format_number(value, Language::English)
}

fn indonesian_number<M>(value: &FluentValue, _: &M) -> Option<String> {
    format_number(value, Language::Indonesian)
}

fn format_number(value: &FluentValue, language: Language) -> Option<String> {
    match value {
        FluentValue::Number(n) if n.value.fract() == 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "counts are far below 2^53")]
            Some(number(language, n.value as i64))
        }
        FluentValue::Number(n) => {
            // Small numbers are limits that somebody typed: shown as exactly as they were, to three places.
            let is_exact = |places: &usize| format!("{:.places$}", n.value).parse() == Ok(n.value);
            let places = if n.value.abs() < 10.0 { (1..3).find(is_exact).unwrap_or(3) } else { 1 };
            Some(decimal(language, n.value, places))
        }
        _ => None,
    }
}

/// A translated text with its arguments, looked up when it is printed.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    language: Language,
    key: Cow<'static, str>,
    args: HashMap<Cow<'static, str>, FluentValue<'static>>,
}

impl Text {
    /// The text for `key` in `language`.
    pub(crate) fn new(language: Language, key: impl Into<Cow<'static, str>>) -> Self {
        Self { language, key: key.into(), args: HashMap::new() }
    }

    /// Sets the argument `$name`. Numbers choose the plural form and are grouped by locale.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.args.insert(name.into(), value.into().0);
        self
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lang = if self.language == Language::Indonesian { &INDONESIAN } else { &ENGLISH };
        let text = LOCALES.try_lookup_complete(lang, &self.key, Some(&self.args));
        if let Some(text) = text {
            return f.write_str(&text);
        }
        tracing::error!(key = %self.key, "a text is missing from the locales");
        f.write_str(&self.key)
    }
}

/// What a text can be given: a number or a string, by value or by reference.
#[derive(Clone, Debug)]
pub(crate) struct Argument(FluentValue<'static>);

macro_rules! argument_from {
    ($($number:ty),+) => {$(
        impl From<$number> for Argument {
            fn from(value: $number) -> Self { Self(FluentValue::from(value)) }
        }
        impl From<&$number> for Argument {
            fn from(value: &$number) -> Self { Self(FluentValue::from(*value)) }
        }
    )+};
}
argument_from!(i64, i32, u64, u32, u16, i16, usize, f64);

impl From<&str> for Argument {
    fn from(value: &str) -> Self {
        Self(FluentValue::from(value.to_owned()))
    }
}

impl From<&&str> for Argument {
    fn from(value: &&str) -> Self {
        Self::from(*value)
    }
}

impl From<&&String> for Argument {
    fn from(value: &&String) -> Self {
        Self::from(*value)
    }
}

impl From<String> for Argument {
    fn from(value: String) -> Self {
        Self(FluentValue::from(value))
    }
}

impl From<&String> for Argument {
    fn from(value: &String) -> Self {
        Self(FluentValue::from(value.clone()))
    }
}

impl From<Text> for Argument {
    fn from(value: Text) -> Self {
        Self(FluentValue::from(value.to_string()))
    }
}

/// A whole number with its thousands grouped: `12,480` or `12.480`.
pub(crate) fn number(language: Language, n: i64) -> String {
    let separator = if language == Language::Indonesian { '.' } else { ',' };
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

/// A number with `places` decimals: `2.1` or `2,1`.
pub(crate) fn decimal(language: Language, value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    if language == Language::Indonesian { text.replace('.', ",") } else { text }
}

/// `part` of `whole` in per cent with one decimal: `2.1 %` or `2,1 %`; a dash where there is no whole.
pub(crate) fn percent(language: Language, part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "–".into();
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let value = part as f64 * 100.0 / whole as f64;
    // What is not quite all, or not quite nothing, must not look so.
    let value = if part < whole { value.min(99.9) } else { value };
    let value = if part > 0 { value.max(0.1) } else { value };
    let text = if value.fract() == 0.0 { decimal(language, value, 0) } else { decimal(language, value, 1) };
    format!("{text}\u{202f}%")
}

/// A number of bytes: `14 KB`, `1.2 MB`.
pub(crate) fn bytes(language: Language, n: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let n = n as f64;
    if n < 1000.0 {
        format!("{n} B")
    } else if n < 999_500.0 {
        format!("{} KB", decimal(language, n / 1000.0, usize::from(n < 10_000.0)))
    } else if n < 999_500_000.0 {
        format!("{} MB", decimal(language, n / 1e6, 1))
    } else {
        format!("{} GB", decimal(language, n / 1e9, 1))
    }
}

const MONTHS: [[&str; 12]; 2] = [
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
];

/// A day in the reader's time zone: `23 Nov 2026`.
pub(crate) fn date(language: Language, zone: Tz, at: DateTime<Utc>) -> String {
    day(language, at.with_timezone(&zone).date_naive())
}

/// A day of the calendar: `23 Nov 2026`.
pub(crate) fn day(language: Language, at: NaiveDate) -> String {
    use chrono::Datelike as _;
    let months = MONTHS[usize::from(language == Language::Indonesian)];
    format!("{} {} {}", at.day(), months[at.month0() as usize], at.year())
}

/// A moment in the reader's time zone: `23 Nov 2026, 08:04` or `23 Nov 2026 08.04`.
pub(crate) fn datetime(language: Language, zone: Tz, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&zone);
    let day = date(language, zone, at);
    if language == Language::Indonesian {
        format!("{day} {}", local.format("%H.%M"))
    } else {
        format!("{day}, {}", local.format("%H:%M"))
    }
}

/// How long ago, or how far ahead, in words; the date itself past a month.
pub(crate) fn ago(language: Language, zone: Tz, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds();
    let key = if seconds >= 0 { "time-ago" } else { "time-ahead" };
    let distance = seconds.abs();
    let (unit, n) = match distance {
        // Clocks differ by a second or two.
        0..45 if seconds < -2 => return Text::new(language, "time-soon").to_string(),
        0..45 => return Text::new(language, "time-now").to_string(),
        45..3600 => ("minutes", (distance / 60).max(1)),
        3600..86_400 => ("hours", distance / 3600),
        86_400..2_592_000 => ("days", distance / 86_400),
        _ => return date(language, zone, at),
    };
    Text::new(language, key)
        .with("span", Text::new(language, format!("time-{unit}")).with("n", n))
        .to_string()
}

/// A length of time in words, to the unit that matters: `2 hours`, `5 minutes`.
pub(crate) fn duration(language: Language, seconds: i64) -> String {
    let (unit, n) = match seconds.max(0) {
        n @ 0..90 => ("seconds", n),
        n @ 90..5400 => ("minutes", (n + 30) / 60),
        n @ 5400..129_600 => ("hours", (n + 1800) / 3600),
        n => ("days", (n + 43_200) / 86_400),
    };
    Text::new(language, format!("time-{unit}")).with("n", n).to_string()
}

/// The language that a browser prefers among ours (RFC 9110 §12.5.4).
pub(crate) fn negotiate(accept_language: &str) -> Option<Language> {
    accept_language
        .split(',')
        .filter_map(|part| {
            let (tag, weight) = part.split_once(";q=").unwrap_or((part, "1"));
            let weight: f32 = weight.trim().parse().ok().filter(|weight| *weight > 0.0)?;
            let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
            let language = match primary.as_str() {
                "id" | "in" => Language::Indonesian,
                "en" => Language::English,
                _ => return None,
            };
            Some((weight, language))
        })
        // The first of the heaviest: max_by would take the last.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Indonesian};

    #[test]
    fn numbers_follow_the_locale() {
        assert_eq!(number(English, 12_480), "12,480");
        assert_eq!(number(Indonesian, 1_000_000), "1.000.000");
        assert_eq!(number(English, -999), "−999");
        assert_eq!(percent(Indonesian, 21, 1000), "2,1\u{202f}%");
        assert_eq!(percent(English, 1, 1_000_000), "0.1\u{202f}%");
        assert_eq!(percent(English, 999_999, 1_000_000), "99.9\u{202f}%");
        assert_eq!(percent(English, 0, 0), "–");
        assert_eq!(bytes(English, 104_448), "104 KB");
    }

    #[test]
    fn times_follow_the_locale_and_the_zone() {
        let at: DateTime<Utc> = "2026-08-23T23:04:00Z".parse().unwrap();
        assert_eq!(datetime(English, Tz::UTC, at), "23 Aug 2026, 23:04");
        assert_eq!(datetime(Indonesian, Tz::Asia__Jakarta, at), "24 Agu 2026 06.04");
        let later = at + chrono::TimeDelta::minutes(5);
        assert_eq!(ago(English, Tz::UTC, at, later), "5 minutes ago");
        assert_eq!(ago(Indonesian, Tz::UTC, at, later), "5 menit lalu");
        let before = at - chrono::TimeDelta::seconds(10);
        assert_eq!(ago(English, Tz::UTC, at, before), "in a moment");
        assert_eq!(ago(Indonesian, Tz::UTC, before, at), "baru saja");
    }

    #[test]
    fn the_browser_is_asked_for_its_favourite() {
        assert_eq!(negotiate("id-ID,id;q=0.9,en;q=0.8"), Some(Indonesian));
        assert_eq!(negotiate("fr,en;q=0.7,id;q=0.9"), Some(Indonesian));
        assert_eq!(negotiate("fr, de"), None);
        assert_eq!(negotiate(""), None);
        assert_eq!(negotiate("id;q=0,en"), Some(English));
    }
}
