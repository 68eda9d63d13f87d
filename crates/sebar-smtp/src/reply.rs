//! Reads and writes replies (RFC 5321 §4.2, enhanced codes by RFC 2034).
use sebar_domain::{EnhancedCode, Reply};

/// Longest reply line that we read, in octets. The RFC says 512; real servers say more.
pub const MAX_REPLY_LINE: usize = 4096;
/// Most lines of one reply that we read. EHLO answers have some twenty.
pub const MAX_REPLY_LINES: usize = 128;

/// Why what a server sent is no SMTP reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// A line does not begin with a reply code; its beginning is kept to show it.
    #[error("the server sent “{0}”, which is no SMTP reply")]
    NoCode(String),
    /// The lines of one reply carry different codes.
    #[error("the lines of one reply carry different codes ({0} and {1})")]
    CodesDiffer(u16, u16),
    /// A line is longer than [`MAX_REPLY_LINE`].
    #[error("a reply line is longer than {MAX_REPLY_LINE} octets")]
    LineTooLong,
    /// A reply has more than [`MAX_REPLY_LINES`] lines.
    #[error("a reply has more than {MAX_REPLY_LINES} lines")]
    TooManyLines,
}

/// Reads one reply from the beginning of `input`.
///
/// Returns the reply and the number of octets that it took, or `None` when it is not complete yet.
/// Tolerates bare line feeds and lines without text; control characters in the text are replaced,
/// so that it can be stored and shown.
pub fn parse_reply(input: &[u8]) -> Result<Option<(Reply, usize)>, ReplyError> {
    let mut code = None;
    let mut enhanced = None;
    let mut text = String::new();
    let mut at = 0;
    for number in 0..MAX_REPLY_LINES {
        let rest = &input[at..];
        let window = &rest[..rest.len().min(MAX_REPLY_LINE)];
        let Some(end) = memchr::memchr(b'\n', window) else {
            if rest.len() >= MAX_REPLY_LINE {
                return Err(ReplyError::LineTooLong);
            }
            // A server of another protocol may never send a line feed: tell as soon as it shows.
            if rest.len() >= 4 {
                split_code(rest)?;
            }
            return Ok(None);
        };
        at += end + 1;
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        let (line_code, more, line_text) = split_code(line)?;
        if let Some(first) = code.filter(|&first| first != line_code) {
            return Err(ReplyError::CodesDiffer(first, line_code));
        }
        code = Some(line_code);
        let line_text = String::from_utf8_lossy(line_text);
        let (line_enhanced, line_text) = split_enhanced(line_code, &line_text);
        if number == 0 {
            enhanced = line_enhanced;
        } else {
            text.push('\n');
        }
        text.extend(line_text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }));
        if !more {
            return Ok(Some((Reply { code: line_code, enhanced, text }, at)));
        }
    }
    Err(ReplyError::TooManyLines)
}

