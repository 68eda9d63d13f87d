//! Transfer encodings of bodies (RFC 2045 §6.7, §6.8): lines of at most 76 characters, CRLF only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const LINE: usize = 76;

/// Writes the last headers of a text part and its body.
pub(crate) fn text_part(out: &mut Vec<u8>, content_type: &str, text: &str) {
    out.extend_from_slice(b"Content-Type: ");
    out.extend_from_slice(content_type.as_bytes());
    out.extend_from_slice(b"; charset=utf-8\r\nContent-Transfer-Encoding: ");
    // Quoted-printable triples what is not ASCII and stays readable; base64 adds a third to all.
    // Counted in bytes by stretches that cannot overflow one, for the sake of speed.
    let stretch = |bytes: &[u8]| usize::from(bytes.iter().fold(0, |sum: u8, byte| sum + (byte >> 7)));
    let foreign: usize = text.as_bytes().chunks(255).map(stretch).sum();
    if foreign > text.len() / 6 {
        out.extend_from_slice(b"base64\r\n\r\n");
        base64_lines(out, text);
    } else {
        out.extend_from_slice(b"quoted-printable\r\n\r\n");
        quoted_printable(out, text.as_bytes());
    }
}

fn base64_lines(out: &mut Vec<u8>, text: &str) {
    let encoded = STANDARD.encode(with_crlf(text));
    for line in encoded.as_bytes().chunks(LINE) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
}

/// Every line end as CRLF, whether it was CR, LF or both.
fn with_crlf(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                out.extend_from_slice(b"\r\n");
            }
            _ => out.push(byte),
        }
    }
    out
}

/// What stands for itself inside of a line.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = byte != b'=';
        byte += 1;
    }
    plain[b'\t' as usize] = true;
    plain
};

/// How many bytes from the start stand for themselves, eight looked at in one step where possible:
/// this scan is most of the cost of a mail.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const EQUALS: u64 = u64::from_ne_bytes([b'='; 8]);
    const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
    let mut length = 0;
    for chunk in bytes.as_chunks::<8>().0 {
        let word = u64::from_ne_bytes(*chunk);
        let equal = word ^ EQUALS;
        // If all eight are plain, none of the high bits is set: below a space, `=`, over `~`.
        let control = word.wrapping_sub(SPACES) & !word;
        let equal = equal.wrapping_sub(ONES) & !equal;
        let above = word | word.wrapping_add(ONES);
        if (control | equal | above) & HIGH != 0 {
            break;
        }
        length += 8;
    }
    let rest = &bytes[length..];
    length + rest.iter().position(|&byte| !PLAIN[byte as usize]).unwrap_or(rest.len())
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

fn quoted_printable(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + text.len() / 8 + 64);
    let mut column = 0;
    let mut at = 0;
    while at < text.len() {
        // The stretch of plain characters that still fits, with room for the `=` of a soft break.
        let room = LINE - 1 - column;
        let rest = &text[at..];
        let run = plain_run(&rest[..rest.len().min(room)]);
        if run > 0 {
            let ends_line = matches!(rest.get(run), None | Some(b'\r' | b'\n'));
            // White space before a line end would be lost on the way (RFC 2045 §6.7, rule 3).
            let spare = usize::from(ends_line && matches!(rest[run - 1], b' ' | b'\t'));
            out.extend_from_slice(&rest[..run - spare]);
            column += run - spare;
            at += run - spare;
            if spare > 0 {
                column = escaped(out, column, text[at]);
                at += 1;
            }
            continue;
        }
        match rest[0] {
            b'\r' | b'\n' => {
                at += if rest.starts_with(b"\r\n") { 2 } else { 1 };
                out.extend_from_slice(b"\r\n");
                column = 0;
            }
            byte if PLAIN[byte as usize] => {
                // The line is full.
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            byte => {
                column = escaped(out, column, byte);
                at += 1;
            }
        }
    }
    if column > 0 {
        out.extend_from_slice(b"\r\n");
    }
}

fn escaped(out: &mut Vec<u8>, mut column: usize, byte: u8) -> usize {
    if column + 3 > LINE - 1 {
        out.extend_from_slice(b"=\r\n");
        column = 0;
    }
    out.extend_from_slice(&[b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    column + 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        text_part(&mut out, "text/plain", text);
        String::from_utf8(out).unwrap()
    }

    fn body(text: &str) -> String {
        encoded(text).split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    #[test]
    fn what_would_be_lost_on_the_way_is_encoded() {
        assert_eq!(body("a=b \nc\t\r\nd\re "), "a=3Db=20\r\nc=09\r\nd\r\ne=20\r\n");
        assert_eq!(body("caf\u{e9}, the rest is plain"), "caf=C3=A9, the rest is plain\r\n");
        assert_eq!(body("\0"), "=00\r\n");
    }

    #[test]
    fn foreign_scripts_go_as_base64() {
        assert!(encoded("こんにちは").contains("base64"));
        assert!(encoded("a short tést of it").contains("quoted-printable"));
    }

    proptest! {
        #[test]
        fn the_fast_scan_stops_where_the_slow_one_does(
            bytes in proptest::collection::vec(prop_oneof![9 => 0x20u8..0x3d, 1 => any::<u8>()], 0..80),
        ) {
            let slow = bytes.iter().position(|&byte| !PLAIN[byte as usize]).unwrap_or(bytes.len());
            prop_assert_eq!(plain_run(&bytes), slow);
        }

        #[test]
        fn every_text_arrives_as_it_was(text in r"([a-z =.]|[ \t]\n|\r|\n|é|日本|\PC|-){0,300}") {
            let part = encoded(&text);
            for line in part.split("\r\n") {
                prop_assert!(line.len() <= LINE && !line.contains(['\r', '\n']) && line.is_ascii());
            }
            let read = MessageParser::default().parse(part.as_bytes()).unwrap();
            let read = read.body_text(0).unwrap_or_default().replace("\r\n", "\n");
            let sent = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(read.trim_end_matches('\n'), sent.trim_end_matches('\n'));
        }
    }
}
