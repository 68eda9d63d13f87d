//! Bytes into text by the charset that a part names, or by what they look like.

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, WINDOWS_1252};

/// Decodes text. What is declared counts unless it says nothing or says ASCII and lies.
pub(super) fn to_text(bytes: &[u8], charset: Option<&str>) -> String {
    let declared = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    let seven_bit = bytes.is_ascii();
    let encoding = match declared {
        // Japanese carriers send ISO-2022-JP under whatever name, or none.
        _ if seven_bit && has_escape(bytes) => ISO_2022_JP,
        Some(encoding) if encoding != WINDOWS_1252 => encoding,
        _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
        Some(encoding) => encoding,
        None => WINDOWS_1252,
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    text.into_owned()
}

/// The escape sequences of ISO-2022-JP to JIS X 0208.
fn has_escape(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\x1b$B").is_some() || memchr::memmem::find(bytes, b"\x1b$@").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_charset_counts() {
        assert_eq!(to_text(b"\x83\x81\x81[\x83\x8b", Some("Shift_JIS")), "メール");
        assert_eq!(to_text(b"\xd3\xca\xbc\xfe", Some("gb2312")), "邮件");
        assert_eq!(to_text(b"\xcf\xee\xf7\xf2\xe0", Some("windows-1251")), "Почта");
    }

    #[test]
    fn undeclared_text_is_told_by_its_looks() {
        assert_eq!(to_text(b"\x1b$B%a!<%k\x1b(B", None), "メール");
        assert_eq!(to_text("Zustellung unmöglich".as_bytes(), Some("us-ascii")), "Zustellung unmöglich");
        assert_eq!(to_text(b"unm\xf6glich", None), "unmöglich");
        assert_eq!(to_text(b"plain", Some("no-such-charset")), "plain");
    }
}
