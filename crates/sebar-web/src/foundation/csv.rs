//! CSV files to download, written piece by piece, however many rows they have.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};

use super::error::{Error, Result};

/// A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it text.
pub(crate) fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// Some rows as bytes, their cells made [`harmless`].
pub(crate) fn rows<Row, Cell>(rows: impl IntoIterator<Item = Row>) -> Result<Bytes>
where
    Row: IntoIterator<Item = Cell>,
    Cell: AsRef<str>,
{
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        for cell in row {
            writer.write_field(harmless(cell.as_ref()).as_bytes()).map_err(Error::internal)?;
        }
        writer.write_record(None::<&[u8]>).map_err(Error::internal)?;
    }
    let bytes = writer.into_inner().map_err(|fault| Error::internal(fault.to_string()))?;
    Ok(bytes.into())
}

/// A file of this name to keep: the heads, then what the stream brings.
pub(crate) fn download(
    name: &str,
    heads: Bytes,
    body: impl Stream<Item = Result<Bytes>> + Send + 'static,
) -> Response {
    // Excel reads UTF-8 only behind a byte order mark.
    let begin = stream::iter([Ok(Bytes::from_static(b"\xef\xbb\xbf")), Ok(heads)]);
    let body = begin.chain(body).map(|piece| {
        piece
            .inspect_err(|fault| tracing::error!(?fault, "a download broke off"))
            .map_err(std::io::Error::other)
    });
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_ .()".contains(c) { c } else { '_' })
        .collect();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, Body::from_stream(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_made_text() {
        for cell in ["=1+1", "+62812", "-1", "@sum", "\tx", "\rx"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        for cell in ["", "a=b", "'x", "1-1", "budi@example.com"] {
            assert_eq!(harmless(cell), cell);
        }
        let written = rows([["=cmd|' /C calc'!A0", "say \"hi\""], ["a,b", "c\nd"]]).unwrap();
        assert_eq!(written, "'=cmd|' /C calc'!A0,\"say \"\"hi\"\"\"\r\n\"a,b\",\"c\nd\"\r\n".as_bytes());
    }
}
