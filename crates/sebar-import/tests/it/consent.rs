//! Consent holds: an import brings nobody back who left.

use sebar_domain::OnKnown;
use sebar_testkit::TestDatabase;

use crate::common::{bring_in, count, counts};

#[tokio::test]
async fn whoever_unsubscribed_or_is_suppressed_stays_so_whatever_is_chosen() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let file = b"email,nama\nana@example.com,Ana\nbudi@example.com,Budi\ncici@example.com,Cici\n";
    bring_in(db, file, OnKnown::Fill, &[]).await;
    sqlx::query("UPDATE contacts SET unsubscribed_at = '2026-01-01' WHERE email = 'ana@example.com'")
        .execute(db)
        .await
        .unwrap();
    sqlx::query("INSERT INTO suppressions (email, reason) VALUES ('budi@example.com', 'hard_bounce'), ('dodi@example.com', 'complaint')")
        .execute(db)
        .await
        .unwrap();
    let list = sebar_store::imports::list_named(db, "Pelanggan").await.unwrap();
    let again = b"email,nama\nANA@example.com,Ana W\nbudi@example.com,Budi S\nDodi@example.com,Dodi\n";
    for on_known in OnKnown::ALL {
        let import = bring_in(db, again, *on_known, &[list]).await;
        assert_eq!((import.unsubscribed, import.suppressed), (1, 2), "{on_known}");
        let left = "SELECT count(*) FROM contacts WHERE email = 'ana@example.com' AND unsubscribed_at = '2026-01-01'";
        assert_eq!(count(db, left).await, 1, "{on_known}");
        assert_eq!(count(db, "SELECT count(*) FROM suppressions").await, 2, "{on_known}");
    }
}

#[tokio::test]
async fn contacts_join_the_lists_once_and_a_list_that_is_gone_stops_nothing() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let (one, two) = (
        sebar_store::imports::list_named(db, "Satu").await.unwrap(),
        sebar_store::imports::list_named(db, "Dua").await.unwrap(),
    );
    assert_eq!(sebar_store::imports::list_named(db, "SATU").await.unwrap(), one);
    let file = b"email\nana@example.com\nbudi@example.com\n";
    bring_in(db, file, OnKnown::Skip, &[one]).await;
    sqlx::query("DELETE FROM lists WHERE id = $1").bind(two.0).execute(db).await.unwrap();
    let import =
        bring_in(db, b"email\nana@example.com\ncici@example.com\n", OnKnown::Skip, &[one, two]).await;
    assert_eq!(counts(&import), [1, 0, 1, 0, 0]);
    assert_eq!(count(db, "SELECT members FROM lists").await, 3);
    assert_eq!(count(db, "SELECT count(*) FROM list_members").await, 3);
}

#[tokio::test]
async fn a_contact_that_is_deleted_takes_its_imports_along_and_comes_back_new() {
    let test = TestDatabase::new().await;
    let db = &test.pool;
    let file = b"email\nana@example.com\nbudi@example.com\n";
    bring_in(db, file, OnKnown::Fill, &[]).await;
    sqlx::query("DELETE FROM contacts WHERE email = 'ana@example.com'").execute(db).await.unwrap();
    assert_eq!(count(db, "SELECT count(*) FROM import_contacts").await, 1);
    assert_eq!(counts(&bring_in(db, file, OnKnown::Fill, &[]).await), [1, 0, 1, 0, 0]);
}
