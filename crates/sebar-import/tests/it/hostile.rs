//! Files that break things, each with its own outcome.

use sebar_domain::{ImportState, OnKnown};
use sebar_testkit::TestDatabase;

use crate::common::{bring_in, contact, counts, rejects};

fn words(rejects: &[(i64, String, String)]) -> Vec<String> {
    rejects.iter().map(|(line, field, reason)| format!("{line} {field} {reason}")).collect()
}

#[tokio::test]
async fn each_broken_row_is_named_and_the_others_come_in() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let mut file = b"email,nama,catatan\n".to_vec();
    file.extend_from_slice(b"a@example.com,A\0na,x\n");
    file.extend_from_slice(b"b@example.com,Jos\xe9,x\n");
    file.extend_from_slice("é@example.com,é é é é,x\n".as_bytes());
    file.extend_from_slice(format!("c@example.com,C,{}\n", "y".repeat(1_000_000)).as_bytes());
    file.extend_from_slice(b"d@example.com,D,x,too,many\n");
    file.extend_from_slice(b"e@example.com\n");
    file.extend_from_slice(b"f@example.com,\"F,x\n");
    file.extend_from_slice(b"g@example.com,G,x\n");
    let import = bring_in(db, &file, OnKnown::Fill, &[]).await;
    assert_eq!(counts(&import), [3, 0, 0, 0, 5]);
    assert_eq!(
        words(&rejects(db, import.id).await),
        ["2 name control", "3 name encoding", "5 catatan too-long", "6  too-many-fields", "8  open-quote"]
    );
    contact(db, "e@example.com").await;
    contact(db, "g@example.com").await;
}

#[tokio::test]
async fn a_file_that_stops_being_a_table_fails_with_its_line_and_keeps_what_came_before() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let mut file = b"email,nama\n".to_vec();
    for n in 0..10_000 {
        file.extend_from_slice(format!("orang{n}@example.com,Orang\n").as_bytes());
    }
    file.resize(file.len() + 3_000_000, b'x');
    let import = bring_in(db, &file, OnKnown::Fill, &[]).await;
    assert_eq!(import.state, ImportState::Failed);
    assert_eq!(import.fault.as_ref().unwrap()["kind"], "line-too-long");
    assert_eq!(import.fault.as_ref().unwrap()["line"], 10_002);
    assert_eq!(counts(&import), [10_000, 0, 0, 0, 0]);
}

#[tokio::test]
async fn every_encoding_and_line_end_comes_in_the_same() {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let text = "email;nama\nana@example.com;José Ñandú\nbudi@example.com;Budi\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for file in [
        text.as_bytes().to_vec(),
        text.replace('\n', "\r\n").into_bytes(),
        text.replace('\n', "\r").into_bytes(),
        format!("\u{feff}sep=;\r\n{text}").into_bytes(),
        utf16(text, false),
        utf16(&format!("\u{feff}{text}"), true),
        latin,
    ] {
        let test = TestDatabase::new().await;
        let import = bring_in(&test.pool, &file, OnKnown::Fill, &[]).await;
        assert_eq!(counts(&import), [2, 0, 0, 0, 0], "{import:?}");
        assert_eq!(contact(&test.pool, "ana@example.com").await.0, "José Ñandú");
    }
}
