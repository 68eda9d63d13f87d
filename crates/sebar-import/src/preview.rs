//! The first rows of a file, and what its columns may be.

use crate::format::Format;
use crate::mapping::{Mapping, guess};
use crate::survey::{HEAD, MAX_COLUMNS, rows};

/// The first rows of a file as a table.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The columns' heads; empty texts without a header.
    pub heads: Vec<String>,
    /// Rows below the header, as many as there are in the file's beginning.
    pub rows: Vec<Vec<String>>,
    /// A guess at what the columns are.
    pub guess: Mapping,
}

/// Reads the beginning of a file (`head`, at most [`HEAD`] bytes of it) in a format.
pub fn preview(head: &[u8], format: Format) -> Preview {
    let mut rows = rows(head, format, head.len() < HEAD);
    for row in &mut rows {
        row.truncate(MAX_COLUMNS);
    }
    let columns = rows.iter().take(100).map(Vec::len).max().unwrap_or(0);
    let mut heads = if format.header && !rows.is_empty() { rows.remove(0) } else { Vec::new() };
    // With a header, what goes beyond it is no column but a fault of its row.
    if !format.header {
        heads.resize(columns, String::new());
    }
    for row in &mut rows {
        row.resize(heads.len(), String::new());
    }
    let guess = guess(&heads, &rows);
    Preview { heads, rows, guess }
}
