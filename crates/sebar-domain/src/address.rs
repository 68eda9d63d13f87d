use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A mailbox address fit for an SMTP envelope (RFC 5321 §4.1.2, SMTPUTF8 allowed by RFC 6531).
///
/// The local part is kept as given; the domain is kept in lower-case A-labels (RFC 5890), so
/// that `ana@BÜCHER.example` and `ana@xn--bcher-kva.example` are one. Two addresses are equal
/// when their [`key`](Self::key) is: the local part compares without regard to case, as every
/// mail system of note does, so that nobody is mailed twice for a capital letter.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    whole: Box<str>,
    at: usize,
}

/// Why a text is no address. The word of each is also its translation key (`address-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// No `@`.
    #[error("no-at")]
    NoAt,
    /// Nothing before the `@`, or something that may not stand there unquoted.
    #[error("local")]
    Local,
    /// The domain is missing, has no dot, or is no valid (international) domain name.
    #[error("domain")]
    Domain,
    /// Longer than an envelope can hold (RFC 5321 §4.5.3.1: local part 64, whole path 254 octets).
    #[error("too-long")]
    TooLong,
}

impl Address {
    /// The part before the `@`, as given.
    pub fn local(&self) -> &str {
        &self.whole[..self.at]
    }

    /// The domain in lower-case A-labels.
    pub fn domain(&self) -> &str {
        &self.whole[self.at + 1..]
    }

    /// The whole address, `local@domain`.
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    /// The normal form by which addresses are compared and stored uniquely: all in lower case.
    pub fn key(&self) -> String {
        self.whole.to_lowercase()
    }

    /// Whether the local part needs SMTPUTF8 (RFC 6531).
    pub fn needs_smtputf8(&self) -> bool {
        !self.whole.is_ascii()
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        // Invisible characters come with what is copied from web pages and spreadsheets.
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        // RFC 5321 §4.5.3.1.3: a path is 256 octets with its angle brackets.
        if text.len() > 1000 {
            return Err(AddressError::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoAt)?;
        if !is_dot_atom(local) {
            return Err(AddressError::Local);
        }
        let domain = ascii_domain(domain).ok_or(AddressError::Domain)?;
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(AddressError::TooLong);
        }
        Ok(Self { whole: format!("{local}@{domain}").into(), at: local.len() })
    }
}

/// Whether the local part needs no quoting (RFC 5321 `Dot-string`, with UTF-8 by RFC 6531).
/// Quoted local parts are refused: none of the mailbox providers gives them out, and a list
/// that holds them holds typing errors.
fn is_dot_atom(local: &str) -> bool {
    !local.is_empty()
        && local.split('.').all(|atom| {
            !atom.is_empty()
                && atom.chars().all(|c| {
                    c.is_ascii_alphanumeric()
                        || "!#$%&'*+-/=?^_`{|}~".contains(c)
                        || (!c.is_ascii() && !c.is_control() && !c.is_whitespace() && !is_invisible(c))
                })
        })
}

/// Whether nobody sees it: zero-width and directional marks (Unicode category Cf) and the like. Two
/// addresses that look the same must not be two.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn ascii_domain(domain: &str) -> Option<String> {
    let domain = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::STD3).ok()?;
    let labels: Vec<&str> = domain.split('.').collect();
    let good =
        |label: &&str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let top_is_a_name = labels.last().is_some_and(|top| !top.bytes().all(|b| b.is_ascii_digit()));
    (labels.len() >= 2 && labels.iter().all(good) && top_is_a_name).then(|| domain.into_owned())
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.whole)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.whole.into()
    }
}

impl TryFrom<String> for Address {
    type Error = AddressError;
    fn try_from(text: String) -> Result<Self, AddressError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<String, AddressError> {
        text.parse::<Address>().map(|address| address.to_string())
    }

    #[test]
    fn good_addresses_keep_their_local_part_and_lower_their_domain() {
        assert_eq!(
            parse(" Budi.Santoso+promo@Example.CO.ID "),
            Ok("Budi.Santoso+promo@example.co.id".into())
        );
        assert_eq!(parse("ana@BÜCHER.example"), Ok("ana@xn--bcher-kva.example".into()));
        assert_eq!(parse("用户@例え.テスト"), Ok("用户@xn--r8jz45g.xn--zckzah".into()));
    }

    #[test]
    fn each_fault_has_its_own_name() {
        assert_eq!(parse("  "), Err(AddressError::Empty));
        assert_eq!(parse("budi.example.com"), Err(AddressError::NoAt));
        for text in [
            "@example.com",
            "a..b@example.com",
            ".a@example.com",
            "a b@example.com",
            "\"a b\"@example.com",
            "a\0b@example.com",
            "a\r\nRCPT@example.com",
        ] {
            assert_eq!(parse(text), Err(AddressError::Local), "{text:?}");
        }
        for text in [
            "a@",
            "a@localhost",
            "a@example..com",
            "a@-x.com",
            "a@exa mple.com",
            "a@127.0.0.1",
            "a@exa_mple.com",
        ] {
            assert_eq!(parse(text), Err(AddressError::Domain), "{text:?}");
        }
        assert_eq!(parse(&format!("{}@example.com", "a".repeat(65))), Err(AddressError::TooLong));
        assert_eq!(parse(&format!("a@{}com", "abcdefgh.".repeat(40))), Err(AddressError::TooLong));
    }

    #[test]
    fn what_nobody_sees_makes_no_other_address() {
        assert_eq!(parse("\u{feff}ana@example.com\u{200b}"), Ok("ana@example.com".into()));
        assert_eq!(parse("a\u{200b}na@example.com"), Err(AddressError::Local));
        assert_eq!(parse("ana\u{202e}@example.com"), Err(AddressError::Local));
        assert_eq!(
            parse("ana@exam\u{200b}ple.com").ok().filter(|address| address != "ana@example.com"),
            None
        );
    }

    #[test]
    fn case_does_not_make_another_person() {
        let [a, b]: [Address; 2] = ["Ana@Example.com", "ana@example.COM"].map(|text| text.parse().unwrap());
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "Ana@example.com");
    }

    proptest! {
        #[test]
        fn nothing_panics_and_what_parses_is_fit_for_an_envelope(text in "\\PC{0,80}|[a-z.@+ \r\n<>\0-]{0,40}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert!(!address.as_str().contains(|c: char| c.is_control() || "<> ,;:\"".contains(c)));
                let again: Address = address.as_str().parse().unwrap();
                prop_assert_eq!(again.as_str(), address.as_str());
            }
        }
    }
}
