//! Looks at a file while it is received: is it a table at all, and how is it written?

use sebar_domain::Address;

use crate::format::{Delimiter, Encoding, Format, Quote};
use crate::records::{Next, Records, separator_line};

/// So much of a file's beginning is enough to tell how it is written and to show its first rows.
pub const HEAD: usize = 64 * 1024;
/// A table with more columns is none that a person made.
pub const MAX_COLUMNS: usize = 500;

/// Why a file cannot be imported. The word of each is also its translation key (`imports-file-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// No bytes, or nothing but white space.
    #[error("empty")]
    Empty,
    /// One row, and it is a header.
    #[error("header-only")]
    HeaderOnly,
    /// An Excel workbook (`.xlsx`).
    #[error("excel")]
    Excel,
    /// An old Excel workbook or another Office document (`.xls`, `.doc`).
    #[error("office")]
    Office,
    /// A ZIP archive or another compressed file.
    #[error("archive")]
    Archive,
    /// PNG, JPEG, GIF, WebP.
    #[error("image")]
    Image,
    /// A PDF document.
    #[error("pdf")]
    Pdf,
    /// A web page or another document in XML.
    #[error("markup")]
    Markup,
    /// Bytes that are no text.
    #[error("binary")]
    Binary,
    /// More than [`MAX_COLUMNS`] columns.
    #[error("too-many-columns")]
    TooManyColumns,
}

/// What is seen of a file while its pieces pass by. Keeps [`HEAD`] bytes, whatever the file's size.
#[derive(Default)]
pub struct Survey {
    head: Vec<u8>,
    size: u64,
    /// The beginning of a character that the last piece cut.
    cut: Vec<u8>,
    /// Characters of several bytes that are good UTF-8.
    good: u64,
    /// Bytes that no UTF-8 has there.
    bad: u64,
}

impl Survey {
    /// Looks at the next piece.
    ///
    /// # Errors
    /// As soon as it is clear that the file is no table.
    pub fn look(&mut self, piece: &[u8]) -> Result<(), FileFault> {
        let knew = self.head.len();
        if knew < HEAD {
            self.head.extend_from_slice(&piece[..piece.len().min(HEAD - knew)]);
            if (knew < MAGIC && self.head.len() >= MAGIC) || self.head.len() == HEAD {
                check_kind(&self.head)?;
            }
        }
        self.size += piece.len() as u64;
        self.count_utf8(piece);
        Ok(())
    }

    /// Bytes seen.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The format, when all pieces were seen.
    ///
    /// # Errors
    /// If the file is no table with at least one row of data.
    pub fn finish(mut self) -> Result<Format, FileFault> {
        self.bad += self.cut.len() as u64;
        check_kind(&self.head)?;
        let encoding = self.encoding();
        let whole = self.size == self.head.len() as u64;
        let format = detect(&self.head, encoding, whole)?;
        if whole && format.header && rows(&self.head, format, true).len() < 2 {
            return Err(FileFault::HeaderOnly);
        }
        Ok(format)
    }

    fn count_utf8(&mut self, piece: &[u8]) {
        let mut rest = piece;
        if !self.cut.is_empty() {
            // At most three more bytes complete a character; without it they are judged by themselves.
            let mut joined = std::mem::take(&mut self.cut);
            let begun = joined.len();
            joined.extend_from_slice(&piece[..piece.len().min(3)]);
            match std::str::from_utf8(&joined) {
                Ok(text) => {
                    self.good += multibyte(text);
                    rest = &piece[joined.len() - begun..];
                }
                Err(fault) if fault.valid_up_to() >= begun => {
                    let done = fault.valid_up_to();
                    self.good += 1;
                    rest = &piece[done - begun..];
                }
                Err(fault) if fault.error_len().is_none() && joined.len() - begun == piece.len() => {
                    self.cut = joined;
                    return;
                }
                Err(_) => self.bad += begun as u64,
            }
        }
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.good += multibyte(text);
                    return;
                }
                Err(fault) => {
                    let (good, bad) = rest.split_at(fault.valid_up_to());
                    self.good += good.iter().filter(|b| **b >= 0xc0).count() as u64;
                    match fault.error_len() {
                        Some(n) => {
                            self.bad += n as u64;
                            rest = &bad[n..];
                        }
                        None => {
                            self.cut = bad.to_vec();
                            return;
                        }
                    }
                }
            }
        }
    }

    fn encoding(&self) -> Encoding {
        for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
            if self.head.starts_with(encoding.mark()) {
                return encoding;
            }
        }
        if let Some(encoding) = utf16_without_mark(&self.head) {
            return encoding;
        }
        // A file in UTF-8 may hold a few broken characters; one in Windows-1252 holds hardly any
        // sequence that happens to be good UTF-8.
        if self.bad == 0 || self.good > self.bad { Encoding::Utf8 } else { Encoding::Windows1252 }
    }
}

