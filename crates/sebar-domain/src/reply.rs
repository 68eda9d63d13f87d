use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An enhanced status code `class.subject.detail` (RFC 3463 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EnhancedCode {
    /// 2 success, 4 temporary, 5 permanent.
    pub class: u8,
    /// What the status is about: 1 addressing, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// The precise condition within the subject.
    pub detail: u16,
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl FromStr for EnhancedCode {
    type Err = crate::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || crate::UnknownWord { word: text.to_owned(), what: "enhanced status code" };
        let mut parts = text.split('.');
        let mut next = || {
            parts
                .next()
                .filter(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|part| part.parse::<u16>().ok())
                .ok_or_else(wrong)
        };
        let (class, subject, detail) = (next()?, next()?, next()?);
        let class = u8::try_from(class).ok().filter(|class| matches!(class, 2 | 4 | 5)).ok_or_else(wrong)?;
        if parts.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { class, subject, detail })
    }
}

/// What a server answered to one command (RFC 5321 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The three-digit reply code, 200 to 599.
    pub code: u16,
    /// The enhanced status code, where the text begins with one (RFC 2034).
    pub enhanced: Option<EnhancedCode>,
    /// The text of all lines joined by line feeds, without reply codes and enhanced codes.
    pub text: String,
}

impl Reply {
    /// Whether the command was carried out (2xx).
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// Whether the server says that trying again later may work (4xx).
    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Whether the server says that trying again is of no use (5xx).
    pub fn is_permanent(&self) -> bool {
        (500..600).contains(&self.code)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        if !self.text.is_empty() {
            write!(f, " {}", self.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enhanced_code_reads_back_as_it_was_written() {
        for text in ["2.0.0", "4.7.28", "5.1.1", "5.7.515"] {
            assert_eq!(text.parse::<EnhancedCode>().map(|code| code.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_only_looks_like_a_code_is_refused() {
        for text in ["", "5", "5.1", "5.1.1.1", "3.1.1", "5.1.x", "5..1", "5.1.1000", "+5.1.1"] {
            assert!(text.parse::<EnhancedCode>().is_err(), "{text}");
        }
    }
}
