//! Postgres' binary COPY format (`COPY`, “Binary Format”): what the server reads fastest.

use sqlx::PgConnection;
use uuid::Uuid;

/// So much is handed to the connection at once; it keeps a copy until it is sent.
const PIECE: usize = 256 * 1024;
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: &[u8] = &(-1_i16).to_be_bytes();

/// Rows for one COPY.
#[derive(Debug, Default)]
pub(super) struct Tuples(Vec<u8>);

impl Tuples {
    /// Begins a row of `columns` fields; as many calls of the functions below must follow.
    pub(super) fn begin(&mut self, columns: i16) {
        self.0.extend_from_slice(&columns.to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        // A field is a part of a record: far below 2 GB.
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn uuid(&mut self, value: Uuid) {
        self.field(value.as_bytes());
    }

    pub(super) fn bigint(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub(super) fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    pub(super) fn optional_text(&mut self, value: Option<&str>) {
        match value {
            Some(value) => self.text(value),
            None => self.0.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }

    /// JSON as text, for a column of type jsonb.
    pub(super) fn jsonb(&mut self, json: &str) {
        let length = i32::try_from(json.len() + 1).unwrap_or(i32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.push(1);
        self.0.extend_from_slice(json.as_bytes());
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Runs a `COPY … FROM STDIN (FORMAT binary)` with these rows.
    pub(super) async fn copy_in(&self, db: &mut PgConnection, statement: &str) -> sqlx::Result<u64> {
        let mut copy = db.copy_in_raw(statement).await?;
        copy.send(SIGNATURE).await?;
        for piece in self.0.chunks(PIECE) {
            copy.send(piece).await?;
        }
        copy.send(END).await?;
        copy.finish().await
    }
}
