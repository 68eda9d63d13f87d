use proptest::prelude::*;

use super::*;
use crate::format::{Delimiter, Quote};

const COMMA: Format =
    Format { encoding: Encoding::Utf8, delimiter: Delimiter::Comma, quote: Quote::Double, header: false };

/// What a reader says of a file that comes in these pieces: `line: field|field`.
fn read(format: Format, pieces: &[&[u8]]) -> Vec<String> {
    read_from(Records::new(format), pieces)
}

fn read_from(mut records: Records, pieces: &[&[u8]]) -> Vec<String> {
    let mut said = Vec::new();
    for n in 0..=pieces.len() {
        match pieces.get(n) {
            Some(piece) => records.push(piece),
            None => records.finish(),
        }
        loop {
            match records.next() {
                Ok(Next::Record(record)) => {
                    let fields: Vec<_> = (0..record.len()).map(|n| record.readable(n)).collect();
                    said.push(format!("{}: {}", record.line, fields.join("|")));
                }
                Ok(Next::OpenQuote { line, start }) => said.push(format!("{line}: open {start}")),
                Ok(Next::Pending) => break,
                Err(fault) => {
                    said.push(format!("{fault:?}"));
                    return said;
                }
            }
        }
    }
    said
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn records_have_the_line_on_which_they_begin_whatever_ends_lines() {
    let expected = ["1: a|b", "2: c\nd|e", "4: f|g"];
    assert_eq!(read(COMMA, &[b"a,b\n\"c\nd\",e\nf,g"]), expected);
    let with_returns = ["1: a|b", "2: c\r\nd|e", "4: f|g"];
    assert_eq!(read(COMMA, &[b"a,b\r\n\"c\r\nd\",e\r\nf,g\r\n"]), with_returns);
    assert_eq!(read(COMMA, &[b"a,b\r\"c\rd\",e\rf,g\r"]), ["1: a|b", "2: c\rd|e", "4: f|g"]);
}

#[test]
fn blank_lines_are_passed_over_but_counted() {
    assert_eq!(read(COMMA, &[b"\n\r\na,b\n\n,,\n  \nc,d\n"]), ["3: a|b", "7: c|d"]);
}

#[test]
fn a_byte_order_mark_and_the_separator_line_of_excel_are_no_data() {
    assert_eq!(read(COMMA, &[b"\xef\xbb\xbfa,b\n"]), ["1: a|b"]);
    let semicolon = Format { delimiter: Delimiter::Semicolon, ..COMMA };
    assert_eq!(read(semicolon, &[b"\xef\xbb\xbfsep=;\r\na;b\r\n"]), ["2: a|b"]);
    assert_eq!(read(semicolon, &[b"\"sep=;\"\na;b\n"]), ["2: a|b"]);
    let utf16le = Format { encoding: Encoding::Utf16Le, ..COMMA };
    assert_eq!(read(utf16le, &[&utf16("\u{feff}a,b\n", false)]), ["1: a|b"]);
}

#[test]
fn quotation_marks_hold_delimiters_and_double_for_themselves() {
    assert_eq!(read(COMMA, &[b"\"a,\"\"b\"\"\",5\" pipe\n\"\",x\n"]), ["1: a,\"b\"|5\" pipe", "2: |x"]);
    let single = Format { quote: Quote::Single, ..COMMA };
    assert_eq!(read(single, &[b"'a,b',c\"d\n"]), ["1: a,b|c\"d"]);
}

#[test]
fn an_open_quotation_mark_costs_its_own_row_and_no_other() {
    let file = b"a,b\n\"c,d\ne,f\ng,h\n";
    assert_eq!(read(COMMA, &[file]), ["1: a|b", "2: open \"c,d", "3: e|f", "4: g|h"]);

    let mut large = b"a,b\nx,\"open\n".to_vec();
    for _ in 0..MAX_RECORD / 8 {
        large.extend_from_slice(b"e,ffff1\n");
    }
    let said = read(COMMA, &[&large]);
    assert_eq!(said[..3], ["1: a|b", "2: open x,\"open", "3: e|ffff1"]);
    assert_eq!(said.len(), 2 + MAX_RECORD / 8);
}

#[test]
fn a_line_without_end_or_marks_open_everywhere_end_the_reading() {
    let endless = vec![b'x'; MAX_RECORD + 1];
    assert_eq!(read(COMMA, &[b"a,b\n", &endless]), ["1: a|b", "LineTooLong { line: 2 }"]);
    // Each of these lines leaves a mark open, whether or not the line before did.
    let open = b"\"x\",\"\n".repeat(MAX_RECORD / 6 + 200);
    let said = read(COMMA, &[&open]);
    assert_eq!(said.last().unwrap(), "OpenQuotes { line: 101 }");
}

#[test]
fn a_field_of_a_megabyte_is_read_whole() {
    let field = "x".repeat(1_000_000);
    let said = read(COMMA, &[format!("a,{field}\nb,c\n").as_bytes()]);
    assert_eq!(said[0].len(), "1: a|".len() + 1_000_000);
    assert_eq!(said[1], "2: b|c");
}

#[test]
fn text_is_decoded_or_said_to_be_none() {
    let latin = Format { encoding: Encoding::Windows1252, ..COMMA };
    assert_eq!(read(latin, &[b"Jos\xe9,\x80\n"]), ["1: José|€"]);
    let mut records = Records::new(COMMA);
    records.push(b"a\xff,ok\n..........");
    let Ok(Next::Record(record)) = records.next() else { panic!("a record") };
    assert_eq!((record.text(0), record.text(1)), (Err(BadText), Ok("ok".into())));
    assert_eq!(record.readable(0), "a\u{fffd}");
    assert_eq!(record.text(7), Ok("".into()));
}

#[test]
fn half_a_character_at_the_end_is_read_once() {
    let format = Format { encoding: Encoding::Utf16Be, ..COMMA };
    let mut records = Records::new(format);
    records.push(&[0, b'a', 216, 0, 0]);
    records.finish();
    assert!(matches!(records.next(), Ok(Next::Record(_))));
    assert_eq!(records.place().bytes, 5);
}

/// Files of what makes reading hard, and some of anything.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(&b","[..]),
        Just(&b";"[..]),
        Just(&b"\n"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"\""[..]),
        Just(&b"\"\""[..]),
        Just(&b"a"[..]),
        Just("é".as_bytes()),
        Just("😀".as_bytes()),
        Just(&b"\xff"[..]),
        Just(&b"\0"[..]),
        Just(&b"\xef\xbb\xbf"[..]),
        Just(&b"sep=;"[..]),
    ];
    prop_oneof![
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat()),
        proptest::collection::vec(any::<u8>(), 0..80),
    ]
}

