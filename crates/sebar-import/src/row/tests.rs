use proptest::prelude::*;

use super::*;
use crate::format::{Delimiter, Encoding, Format, Quote};
use crate::records::{Next, Records};

const COMMA: Format =
    Format { encoding: Encoding::Utf8, delimiter: Delimiter::Comma, quote: Quote::Double, header: false };

fn mapping() -> Mapping {
    Mapping(vec![
        Target::Email,
        Target::FirstName,
        Target::LastName,
        Target::Language,
        Target::TimeZone,
        Target::Attribute("kota".into()),
        Target::Ignore,
    ])
}

fn read(line: &[u8]) -> Result<Row, Reject> {
    let mut records = Records::new(COMMA);
    records.push(line);
    records.finish();
    let Ok(Next::Record(record)) = records.next() else { panic!("no record in {line:?}") };
    Interpreter::new(&mapping()).unwrap().read(&record)
}

fn reason(line: &[u8]) -> (String, Reason) {
    let reject = read(line).unwrap_err();
    (reject.field, reject.reason)
}

#[test]
fn a_row_becomes_a_contact() {
    let row = read(
        " Ana@Example.COM ,\" Ana \n  Rina \",Wijaya,id_id,wib,\"Kota \"\"Kembang\"\"\n\\\",ignored".as_ref(),
    )
    .unwrap();
    assert_eq!(row.email.as_str(), "Ana@example.com");
    assert_eq!(row.name, "Ana Rina Wijaya");
    assert_eq!(row.language.as_deref(), Some("id-ID"));
    assert_eq!(row.time_zone, Some("Asia/Jakarta"));
    assert_eq!(row.attributes, r#"{"kota":"Kota \"Kembang\"\n\\"}"#);
    let bare = read(b"ana@example.com").unwrap();
    assert_eq!((bare.name.as_str(), bare.language, bare.time_zone), ("", None, None));
    assert_eq!(bare.attributes, "{}");
}

#[test]
fn each_fault_says_where_and_what() {
    let long = "x".repeat(4001);
    let name = "x".repeat(201);
    for (line, field, expected) in [
        (b"ana.example.com".to_vec(), "email", Reason::Address(AddressError::NoAt)),
        (b",Ana".to_vec(), "email", Reason::Address(AddressError::Empty)),
        (b"a\0na@example.com".to_vec(), "email", Reason::Control),
        (b"ana@example.com,A\x1bna".to_vec(), "name", Reason::Control),
        (b"ana@example.com,Jos\xe9".to_vec(), "name", Reason::Encoding),
        (format!("ana@example.com,{name}").into_bytes(), "name", Reason::TooLong),
        (b"ana@example.com,,,klingonese words".to_vec(), "language", Reason::Language),
        (b"ana@example.com,,,,Mars/Base".to_vec(), "time_zone", Reason::TimeZone),
        (format!("ana@example.com,,,,,{long}").into_bytes(), "kota", Reason::TooLong),
        (b"ana@example.com,,,,,,,one more".to_vec(), "", Reason::TooManyFields),
    ] {
        assert_eq!(reason(&line), (field.to_owned(), expected), "{line:?}");
    }
    // Trailing delimiters are no more fields than the table has.
    assert!(read(b"ana@example.com,,,,,,,,,,").is_ok());
}

#[test]
fn a_rejected_value_is_kept_at_a_readable_length() {
    let reject = read(format!("{}\0", "é".repeat(1_000_000)).as_bytes()).unwrap_err();
    assert_eq!(reject.value.chars().count(), 200);
    assert_eq!(read(b"x\0@example.com").unwrap_err().value, "x␀@example.com");
}

#[test]
fn languages_and_zones_are_known_by_what_people_call_them() {
    for (text, tag) in [("Indonesia", "id"), ("EN", "en"), ("en-us", "en-US"), ("zh-Hant-TW", "zh-Hant-TW")] {
        assert_eq!(language_tag(text).as_deref(), Some(tag));
    }
    for text in ["", "e", "english please", "12", "en-", "--"] {
        assert_eq!(language_tag(text), None, "{text}");
    }
    assert_eq!(time_zone("wita"), Some("Asia/Makassar"));
    assert_eq!(time_zone("Europe/Berlin"), Some("Europe/Berlin"));
    assert_eq!(time_zone("+07:00"), None);
}

proptest! {
    #[test]
    fn any_bytes_make_a_row_with_good_json_or_a_reason(line in proptest::collection::vec(any::<u8>(), 0..60), tail in "\\PC{0,20}") {
        let mut file = b"ana@example.com,\"".to_vec();
        file.extend(line.iter().filter(|b| **b != b'"'));
        file.extend_from_slice(b"\",,,,\"");
        file.extend(tail.replace('"', "\"\"").bytes());
        file.push(b'"');
        match read(&file) {
            Ok(row) => {
                let value: serde_json::Value = serde_json::from_str(&row.attributes).unwrap();
                let kept = value.get("kota").and_then(|v| v.as_str()).unwrap_or_default();
                prop_assert_eq!(kept, tail.trim());
                prop_assert!(!row.name.contains('\0'));
            }
            Err(reject) => prop_assert!(!reject.value.contains('\0') && reject.value.chars().count() <= 200),
        }
    }
}
