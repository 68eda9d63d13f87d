//! Rows on their way into the database.

use uuid::Uuid;

use super::copy::Tuples;

/// A contact as a file has it.
#[derive(Clone, Copy, Debug)]
pub struct NewRow<'a> {
    /// The contact's key, if its address is new.
    pub id: Uuid,
    /// Where it stands in the file.
    pub line: i64,
    /// The address.
    pub email: &'a str,
    /// The name; empty if there is none.
    pub name: &'a str,
    /// The language (BCP 47).
    pub language: Option<&'a str>,
    /// The time zone (IANA).
    pub time_zone: Option<&'a str>,
    /// A JSON object.
    pub attributes: &'a str,
}

/// Rows that are merged in one transaction, and what was found out about them before.
///
/// The caller pushes each address once; what Postgres alone takes for the same address is found by
/// the merge.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) rows: Tuples,
    pub(super) count: i64,
    pub(super) rejects: Tuples,
    pub(super) rejected: i64,
    /// Whether an address has letters whose lower case Postgres may see otherwise than we do.
    pub(super) beyond_ascii: bool,
    /// Rows whose address stood in an earlier row of this batch.
    pub duplicate: i64,
    /// Bytes of the file up to the end of this batch.
    pub bytes_done: i64,
    /// Line ends up to there.
    pub lines_done: i64,
}

impl Batch {
    /// Adds a contact.
    pub fn push(&mut self, row: &NewRow) {
        self.count += 1;
        self.beyond_ascii |= !row.email.is_ascii();
        self.rows.begin(7);
        self.rows.uuid(row.id);
        self.rows.bigint(row.line);
        self.rows.text(row.email);
        self.rows.text(row.name);
        self.rows.optional_text(row.language);
        self.rows.optional_text(row.time_zone);
        self.rows.jsonb(row.attributes);
    }

    /// Adds a row that is not brought in.
    pub fn reject(&mut self, import: Uuid, line: i64, field: &str, reason: &str, value: &str) {
        self.rejected += 1;
        self.rejects.begin(5);
        self.rejects.uuid(import);
        self.rejects.bigint(line);
        self.rejects.text(field);
        self.rejects.text(reason);
        self.rejects.text(value);
    }

    /// Rows of all kinds.
    pub fn rows(&self) -> i64 {
        self.count + self.duplicate + self.rejected
    }

    /// Bytes that it takes.
    pub fn size(&self) -> usize {
        self.rows.len() + self.rejects.len()
    }
}
