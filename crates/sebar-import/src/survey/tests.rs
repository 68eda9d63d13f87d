use proptest::prelude::*;

use super::*;

fn survey(file: &[u8]) -> Result<Format, FileFault> {
    let mut survey = Survey::default();
    for piece in file.chunks(1000) {
        survey.look(piece)?;
    }
    survey.finish()
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

const FILE: &str = "email,nama,kota\nana@example.com,Ana,Bandung\nbudi@example.com,Budi,Surabaya\n";

#[test]
fn each_encoding_is_known_by_its_mark_or_by_its_bytes() {
    let accents = FILE.replace("Ana", "José Ñandú");
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&accents);
    for (bytes, encoding) in [
        (FILE.as_bytes().to_vec(), Encoding::Utf8),
        (accents.as_bytes().to_vec(), Encoding::Utf8),
        ([b"\xef\xbb\xbf", FILE.as_bytes()].concat(), Encoding::Utf8),
        (latin.to_vec(), Encoding::Windows1252),
        ([b"\xff\xfe".to_vec(), utf16(&accents, false)].concat(), Encoding::Utf16Le),
        ([b"\xfe\xff".to_vec(), utf16(&accents, true)].concat(), Encoding::Utf16Be),
        (utf16(&accents, false), Encoding::Utf16Le),
        (utf16(&accents, true), Encoding::Utf16Be),
    ] {
        let format = survey(&bytes).unwrap();
        assert_eq!((format.encoding, format.delimiter, format.header), (encoding, Delimiter::Comma, true));
    }
}

#[test]
fn the_whole_file_tells_its_encoding_not_only_its_beginning() {
    let plain = FILE.repeat(1000);
    let mut latin = plain.clone().into_bytes();
    latin.extend_from_slice(b"x@example.com,Jos\xe9,x\n");
    assert_eq!(survey(&latin).unwrap().encoding, Encoding::Windows1252);
    // A broken character among many good ones is a matter of its row.
    let mut broken = plain.into_bytes();
    broken.extend_from_slice("x@example.com,José é é é,x\n".as_bytes());
    broken.extend_from_slice(b"y@example.com,Jos\xe9,x\n");
    assert_eq!(survey(&broken).unwrap().encoding, Encoding::Utf8);
}

#[test]
fn the_delimiter_is_what_makes_a_table() {
    for (file, delimiter) in [
        (FILE.to_owned(), Delimiter::Comma),
        (FILE.replace(',', ";"), Delimiter::Semicolon),
        (FILE.replace(',', "\t"), Delimiter::Tab),
        (FILE.replace(',', "|"), Delimiter::Pipe),
        (
            "nama;email;harga\nBudi, S.Kom;b@example.com;1,5\nAna, M.T.;a@example.com;2,5\n".into(),
            Delimiter::Semicolon,
        ),
        ("email,tag\na@example.com,x|y|z\nb@example.com,x|y|z\n".into(), Delimiter::Comma),
        ("a@example.com\nb@example.com\n".into(), Delimiter::Comma),
        ("sep=;\r\nemail,x;nama\r\na@example.com;Ana\r\n".into(), Delimiter::Semicolon),
        ("sep=|\na@example.com|x\n".into(), Delimiter::Pipe),
    ] {
        assert_eq!(survey(file.as_bytes()).unwrap().delimiter, delimiter, "{file}");
    }
}

#[test]
fn a_first_row_with_an_address_is_no_header() {
    assert!(survey(FILE.as_bytes()).unwrap().header);
    assert!(!survey(b"ana@example.com,Ana\nbudi@example.com,Budi\n").unwrap().header);
    assert!(!survey(b"ana@example.com\n").unwrap().header);
    assert!(survey(b"name,city\nAna,Bandung\n").unwrap().header);
}

#[test]
fn an_apostrophe_is_a_letter_unless_it_stands_around_fields() {
    let names = "email,nama\na@example.com,D'Angelo\nb@example.com,'Ain\n";
    assert_eq!(survey(names.as_bytes()).unwrap().quote, Quote::Double);
    let quoted = "'email','nama'\n'a@example.com','Ana, S.H.'\n'b@example.com','Budi'\n";
    assert_eq!(survey(quoted.as_bytes()).unwrap().quote, Quote::Single);
}

#[test]
fn what_is_no_table_is_known_early() {
    let mut survey = Survey::default();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.resize(MAGIC, 7);
    assert_eq!(survey.look(&png), Err(FileFault::Image));
    assert_eq!(self::survey(b""), Err(FileFault::Empty));
    assert_eq!(self::survey(b"\xef\xbb\xbf\r\n \r\n"), Err(FileFault::Empty));
    assert_eq!(self::survey(b"sep=;\r\n"), Err(FileFault::Empty));
    assert_eq!(self::survey(b"email,nama"), Err(FileFault::HeaderOnly));
    let wide = vec!["x"; 10_000].join(";");
    assert_eq!(self::survey(format!("{wide}\n{wide}\n").as_bytes()), Err(FileFault::TooManyColumns));
    let one_line = vec!["x"; 100_000].join(",");
    assert_eq!(self::survey(one_line.as_bytes()), Err(FileFault::TooManyColumns));
}

proptest! {
    #[test]
    fn anything_is_surveyed_without_a_panic_and_its_cuts_do_not_matter(
        file in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), Just(0xc3), Just(0xa9), Just(0)], 0..300),
        cut in 0usize..300,
    ) {
        let cut = cut.min(file.len());
        let look = |pieces: [&[u8]; 2]| {
            let mut survey = Survey::default();
            for piece in pieces {
                survey.look(piece)?;
            }
            survey.finish()
        };
        prop_assert_eq!(look([&file[..cut], &file[cut..]]), look([&file, &[]]));
    }

    #[test]
    fn characters_are_counted_the_same_however_they_are_cut(
        file in proptest::collection::vec(prop_oneof![Just(b'a'), Just(0xc3), Just(0xa9), Just(0xf0), Just(0x9f), Just(0x98), Just(0x80), Just(0xe2)], 0..40),
        size in 1usize..5,
    ) {
        let count = |size: usize| {
            let mut survey = Survey::default();
            for piece in file.chunks(size) {
                survey.count_utf8(piece);
            }
            survey.bad += survey.cut.len() as u64;
            (survey.good, survey.bad)
        };
        prop_assert_eq!(count(size), count(100));
    }
}
