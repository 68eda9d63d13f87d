//! Bytes into records, piece by piece, with the place in the file where each ends.

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::format::{Encoding, Format};

/// A record longer than this, in bytes, is no record: a quotation mark was left open, or this is no CSV.
pub const MAX_RECORD: usize = 2 << 20;
/// After so many open quotation marks the file is given up: each costs reading [`MAX_RECORD`] again.
const MAX_OPEN_QUOTES: u32 = 100;

/// A place between two records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the file before it.
    pub bytes: u64,
    /// Line ends before it.
    pub lines: u64,
}

/// Reads records from the pieces of a file, wherever they are cut.
///
/// Give it a piece by [`push`](Self::push), take records by [`next`](Self::next) until it wants more,
/// and so on; then [`finish`](Self::finish) and take the last ones. It may begin at any [`Place`]
/// that an earlier reader of the same file reached.
///
/// Files in UTF-8 and Windows-1252 are cut into fields as they are and each field is decoded when
/// asked for: all that structures a record is ASCII. UTF-16 is turned into UTF-8 first.
pub struct Records {
    csv: Reader,
    format: Format,
    decoder: Option<Decoder>,
    /// What was pushed and does not yet belong to a record that was returned.
    raw: Vec<u8>,
    /// Where the next record begins in `raw`.
    begin: usize,
    /// Up to where csv-core has seen `raw`.
    fed: usize,
    fields: Vec<u8>,
    fields_len: usize,
    ends: Vec<usize>,
    ends_len: usize,
    place: Place,
    finished: bool,
    at_start: bool,
    open_quotes: u32,
    /// Where the file's next piece begins.
    received: u64,
}

/// What stands next in the file.
#[derive(Debug)]
pub enum Next<'a> {
    /// A record with at least one field that is not empty.
    Record(Record<'a>),
    /// A quotation mark that is never closed: the record is given up, reading goes on with the next line.
    OpenQuote {
        /// The line on which the record begins.
        line: u64,
        /// The beginning of the record.
        start: String,
    },
    /// More is needed, or the end is reached.
    Pending,
}

/// Why the rest of a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A line without end.
    #[error("line-too-long")]
    LineTooLong {
        /// Where it begins.
        line: u64,
    },
    /// Quotation marks are left open again and again.
    #[error("open-quotes")]
    OpenQuotes {
        /// Where the last one begins.
        line: u64,
    },
}

/// Bytes that are no text in the file's encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadText;

/// One record.
#[derive(Debug)]
pub struct Record<'a> {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    fields: &'a [u8],
    ends: &'a [usize],
    encoding: Encoding,
}

impl<'a> Record<'a> {
    /// The number of fields.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no fields; a record always has one.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of a field; empty if the record has fewer.
    fn bytes(&self, n: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(n) else { return &[] };
        let begin = if n == 0 { 0 } else { self.ends[n - 1] };
        &self.fields[begin..end]
    }

    /// The number of fields up to the last one that is not blank.
    pub fn filled(&self) -> usize {
        (0..self.len()).rev().find(|n| !is_blank(self.bytes(*n))).map_or(0, |n| n + 1)
    }

    /// A field as text; empty if the record has fewer.
    ///
    /// # Errors
    /// If it is no text in the file's encoding.
    pub fn text(&self, n: usize) -> Result<Cow<'a, str>, BadText> {
        let bytes = self.bytes(n);
        match self.encoding {
            Encoding::Windows1252 => Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0),
            // UTF-16 is UTF-8 by now; its lone surrogates became replacement characters.
            Encoding::Utf16Le | Encoding::Utf16Be => match std::str::from_utf8(bytes) {
                Ok(text) if !text.contains('\u{fffd}') => Ok(text.into()),
                _ => Err(BadText),
            },
            Encoding::Utf8 => std::str::from_utf8(bytes).map(Cow::from).map_err(|_| BadText),
        }
    }

    /// A field as text, with replacement characters where it is none: to be shown.
    pub fn readable(&self, n: usize) -> Cow<'a, str> {
        self.text(n).unwrap_or_else(|_| String::from_utf8_lossy(self.bytes(n)))
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' ' | b'\t'))
}

impl Records {
    /// Reads a file from its beginning.
    pub fn new(format: Format) -> Self {
        Self::resume(format, Place::default())
    }

