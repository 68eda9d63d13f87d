//! A database, and files to bring into it.

use sebar_domain::OnKnown;
use sebar_domain::id::{ImportId, ListId};
use sebar_import::{Choices, Format, HEAD, Mapping, Upload, import, preview, queue};
use sebar_store::imports::{self, Import, Reject};
use sqlx::PgPool;

/// What the tests choose: what was detected and guessed, no lists.
pub(crate) fn choices(format: Format, mapping: Mapping, on_known: OnKnown, lists: &[ListId]) -> Choices {
    Choices { format, mapping, lists: lists.to_vec(), on_known, consent: "a test".to_owned() }
}

/// Brings a whole file in.
pub(crate) async fn bring_in(db: &PgPool, file: &[u8], on_known: OnKnown, lists: &[ListId]) -> Import {
    let done =
        import(db, "contacts.csv", file, |format, mapping| choices(format, mapping, on_known, lists)).await;
    let import = done.unwrap();
    assert_eq!(
        import.rows_read,
        import.added + import.updated + import.unchanged + import.duplicate + import.rejected,
        "every row is counted once: {import:?}"
    );
    import
}

/// Uploads a file and puts it into the queue, for a runner of the test's own.
pub(crate) async fn enqueue(db: &PgPool, file: &[u8], lists: &[ListId]) -> ImportId {
    let mut upload = Upload::begin(db, None, "contacts.csv", u64::MAX).await.unwrap();
    for piece in file.chunks(70_000) {
        upload.write(piece).await.unwrap();
    }
    let (id, format) = upload.finish().await.unwrap();
    let head = imports::head(db, id, i32::try_from(HEAD).unwrap()).await.unwrap();
    let mapping = preview(&head, format).guess;
    assert!(queue(db, id, &choices(format, mapping, OnKnown::Fill, lists)).await.unwrap());
    id
}

/// added, updated, unchanged, duplicate, rejected.
pub(crate) fn counts(import: &Import) -> [i64; 5] {
    [import.added, import.updated, import.unchanged, import.duplicate, import.rejected]
}

pub(crate) async fn count(db: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(db).await.unwrap()
}

/// A contact's name, attributes, language, time zone.
pub(crate) async fn contact(db: &PgPool, email: &str) -> (String, String, Option<String>, Option<String>) {
    sqlx::query_as("SELECT name, attributes::text, language, time_zone FROM contacts WHERE lower(email) = $1")
        .bind(email)
        .fetch_one(db)
        .await
        .unwrap()
}

/// Line, field and reason of each rejected row.
pub(crate) async fn rejects(db: &PgPool, id: ImportId) -> Vec<(i64, String, String)> {
    let rejects = imports::rejects(db, id, -1, 1000).await.unwrap();
    rejects.into_iter().map(|Reject { line, field, reason, .. }| (line, field, reason)).collect()
}
