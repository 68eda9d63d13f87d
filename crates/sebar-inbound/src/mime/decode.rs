//! Content-Transfer-Encoding (RFC 2045 §6), taking whatever is decodable.

use std::borrow::Cow;

/// Undoes a transfer encoding, of at most `limit` encoded bytes.
pub(super) fn transfer<'a>(bytes: &'a [u8], encoding: &str, limit: usize) -> Cow<'a, [u8]> {
    let bytes = &bytes[..bytes.len().min(limit)];
    if encoding.eq_ignore_ascii_case("base64") {
        Cow::Owned(base64(bytes))
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        Cow::Owned(quoted_printable(bytes))
    } else {
        Cow::Borrowed(bytes)
    }
}

/// Base64 (RFC 4648 §4); what is no letter of it is passed over, and padding ends a group.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                (bits, held) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).unwrap_or_default());
            bits &= (1 << held) - 1;
        }
    }
    out
}

/// Quoted-printable (RFC 2045 §6.7); an `=` that is no escape stays.
pub(super) fn quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        match rest {
            [_, high, low, tail @ ..] if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
                out.push(high << 4 | low);
                rest = tail;
            }
            [_, b'\r', b'\n', tail @ ..] | [_, b'\n', tail @ ..] => rest = tail,
            [first, tail @ ..] => {
                out.push(*first);
                rest = tail;
            }
            [] => break,
        }
    }
    out.extend_from_slice(rest);
    out
}

pub(super) fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_on_after_what_does_not_belong_there() {
        assert_eq!(base64(b"SGVs\r\nbG8="), b"Hello");
        assert_eq!(base64(b"SGVs*bG8"), b"Hello");
        assert_eq!(base64(b"SGk=SGk="), b"HiHi");
    }

    #[test]
    fn quoted_printable_keeps_what_is_no_escape() {
        assert_eq!(quoted_printable(b"a=3Db =\r\nc=\nd a=b="), b"a=b cd a=b=");
    }
}
