//! Encoded words in header fields (RFC 2047).

use super::{charset, decode};

/// Decodes a field's value: its encoded words, and its other bytes as they look.
pub(super) fn decode(value: &[u8]) -> String {
    if memchr::memmem::find(value, b"=?").is_none() {
        return charset::to_text(value, None);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    // Words of the same charset that follow each other may share a character: join their bytes.
    let mut held: Option<(String, Vec<u8>)> = None;
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        let before = &rest[..at];
        let Some((label, bytes, tail)) = word(&rest[at + 2..]) else {
            flush(&mut out, &mut held);
            out.push_str(&charset::to_text(&rest[..at + 2], None));
            rest = &rest[at + 2..];
            continue;
        };
        let joined = before.iter().all(u8::is_ascii_whitespace);
        match &mut held {
            Some((known, together)) if joined && known.eq_ignore_ascii_case(&label) => together.extend(bytes),
            _ => {
                let between_words = held.is_some() && joined;
                flush(&mut out, &mut held);
                if !between_words {
                    out.push_str(&charset::to_text(before, None));
                }
                held = Some((label, bytes));
            }
        }
        rest = tail;
    }
    flush(&mut out, &mut held);
    out.push_str(&charset::to_text(rest, None));
    out
}

fn flush(out: &mut String, held: &mut Option<(String, Vec<u8>)>) {
    if let Some((label, bytes)) = held.take() {
        out.push_str(&charset::to_text(&bytes, Some(&label)));
    }
}

/// Reads `charset?Q?text?=` and returns charset, bytes and what follows.
fn word(bytes: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    // A word is at most 75 characters (§2); some write longer ones.
    let window = &bytes[..bytes.len().min(1_000)];
    let first = memchr::memchr(b'?', window)?;
    let label = std::str::from_utf8(&window[..first]).ok()?;
    // RFC 2231 §5: a language after a star.
    let label = label.split('*').next().unwrap_or(label).to_owned();
    let encoding = *window.get(first + 1)?;
    if window.get(first + 2) != Some(&b'?') {
        return None;
    }
    let text = &window[first + 3..];
    let end = memchr::memmem::find(text, b"?=")?;
    let decoded = match encoding.to_ascii_lowercase() {
        b'b' => decode::base64(&text[..end]),
        b'q' => {
            let spaced: Vec<u8> = text[..end].iter().map(|&b| if b == b'_' { b' ' } else { b }).collect();
            decode::quoted_printable(&spaced)
        }
        _ => return None,
    };
    Some((label, decoded, &bytes[first + 3 + end + 2..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_and_joined() {
        assert_eq!(decode(b"=?UTF-8?Q?Zustellung_unm=C3=B6glich?= today"), "Zustellung unmöglich today");
        assert_eq!(decode(b"=?utf-8?B?44Oh?=\r\n =?utf-8?B?44O844Or?="), "メール");
        assert_eq!(decode(b"=?iso-8859-1*de?q?unm=F6glich?="), "unmöglich");
        assert_eq!(decode(b"a =?broken b =?x?y?z"), "a =?broken b =?x?y?z");
    }
}