    /// Reads on from a place between two records; what is pushed must begin there.
    pub fn resume(format: Format, place: Place) -> Self {
        let decoder = match format.encoding {
            Encoding::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            Encoding::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            Encoding::Utf8 | Encoding::Windows1252 => None,
        };
        let mut csv =
            ReaderBuilder::new().delimiter(format.delimiter.byte()).quote(format.quote.byte()).build();
        pass_start(&mut csv);
        Self {
            csv,
            format,
            decoder,
            raw: Vec::new(),
            begin: 0,
            fed: 0,
            fields: vec![0; 4096],
            fields_len: 0,
            ends: vec![0; 64],
            ends_len: 0,
            place,
            finished: false,
            at_start: place.bytes == 0,
            open_quotes: 0,
            received: place.bytes,
        }
    }

    /// The place after the last record that was returned.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Adds the next piece of the file.
    pub fn push(&mut self, piece: &[u8]) {
        self.received += piece.len() as u64;
        self.raw.drain(..self.begin);
        self.fed -= self.begin;
        self.begin = 0;
        match &mut self.decoder {
            None => self.raw.extend_from_slice(piece),
            Some(decoder) => decode(decoder, piece, false, &mut self.raw),
        }
    }

    /// Says that there are no more pieces.
    pub fn finish(&mut self) {
        if let Some(decoder) = &mut self.decoder {
            decode(decoder, &[], true, &mut self.raw);
        }
        self.finished = true;
    }

    /// The next record.
    ///
    /// # Errors
    /// If the rest of the file cannot be read.
    #[expect(clippy::should_implement_trait, reason = "what it returns borrows from the reader")]
    pub fn next(&mut self) -> Result<Next<'_>, Unreadable> {
        let line = loop {
            if self.fed == self.begin && !self.skip_between() {
                return Ok(Next::Pending);
            }
            match self.read()? {
                Read::Pending => return Ok(Next::Pending),
                Read::OpenQuote { line, start } => return Ok(Next::OpenQuote { line, start }),
                // Excel writes rows of nothing but delimiters below a table.
                Read::Record { .. } if is_blank(&self.fields[..self.fields_len]) => {}
                Read::Record { line } => break line,
            }
        };
        Ok(Next::Record(Record {
            line,
            fields: &self.fields[..self.fields_len],
            ends: &self.ends[..self.ends_len],
            encoding: self.format.encoding,
        }))
    }

    /// The end of what may be read now. A carriage return waits for its line feed, so that both are
    /// always seen together.
    fn end(&self) -> usize {
        let waits = !self.finished && self.raw.last() == Some(&b'\r');
        self.raw.len() - usize::from(waits)
    }

    /// Goes to the first byte of the next record; `false` if it is not there yet.
    fn skip_between(&mut self) -> bool {
        if self.at_start && !self.skip_preamble() {
            return false;
        }
        self.fields_len = 0;
        self.ends_len = 0;
        let end = self.end();
        let ends = self.raw[self.begin..end].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.advance(ends);
        self.begin < end
    }

    /// Passes over a byte order mark and Excel's `sep=;` line; `false` if more is needed to tell.
    fn skip_preamble(&mut self) -> bool {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        const LONGEST: usize = MARK.len() + b"\"sep=;\"\r\n".len();
        let end = self.end();
        if end < LONGEST && !self.finished {
            return false;
        }
        if self.format.encoding != Encoding::Windows1252 && self.raw.starts_with(MARK) {
            self.advance(MARK.len());
        }
        let line = self.raw[self.begin..end].split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
        if separator_line(line).is_some() {
            self.advance(line.len());
        }
        self.at_start = false;
        true
    }

    /// Moves the beginning of the next record over `n` bytes of `raw`, and the place with it.
    fn advance(&mut self, n: usize) {
        let passed = &self.raw[self.begin..self.begin + n];
        self.place.bytes += match self.decoder {
            None => n as u64,
            Some(_) => 2 * utf16_units(passed),
        };
        self.place.lines += line_ends(passed);
        self.begin += n;
        self.fed = self.begin;
        // Half a character at the end of a file is decoded to a whole one: there is nothing behind it.
        if self.finished && self.begin == self.raw.len() {
            self.place.bytes = self.received;
        }
    }

    fn read(&mut self) -> Result<Read, Unreadable> {
        let line = self.place.lines + 1;
        loop {
            let end = self.end();
            if self.fed == end {
                if self.fed - self.begin > MAX_RECORD {
                    return self.give_up_record(line);
                }
                if !self.finished {
                    return Ok(Read::Pending);
                }
                if self.is_quote_open(&self.raw[self.begin..end]) {
                    return self.give_up_record(line);
                }
            }
            let (result, read, written, ended) = self.csv.read_record(
                &self.raw[self.fed..end],
                &mut self.fields[self.fields_len..],
                &mut self.ends[self.ends_len..],
            );
            self.fed += read;
            self.fields_len += written;
            self.ends_len += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::End => return Ok(Read::Pending),
                ReadRecordResult::Record => {
                    if self.fed - self.begin > MAX_RECORD {
                        return self.give_up_record(line);
                    }
                    let cut_in_line_end =
                        self.raw[self.fed - 1] == b'\r' && self.raw.get(self.fed) == Some(&b'\n');
                    self.advance(self.fed - self.begin + usize::from(cut_in_line_end));
                    return Ok(Read::Record { line });
                }
            }
        }
    }

    /// Leaves a record that does not end, and goes on with the line after its first one.
    fn give_up_record(&mut self, line: u64) -> Result<Read, Unreadable> {
        let seen = &self.raw[self.begin..self.end().min(self.begin + MAX_RECORD)];
        // Only between quotation marks does a record go over a line end.
        let first_line = match memchr::memchr2(b'\r', b'\n', seen) {
            Some(at) => at,
            None if seen.len() < MAX_RECORD => seen.len(),
            None => return Err(Unreadable::LineTooLong { line }),
        };
        self.open_quotes += 1;
        if self.open_quotes > MAX_OPEN_QUOTES {
            return Err(Unreadable::OpenQuotes { line });
        }
        let start = String::from_utf8_lossy(&seen[..first_line.min(200)]).into_owned();
        self.csv.reset();
        pass_start(&mut self.csv);
        self.advance(first_line);
        Ok(Read::OpenQuote { line, start })
    }

    /// Whether a record that is cut off here is cut off between quotation marks.
    fn is_quote_open(&self, record: &[u8]) -> bool {
        let (quote, delimiter) = (self.format.quote.byte(), self.format.delimiter.byte());
        let mut at_field_start = true;
        let mut open = false;
        for &b in record {
            if b == quote && (open || at_field_start) {
                // A doubled mark inside closes and opens again.
                open = !open;
                at_field_start = !open;
            } else if !open {
                at_field_start = b == delimiter || b == b'\n' || b == b'\r';
            }
        }
        open
    }
}

