//! Who calls: tokens of ours that are repeated, and signatures with a key that both know.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use sebar_domain::HookFault;

/// Providers try again for so long.
const OLDEST: TimeDelta = TimeDelta::days(1);
/// Two clocks may differ by so much.
const AHEAD: TimeDelta = TimeDelta::minutes(15);

/// Whether two secrets are the same; it takes as long wherever they differ.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// A field of the header, where it is text and not empty.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
}

/// The call repeats our token: as a bearer (RFC 6750 §2.1), as the password of Basic (RFC 7617 §2), or
/// in a field of its own.
pub(crate) fn check_token(headers: &HeaderMap, token: &str) -> Result<(), HookFault> {
    let own = header(headers, "x-sebar-token").map(|token| token.as_bytes().to_vec());
    let given = own.or_else(|| authorization(header(headers, "authorization")?));
    let given = given.ok_or(HookFault::Unsigned)?;
    if is_same(&given, token.as_bytes()) { Ok(()) } else { Err(HookFault::WrongSignature) }
}

fn authorization(value: &str) -> Option<Vec<u8>> {
    let (scheme, value) = value.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(value).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(pair[colon + 1..].to_vec())
}

/// HMAC-SHA256 (RFC 2104) of `parts`, given in hexadecimal digits.
pub(crate) fn check_hmac(key: &str, parts: &[&[u8]], given: &str) -> Result<(), HookFault> {
    let given = unhex(given).ok_or(HookFault::WrongSignature)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hmac::verify(&key, &parts.concat(), &given).map_err(|_| HookFault::WrongSignature)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// A signed time must be of the last day.
pub(crate) fn check_time(signed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), HookFault> {
    let signed = signed.ok_or(HookFault::Unreadable)?;
    if signed < now - OLDEST || signed > now + AHEAD { Err(HookFault::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_as_bearer_as_password_or_in_a_field_of_its_own() {
        let check = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            check_token(&headers, "rahasia")
        };
        for (name, value) in [
            ("authorization", "Bearer rahasia"),
            ("authorization", "bearer  rahasia"),
            ("authorization", &format!("Basic {}", STANDARD.encode("sebar:rahasia"))),
            ("x-sebar-token", "rahasia"),
        ] {
            assert_eq!(check(name, value), Ok(()), "{value}");
        }
        for (name, value) in [
            ("authorization", "Bearer rahasi"),
            ("authorization", "Bearer rahasia2"),
            ("authorization", &format!("Basic {}", STANDARD.encode("rahasia:"))),
            ("x-sebar-token", "RAHASIA"),
        ] {
            assert_eq!(check(name, value), Err(HookFault::WrongSignature), "{value}");
        }
        for value in ["", "rahasia", "Digest rahasia", "Basic %%%", "Basic cmFoYXNpYQ=="] {
            assert_eq!(check("authorization", value), Err(HookFault::Unsigned), "{value}");
        }
        assert_eq!(check_token(&HeaderMap::new(), "rahasia"), Err(HookFault::Unsigned));
    }

    #[test]
    fn a_signed_time_is_good_for_a_day() {
        let now = Utc::now();
        for (hours, good) in [(0, true), (-23, true), (-25, false), (1, false)] {
            let found = check_time(Some(now + TimeDelta::hours(hours)), now);
            assert_eq!(found.is_ok(), good, "{hours}");
        }
        assert_eq!(check_time(None, now), Err(HookFault::Unreadable));
    }

    #[test]
    fn what_is_no_hexadecimal_number_is_no_signature() {
        assert_eq!(unhex("00fF"), Some(vec![0, 255]));
        for text in ["0", "0g", "é0", "+1"] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}
