//! The transparency procedure of DATA (RFC 5321 §4.5.2): dots doubled on the way out, undone on the
//! way in, and the one sequence that ends a message: CRLF.CRLF, nothing less.

/// Doubles the dots at line starts while a message is copied, piece by piece, into a write buffer.
#[derive(Debug)]
pub(crate) struct DotStuffer {
    /// What stands before the next octet: a line begins after CRLF, and at the very start.
    before: Before,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    LineStart,
    Cr,
    Other,
}

impl DotStuffer {
    pub(crate) fn new() -> Self {
        Self { before: Before::LineStart }
    }

    /// Appends `piece`, stuffed, to `out`.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let Some(&last) = piece.last() else { return };
        // Lines that begin across the seam of two pieces.
        let mut copied = 0;
        match (self.before, piece) {
            (Before::LineStart, [b'.', ..]) => out.push(b'.'),
            (Before::Cr, [b'\n', b'.', ..]) => {
                out.extend_from_slice(b"\n.");
                copied = 1;
            }
            _ => {}
        }
        // "\r\n." is rare: one fast search over the whole, one copy per hit.
        for at in memchr::memmem::find_iter(piece, b"\r\n.") {
            out.extend_from_slice(&piece[copied..at + 3]);
            copied = at + 2;
        }
        out.extend_from_slice(&piece[copied..]);
        let after_cr = match piece {
            [.., b'\r', b'\n'] => true,
            [b'\n'] => self.before == Before::Cr,
            _ => false,
        };
        self.before = match last {
            b'\n' if after_cr => Before::LineStart,
            b'\r' => Before::Cr,
            _ => Before::Other,
        };
    }

    /// Appends the end of data; a last line that has no end gets one.
    pub(crate) fn finish(self, out: &mut Vec<u8>) {
        if self.before != Before::LineStart {
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b".\r\n");
    }
}

/// Whether a carriage return or a line feed stands alone in `message`.
///
/// Such octets must not be sent (RFC 5321 §2.3.8): servers that take a lone line feed for a line end
/// can be made to see a second, smuggled message.
pub(crate) fn has_bare_newline(message: &[u8]) -> bool {
    let mut carriage_returns = 0;
    for at in memchr::memchr_iter(b'\n', message) {
        if at == 0 || message[at - 1] != b'\r' {
            return true;
        }
        carriage_returns += 1;
    }
    memchr::memchr_iter(b'\r', message).count() != carriage_returns
}

/// Undoes dot-stuffing in a stream of octets and finds the end of data.
#[derive(Debug)]
pub(crate) struct DotDecoder {
    state: State,
    limit: usize,
    /// More than `limit` octets came; what is beyond is dropped.
    pub(crate) too_big: bool,
    /// A CR or an LF stood alone.
    pub(crate) bare_newline: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// After CRLF, or at the very start.
    LineStart,
    /// After a dot that began a line.
    Dot,
    /// After CR behind such a dot.
    DotCr,
    /// Within a line.
    Text,
    /// After a CR within a line (which is already in the output).
    Cr,
}

impl DotDecoder {
    /// Begins a message of which at most `limit` octets are kept.
    pub(crate) fn new(limit: usize) -> Self {
        Self { state: State::LineStart, limit, too_big: false, bare_newline: false }
    }