fn multibyte(text: &str) -> u64 {
    if text.is_ascii() { 0 } else { text.bytes().filter(|b| *b >= 0xc0).count() as u64 }
}

/// In UTF-16 every other byte of ASCII is zero.
fn utf16_without_mark(head: &[u8]) -> Option<Encoding> {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let units = head.len() / 2;
    if units == 0 || first + second == 0 {
        return None;
    }
    if second * 10 >= units * 4 && first * 20 <= second {
        Some(Encoding::Utf16Le)
    } else if first * 10 >= units * 4 && second * 20 <= first {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// So many bytes tell what kind of file it is.
const MAGIC: usize = 512;

/// Refuses what is known not to be a table by its first bytes.
fn check_kind(head: &[u8]) -> Result<(), FileFault> {
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        // An .xlsx is a ZIP archive with these names in it.
        let excel = has(b"xl/") || has(b"[Content_Types].xml") || has(b"mimetypeapplication/vnd.oasis");
        return Err(if excel { FileFault::Excel } else { FileFault::Archive });
    }
    let kinds: [(&[u8], FileFault); 11] = [
        (b"\x1f\x8b", FileFault::Archive),
        (b"Rar!", FileFault::Archive),
        (b"7z\xbc\xaf\x27\x1c", FileFault::Archive),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileFault::Office),
        (b"{\\rtf", FileFault::Office),
        (b"\x89PNG", FileFault::Image),
        (b"\xff\xd8\xff", FileFault::Image),
        (b"GIF8", FileFault::Image),
        (b"RIFF", FileFault::Image),
        (b"%PDF", FileFault::Pdf),
        (b"\x7fELF", FileFault::Binary),
    ];
    if let Some((_, fault)) = kinds.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(*fault);
    }
    let text = head.strip_prefix(Encoding::Utf8.mark()).unwrap_or(head).trim_ascii_start();
    let opens = |tag: &[u8]| text.len() >= tag.len() && text[..tag.len()].eq_ignore_ascii_case(tag);
    if opens(b"<!doctype") || opens(b"<html") || opens(b"<?xml") || opens(b"<table") {
        return Err(FileFault::Markup);
    }
    let is_utf16 = head.starts_with(Encoding::Utf16Le.mark())
        || head.starts_with(Encoding::Utf16Be.mark())
        || utf16_without_mark(head).is_some();
    // Text has no control characters but white space; a stray one is a matter of its row.
    let odd = head.iter().filter(|b| **b < 0x20 && !b.is_ascii_whitespace() && **b != 0x0b).count();
    if !is_utf16 && odd * 50 > head.len() { Err(FileFault::Binary) } else { Ok(()) }
}