fn format() -> impl Strategy<Value = Format> {
    let encoding = proptest::sample::select(Encoding::ALL.to_vec());
    let delimiter = proptest::sample::select(Delimiter::ALL.to_vec());
    let quote = proptest::sample::select(vec![Quote::Double, Quote::Single]);
    (encoding, delimiter, quote).prop_map(|(encoding, delimiter, quote)| Format {
        encoding,
        delimiter,
        quote,
        header: false,
    })
}

proptest! {
    #[test]
    fn where_a_file_is_cut_makes_no_difference(file in file(), format in format(), cuts in proptest::collection::vec(0usize..100, 0..8)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(file.len())).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&file[from..cut]);
            from = cut;
        }
        pieces.push(&file[from..]);
        prop_assert_eq!(read(format, &pieces), read(format, &[&file]));
        let bytes: Vec<&[u8]> = file.chunks(1).collect();
        prop_assert_eq!(read(format, &bytes), read(format, &[&file]));
    }

    #[test]
    fn a_reader_goes_on_from_any_place_as_if_it_had_never_stopped(file in file(), format in format(), stop in 0usize..20) {
        let whole = read(format, &[&file]);
        let mut records = Records::new(format);
        records.push(&file);
        records.finish();
        let mut said = 0;
        while said < stop && !matches!(records.next(), Ok(Next::Pending) | Err(_)) {
            said += 1;
        }
        let place = records.place();
        let rest = &file[usize::try_from(place.bytes).unwrap().min(file.len())..];
        let resumed = read_from(Records::resume(format, place), &[rest]);
        prop_assert_eq!(&resumed[..], &whole[said.min(whole.len())..]);
    }
}