/// csv-core takes a byte order mark away wherever it begins to read. A blank line makes it think that
/// it has begun: marks are our matter, and only at the file's start.
fn pass_start(csv: &mut Reader) {
    let _ = csv.read_record(b"\n", &mut [0], &mut [0]);
}

/// What [`Records::read`] came to.
enum Read {
    Record { line: u64 },
    OpenQuote { line: u64, start: String },
    Pending,
}

/// The delimiter that Excel's first line `sep=;` names.
pub(crate) fn separator_line(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Some(*delimiter),
        _ => None,
    }
}

fn decode(decoder: &mut Decoder, mut piece: &[u8], last: bool, into: &mut Vec<u8>) {
    loop {
        let begin = into.len();
        let room = decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len() * 4 + 16);
        into.resize(begin + room, 0);
        let (result, read, written, _) = decoder.decode_to_utf8(piece, &mut into[begin..], last);
        into.truncate(begin + written);
        piece = &piece[read..];
        if result == CoderResult::InputEmpty {
            return;
        }
    }
}

/// UTF-16 code units that a text in UTF-8 stands for. A lone surrogate became U+FFFD: one unit, as it was.
fn utf16_units(text: &[u8]) -> u64 {
    text.iter().map(|b| u64::from(b & 0xc0 != 0x80) + u64::from(*b >= 0xf0)).sum()
}

/// Line ends of any of the three kinds: `\n`, `\r\n`, `\r`.
fn line_ends(text: &[u8]) -> u64 {
    let mut lines = memchr::memchr_iter(b'\n', text).count() as u64;
    for at in memchr::memchr_iter(b'\r', text) {
        lines += u64::from(text.get(at + 1) != Some(&b'\n'));
    }
    lines
}

#[cfg(test)]
mod tests;