    /// Decodes `input` into `message`; returns how many octets were taken and whether the message
    /// is complete. All of `input` is taken unless it is.
    pub(crate) fn push(&mut self, input: &[u8], message: &mut Vec<u8>) -> (usize, bool) {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            match self.state {
                State::Text => {
                    // The bulk: copy up to and with the next CR or LF at once.
                    let rest = &input[at..];
                    let end = memchr::memchr2(b'\r', b'\n', rest);
                    let piece = end.map_or(rest, |end| &rest[..=end]);
                    self.keep(piece, message);
                    at += piece.len();
                    match piece.last() {
                        Some(b'\r') => self.state = State::Cr,
                        Some(b'\n') => self.bare_newline = true,
                        _ => {}
                    }
                    continue;
                }
                State::LineStart if byte == b'.' => self.state = State::Dot,
                State::LineStart => {
                    self.state = State::Text;
                    continue;
                }
                State::Cr if byte == b'\n' => {
                    self.keep(b"\n", message);
                    self.state = State::LineStart;
                }
                State::Cr => {
                    self.bare_newline = true;
                    self.state = State::Text;
                    continue;
                }
                State::Dot if byte == b'\r' => self.state = State::DotCr,
                State::Dot => {
                    // The dot was transparency: it goes, what follows it stays.
                    self.state = State::Text;
                    if byte == b'.' {
                        self.keep(b".", message);
                    } else {
                        continue;
                    }
                }
                State::DotCr if byte == b'\n' => return (at + 1, true),
                State::DotCr => {
                    self.keep(b"\r", message);
                    self.state = State::Cr;
                    continue;
                }
            }
            at += 1;
        }
        (at, false)
    }

    fn keep(&mut self, piece: &[u8], message: &mut Vec<u8>) {
        if self.too_big || message.len() + piece.len() > self.limit {
            self.too_big = true;
        } else {
            message.extend_from_slice(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stuff<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut stuffer = DotStuffer::new();
        for piece in pieces {
            stuffer.push(piece, &mut out);
        }
        stuffer.finish(&mut out);
        out
    }

    fn decode(wire: &[u8], step: usize) -> (Vec<u8>, usize, bool) {
        let mut decoder = DotDecoder::new(usize::MAX);
        let mut message = Vec::new();
        let mut taken = 0;
        for chunk in wire.chunks(step) {
            let (n, done) = decoder.push(chunk, &mut message);
            taken += n;
            if done {
                return (message, taken, true);
            }
        }
        (message, taken, false)
    }

    #[test]
    fn dots_at_line_starts_are_doubled_and_the_end_is_added() {
        for (message, wire) in [
            ("", ".\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.b\r\n..c\r\n", "a\r\n..b\r\n...c\r\n.\r\n"),
            ("a.b", "a.b\r\n.\r\n"),
            (".\r\n.\r\n", "..\r\n..\r\n.\r\n"),
        ] {
            assert_eq!(stuff([message.as_bytes()]), wire.as_bytes(), "{message:?}");
        }
    }

    #[test]
    fn only_crlf_dot_crlf_ends_a_message() {
        for almost in ["a\n.\n", "a\r\n.\n", "a\n.\r\n", "a\r.\r\n", "a\r.\r", "a\r\n.\rb", "a\r\n.\r\r\n"] {
            let (_, taken, done) = decode(format!("{almost}b").as_bytes(), usize::MAX);
            assert!(!done, "{almost:?}");
            assert_eq!(taken, almost.len() + 1);
        }
        assert_eq!(decode(b".\r\nQUIT\r\n", 100), (vec![], 3, true));
        assert_eq!(decode(b"a\r\n.\r\nQUIT\r\n", 100), (b"a\r\n".to_vec(), 6, true));
    }

    #[test]
    fn lone_carriage_returns_and_line_feeds_are_noticed_on_both_sides() {
        for (message, bare) in [
            ("a\r\nb\r\n", false),
            ("", false),
            ("a\nb\r\n", true),
            ("a\rb\r\n", true),
            ("\n", true),
            ("a\r\r\n", true),
            ("\r\n.\rb\r\n", true),
        ] {
            assert_eq!(has_bare_newline(message.as_bytes()), bare, "{message:?}");
            let mut decoder = DotDecoder::new(100);
            assert!(decoder.push(&stuff([message.as_bytes()]), &mut Vec::new()).1);
            assert_eq!(decoder.bare_newline, bare, "{message:?}");
        }
    }

    #[test]
    fn what_is_beyond_the_limit_is_dropped_but_its_end_is_found() {
        let mut decoder = DotDecoder::new(10);
        let mut message = Vec::new();
        let wire = stuff([&b"123456\r\nabcdef\r\n"[..]]);
        assert_eq!(decoder.push(&wire, &mut message), (wire.len(), true));
        assert!(decoder.too_big && message.len() <= 10);
    }

    /// Octets of which many are dots and line ends.
    fn tricky() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), any::<u8>()], 0..80)
    }

    proptest! {
        #[test]
        fn any_octets_come_out_as_they_went_in(message in tricky(), cut in 0usize..80, step in 1usize..90) {
            let (a, b) = message.split_at(cut.min(message.len()));
            let wire = stuff([a, b]);
            prop_assert_eq!(&wire, &stuff([&message[..]]), "pieces make no difference");
            let (decoded, taken, done) = decode(&wire, step);
            prop_assert!(done && taken == wire.len());
            let mut expected = message.clone();
            if !(message.is_empty() || message.ends_with(b"\r\n")) {
                expected.extend_from_slice(b"\r\n");
            }
            prop_assert_eq!(decoded, expected);
        }

        #[test]
        fn bare_newlines_are_seen_alike_on_both_sides(message in tricky()) {
            let mut decoder = DotDecoder::new(1000);
            decoder.push(&stuff([&message[..]]), &mut Vec::new());
            let ended = message.ends_with(b"\r");
            prop_assert_eq!(decoder.bare_newline, has_bare_newline(&message), "ended in CR: {}", ended);
        }
    }
}
