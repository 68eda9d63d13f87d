use std::fmt;

/// The part of a content that a fault is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The subject line.
    Subject,
    /// The line that mail programs show after the subject.
    Preheader,
    /// The HTML body.
    Html,
    /// The plain-text body.
    Text,
}

impl Part {
    /// Its word, the same as in translation keys and as the template's name in the engine.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Preheader => "preheader",
            Self::Html => "html",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong. Its [`as_str`](Self::as_str) is the word of its translation key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The template language was not understood; the detail says what was unexpected.
    Syntax,
    /// No filter (`| word`) of the name in the detail.
    UnknownFilter,
    /// No test (`is word`) of the name in the detail.
    UnknownTest,
    /// No function of the name in the detail.
    UnknownFunction,
    /// The recipient has no value for the variable in the detail, and no `default` stands in.
    UnknownVariable,
    /// A value cannot be used this way; the detail says how (adding a text to a number, ...).
    WrongValue,
    /// The template works too long or makes too much text.
    TooCostly,
    /// The link in the detail is no address: it lacks `https://`, or what follows is malformed.
    BadLink,
    /// The link in the detail would run a program or show made-up content (`javascript:`, `data:`).
    UnsafeLink,
    /// A part is longer than [`Compiled::LONGEST_PART`](crate::Compiled::LONGEST_PART) bytes.
    TooLong,
    /// No plain text can be made from this HTML (its `{% … %}` cut across tags): one must be given.
    NoText,
}

impl FaultKind {
    /// The fault's word, for translation keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownFilter => "unknown-filter",
            Self::UnknownTest => "unknown-test",
            Self::UnknownFunction => "unknown-function",
            Self::UnknownVariable => "unknown-variable",
            Self::WrongValue => "wrong-value",
            Self::TooCostly => "too-costly",
            Self::BadLink => "bad-link",
            Self::UnsafeLink => "unsafe-link",
            Self::TooLong => "too-long",
            Self::NoText => "no-text",
        }
    }
}

/// Something in a content that must be mended, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{part}{}: {}: {detail}", LineSuffix(*line), kind.as_str())]
pub struct Fault {
    /// The part that it is in.
    pub part: Part,
    /// The line in that part as it was written, from 1, where known.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: FaultKind,
    /// The name, link or passage concerned; for [`FaultKind::Syntax`] and
    /// [`FaultKind::WrongValue`] the engine's words (English).
    pub detail: String,
}

struct LineSuffix(Option<usize>);

impl fmt::Display for LineSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, " line {line}"))
    }
}