/// Finds delimiter, quotation mark and header from the beginning of a file.
///
/// # Errors
/// If there is nothing to read, or by far too many columns.
pub fn detect(head: &[u8], encoding: Encoding, whole: bool) -> Result<Format, FileFault> {
    let mut best: Option<(f64, Format, Vec<Vec<String>>)> = None;
    for delimiter in Delimiter::ALL {
        for quote in [Quote::Double, Quote::Single] {
            let format = Format { encoding, delimiter, quote, header: false };
            let rows = rows(head, format, whole);
            let mut score = score(&rows);
            if quote == Quote::Single {
                // An apostrophe is a letter far more often than a quotation mark.
                score -= if encloses(head, delimiter, quote) { 0.0 } else { 1000.0 };
            }
            if names_separator(head) == Some(delimiter.byte()) {
                score += 100.0;
            }
            if best.as_ref().is_none_or(|(highest, ..)| score > *highest) {
                best = Some((score, format, rows));
            }
        }
    }
    let Some((_, mut format, rows)) = best.filter(|(_, _, rows)| !rows.is_empty()) else {
        return Err(FileFault::Empty);
    };
    if rows.iter().take(20).all(|row| row.len() > MAX_COLUMNS) {
        return Err(FileFault::TooManyColumns);
    }
    format.header = !rows[0].iter().any(|field| is_address(field));
    Ok(format)
}

/// The rows in the beginning of a file, without the last one if it may be cut. The header counts as a row.
pub(crate) fn rows(head: &[u8], format: Format, whole: bool) -> Vec<Vec<String>> {
    let mut records = Records::new(format);
    records.push(head);
    if whole {
        records.finish();
    }
    let mut rows = Vec::new();
    while let Ok(next) = records.next() {
        match next {
            Next::Record(record) => {
                rows.push((0..record.len()).map(|n| record.readable(n).trim().to_owned()).collect());
            }
            Next::OpenQuote { .. } => {}
            Next::Pending => break,
        }
    }
    if rows.is_empty() && !whole {
        // One line longer than the head: its columns can be counted at least.
        return self::rows(head, format, true);
    }
    rows
}

/// How much a way of cutting makes a table: the same number of columns in each row, several of
/// them, and whole addresses in some.
fn score(rows: &[Vec<String>]) -> f64 {
    let rows = &rows[..rows.len().min(200)];
    if rows.is_empty() {
        return 0.0;
    }
    let mut counts = std::collections::HashMap::<usize, usize>::new();
    for row in rows {
        *counts.entry(row.len()).or_default() += 1;
    }
    let (columns, agreeing) = counts.into_iter().max_by_key(|(columns, n)| (*n, *columns)).unwrap_or((1, 0));
    let with_address = rows.iter().filter(|row| row.iter().any(|field| is_address(field))).count();
    #[expect(clippy::cast_precision_loss, reason = "at most 200 rows")]
    let share = |n: usize| n as f64 / rows.len() as f64;
    #[expect(clippy::cast_precision_loss, reason = "columns are far below 2^52")]
    let width = (columns as f64).ln();
    share(agreeing) * width + 4.0 * share(with_address)
}

fn is_address(text: &str) -> bool {
    text.contains('@') && text.parse::<Address>().is_ok()
}

/// Whether fields stand between these marks: `;'…';` in the first line or the second.
fn encloses(head: &[u8], delimiter: Delimiter, quote: Quote) -> bool {
    let text: Vec<u8> = head.iter().copied().filter(|b| *b != 0).take(4096).collect();
    let (d, q) = (delimiter.byte(), quote.byte());
    let begins = text.split(|b| matches!(b, b'\r' | b'\n')).filter(|line| line.first() == Some(&q)).count();
    begins > 1 || text.windows(3).filter(|three| **three == [q, d, q]).count() > 1
}

fn names_separator(head: &[u8]) -> Option<u8> {
    let text: Vec<u8> = head.iter().copied().filter(|b| *b != 0).take(20).collect();
    let text = [b"\xef\xbb\xbf".as_slice(), b"\xff\xfe", b"\xfe\xff"]
        .iter()
        .find_map(|mark| text.strip_prefix(*mark))
        .unwrap_or(&text);
    separator_line(text.split(|b| matches!(b, b'\r' | b'\n')).next()?)
}

#[cfg(test)]
mod tests;
