//! What becomes of known addresses, and that every row is counted once.

use std::fmt::Write as _;

use sebar_domain::OnKnown;
use sebar_testkit::TestDatabase;

use crate::common::{bring_in, contact, count, counts};

const FIRST: &[u8] = b"email,nama,kota,bahasa\nana@example.com,Ana,Bandung,\nbudi@example.com,,,en\n";
const SECOND: &[u8] = b"email,nama,kota,hobi,bahasa,zona waktu\n\
    ANA@example.com,Ana Wijaya,Bogor,catur,id,WIB\nbudi@example.com,,,,,\ncici@example.com,Cici,,,,\n";

#[tokio::test]
async fn known_contacts_are_left_as_they_are() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    assert_eq!(counts(&bring_in(db, FIRST, OnKnown::Skip, &[]).await), [2, 0, 0, 0, 0]);
    assert_eq!(counts(&bring_in(db, SECOND, OnKnown::Skip, &[]).await), [1, 0, 2, 0, 0]);
    let ana = contact(db, "ana@example.com").await;
    assert_eq!(ana, ("Ana".into(), "{\"kota\": \"Bandung\"}".into(), None, None));
}

#[tokio::test]
async fn what_known_contacts_lack_is_filled_in() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    bring_in(db, FIRST, OnKnown::Fill, &[]).await;
    assert_eq!(counts(&bring_in(db, SECOND, OnKnown::Fill, &[]).await), [1, 1, 1, 0, 0]);
    let ana = contact(db, "ana@example.com").await;
    let attributes = "{\"hobi\": \"catur\", \"kota\": \"Bandung\"}".to_owned();
    assert_eq!(ana, ("Ana".into(), attributes, Some("id".into()), Some("Asia/Jakarta".into())));
    assert_eq!(contact(db, "budi@example.com").await.2.as_deref(), Some("en"));
    assert_eq!(counts(&bring_in(db, SECOND, OnKnown::Fill, &[]).await), [0, 0, 3, 0, 0]);
}

#[tokio::test]
async fn known_contacts_are_replaced_but_blank_cells_take_nothing_away() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    bring_in(db, FIRST, OnKnown::Overwrite, &[]).await;
    assert_eq!(counts(&bring_in(db, SECOND, OnKnown::Overwrite, &[]).await), [1, 1, 1, 0, 0]);
    let ana = contact(db, "ana@example.com").await;
    let attributes = "{\"hobi\": \"catur\", \"kota\": \"Bogor\"}".to_owned();
    assert_eq!(ana, ("Ana Wijaya".into(), attributes, Some("id".into()), Some("Asia/Jakarta".into())));
    assert_eq!(contact(db, "budi@example.com").await.2.as_deref(), Some("en"));
}

#[tokio::test]
async fn the_first_row_of_an_address_counts_in_the_batch_and_beyond_it() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let mut file = "email,nama\n".to_owned();
    // More than one batch of 20,000: the second half repeats the first, in capitals.
    for n in 0..24_000 {
        writeln!(file, "orang{n}@example.com,Pertama").unwrap();
    }
    for n in 0..24_000 {
        writeln!(file, "ORANG{n}@EXAMPLE.com,Kedua").unwrap();
    }
    let import = bring_in(db, file.as_bytes(), OnKnown::Overwrite, &[]).await;
    assert_eq!(counts(&import), [24_000, 0, 0, 24_000, 0]);
    assert_eq!(count(db, "SELECT count(*) FROM contacts WHERE name = 'Kedua'").await, 0);
    assert_eq!(count(db, "SELECT value FROM tallies WHERE name = 'contacts'").await, 24_000);
}

#[tokio::test]
async fn addresses_that_only_postgres_takes_for_the_same_are_one() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let file =
        "email\nJOSÉ@example.com\njosé@example.com\nΣΑΣ@example.com\nσας@example.com\nσασ@example.com\n";
    let import = bring_in(db, file.as_bytes(), OnKnown::Fill, &[]).await;
    assert_eq!(import.rows_read, 5);
    assert_eq!(import.added, count(db, "SELECT count(DISTINCT lower(email)) FROM contacts").await);
    assert_eq!(import.added + import.duplicate, 5);
}

#[tokio::test]
async fn ten_thousand_messy_rows_come_out_exactly() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let names = [
        "Siti Nurhaliza",
        "I Gusti Ngurah Rai",
        "Cut Nyak Dhien",
        "Raden Ajeng \"\"Kartini\"\", S.Pd.",
        "Asmaul H. Daéng",
    ];
    let mut file = "\u{feff}Nama Lengkap;Alamat Email;Kota;No. HP;Bahasa\r\n".to_owned();
    let mut expected = [0; 5];
    for n in 0..10_000_usize {
        let name = names[n % names.len()];
        let (email, kind) = match n % 100 {
            7 => (format!("orang{n}.example.com"), 4),
            13 => (format!("orang{n}@contoh"), 4),
            17 => ("  ".to_owned(), 4),
            23 => (format!(" Orang{}@Example.com ", n - 1), 3),
            _ => (format!("orang{n}@example.com"), 0),
        };
        expected[kind] += 1;
        // Quoted or bare, with a line end inside now and then, and blank lines between.
        let city = if n % 50 == 3 { "\"Kab.\r\nBandung; Jawa Barat\"" } else { "Bandung" };
        write!(file, "\"{name}\";{email};{city};=+62812{n:06};{}\r\n", if n % 2 == 0 { "id" } else { "" })
            .unwrap();
        if n % 500 == 0 {
            file.push_str("\r\n;;;;\r\n");
        }
    }
    let list = imports_list(db).await;
    let import = bring_in(db, file.as_bytes(), OnKnown::Fill, &[list]).await;
    assert_eq!(counts(&import), expected);
    assert_eq!(import.rows_read, 10_000);
    assert_eq!(count(db, "SELECT members FROM lists").await, expected[0]);
    assert_eq!(count(db, "SELECT count(*) FROM import_rejects").await, expected[4]);
    assert_eq!(count(db, "SELECT count(*) FROM import_contacts").await, expected[0]);
    assert_eq!(count(db, "SELECT count(*) FROM import_chunks").await, 0);
    let (name, attributes, language, _) = contact(db, "orang3@example.com").await;
    assert_eq!(name, "Raden Ajeng \"Kartini\", S.Pd.");
    assert_eq!(attributes, "{\"kota\": \"Kab.\\r\\nBandung; Jawa Barat\", \"no_hp\": \"=+62812000003\"}");
    assert_eq!(language, None);
}

async fn imports_list(db: &sqlx::PgPool) -> sebar_domain::id::ListId {
    sebar_store::imports::list_named(db, "Pelanggan").await.unwrap()
}