/// Splits a line into its code, whether more lines follow, and the text.
fn split_code(line: &[u8]) -> Result<(u16, bool, &[u8]), ReplyError> {
    let wrong = || {
        let shown = &line[..line.len().min(80)];
        ReplyError::NoCode(String::from_utf8_lossy(shown).replace(char::is_control, "\u{fffd}"))
    };
    let (&[a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'], rest) =
        line.split_first_chunk::<3>().ok_or_else(wrong)?
    else {
        return Err(wrong());
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    let code = digit(a) * 100 + digit(b) * 10 + digit(c);
    match rest {
        [] => Ok((code, false, rest)),
        [b' ', text @ ..] => Ok((code, false, text)),
        [b'-', text @ ..] => Ok((code, true, text)),
        // A line of four octets that is not complete yet may end in a carriage return.
        [b'\r'] => Ok((code, false, &[])),
        _ => Err(wrong()),
    }
}

/// Splits the enhanced code off a line's text; only one that agrees with the reply code counts.
fn split_enhanced(code: u16, text: &str) -> (Option<EnhancedCode>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word.parse::<EnhancedCode>() {
        Ok(enhanced) if u16::from(enhanced.class) == code / 100 => (Some(enhanced), rest.trim_start()),
        _ => (None, text),
    }
}

/// Appends a reply as it goes over the wire: each line with code and enhanced code.
pub(crate) fn write_reply(out: &mut Vec<u8>, reply: &Reply) {
    let mut lines = reply.text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let separator = if lines.peek().is_some() { '-' } else { ' ' };
        out.extend_from_slice(reply.code.to_string().as_bytes());
        out.push(separator as u8);
        if let Some(enhanced) = reply.enhanced {
            out.extend_from_slice(enhanced.to_string().as_bytes());
            out.push(b' ');
        }
        out.extend(line.bytes().filter(|byte| *byte != b'\r'));
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Option<(Reply, usize)>, ReplyError> {
        parse_reply(text.as_bytes())
    }

    fn whole(text: &str) -> Reply {
        let (reply, taken) = parse(text).unwrap().unwrap();
        assert_eq!(taken, text.len(), "{text:?}");
        reply
    }

    #[test]
    fn a_reply_of_one_line_gives_code_enhanced_code_and_text() {
        let reply = whole("550 5.1.1 No such user here\r\n");
        assert_eq!((reply.code, reply.text.as_str()), (550, "No such user here"));
        assert_eq!(reply.enhanced.unwrap().to_string(), "5.1.1");
    }

    #[test]
    fn the_lines_of_a_reply_are_joined_without_their_codes() {
        let reply = whole("452-4.2.2 The mailbox\r\n452-4.2.2 is full\r\n452 4.2.2\r\n");
        assert_eq!(reply.text, "The mailbox\nis full\n");
        assert_eq!(reply.enhanced.unwrap().to_string(), "4.2.2");
    }

    #[test]
    fn sloppy_servers_are_understood() {
        for text in ["250\r\n", "250 \r\n", "250\n", "250 \n"] {
            assert_eq!(whole(text), Reply { code: 250, enhanced: None, text: String::new() }, "{text:?}");
        }
        // An enhanced code of another class is just text.
        assert_eq!(whole("250 5.1.1 odd\r\n").text, "5.1.1 odd");
        assert_eq!(whole("250 \u{7}bell\0\r\n").text, "\u{fffd}bell\u{fffd}");
    }

    #[test]
    fn what_is_no_reply_is_named() {
        assert!(matches!(parse("HTTP/1.1 400 Bad Request\r\n"), Err(ReplyError::NoCode(_))));
        assert!(matches!(parse("SSH-2.0-Open"), Err(ReplyError::NoCode(_))), "even without a line end");
        for text in ["\r\n", "25\r\n", "2500\r\n", "250x\r\n", "150 x\r\n", "650 x\r\n"] {
            assert!(matches!(parse(text), Err(ReplyError::NoCode(_))), "{text:?}");
        }
        assert_eq!(parse("250-a\r\n251 b\r\n"), Err(ReplyError::CodesDiffer(250, 251)));
        assert_eq!(parse(&format!("250 {}", "x".repeat(5000))), Err(ReplyError::LineTooLong));
        assert_eq!(parse(&"250-x\r\n".repeat(200)), Err(ReplyError::TooManyLines));
    }

    #[test]
    fn only_the_first_reply_is_taken() {
        let (reply, taken) = parse("250 one\r\n354 two\r\n").unwrap().unwrap();
        assert_eq!((reply.code, taken), (250, 9));
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic(input in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_reply(&input);
        }

        #[test]
        fn nothing_near_a_reply_makes_it_panic(input in "[2-6][0-9]{2}[- ]?[0-9.]{0,6}[ -~]{0,9}\r?\n?.{0,20}") {
            let _ = parse_reply(input.as_bytes());
        }

        #[test]
        fn a_reply_reads_back_as_it_was_written_and_no_prefix_of_it_is_complete(
            code in 200u16..600, text in "[a-z][a-z ]{0,20}(\n[a-z ]{0,9}){0,3}", subject in 0u16..8,
        ) {
            let class = u8::try_from(code / 100).unwrap();
            let enhanced = (class != 3).then_some(EnhancedCode { class, subject, detail: 1 });
            let text = text.split('\n').map(str::trim_start).collect::<Vec<_>>().join("\n");
            let reply = Reply { code, enhanced, text };
            let mut wire = Vec::new();
            write_reply(&mut wire, &reply);
            for cut in 0..wire.len() {
                prop_assert_eq!(parse_reply(&wire[..cut]).unwrap(), None);
            }
            prop_assert_eq!(parse_reply(&wire).unwrap(), Some((reply, wire.len())));
        }
    }
}
