//! The rows that were not brought in, as a file to mend and import again.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream;
use sebar_domain::id::ImportId;
use sebar_store::imports::{self, Reject};

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::Page;

/// Rows fetched at once: what is held in memory of a file of any size.
const ROWS: i64 = 2000;

pub(crate) async fn download(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    let import = imports::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let heads = ["line", "field", "reason", "value"]
        .map(|head| page.t(&format!("imports-reject-{head}")).to_string());
    // Excel reads UTF-8 only behind a byte order mark.
    let mut begin = b"\xef\xbb\xbf".to_vec();
    begin.extend(csv_rows([heads])?);
    let rest = stream::try_unfold((app, page, -1), move |(app, page, after)| async move {
        let rejects = imports::rejects(&app.db, id, after, ROWS).await.map_err(std::io::Error::other)?;
        let Some(last) = rejects.last() else { return Ok(None) };
        let after = last.line;
        let rows =
            csv_rows(rejects.iter().map(|reject| cells(&page, reject))).map_err(std::io::Error::other)?;
        Ok::<_, std::io::Error>(Some((Bytes::from(rows), (app, page, after))))
    });
    let body = futures::StreamExt::chain(stream::iter([Ok(Bytes::from(begin))]), rest);
    let stem = import.file_name.rsplit_once('.').map_or(import.file_name.as_str(), |(stem, _)| stem);
    let stem: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_ .".contains(c) { c } else { '_' }).collect();
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{stem} (rejected).csv\"")),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

fn cells(page: &Page, reject: &Reject) -> [String; 4] {
    let field = match reject.field.as_str() {
        "" => page.t("imports-field-row").to_string(),
        "email" | "name" | "language" | "time_zone" => {
            page.t(&format!("imports-target-{}", reject.field.replace('_', "-"))).to_string()
        }
        key => key.to_owned(),
    };
    let reason = if reject.reason.starts_with("address-") {
        page.t(&reject.reason)
    } else {
        page.t(&format!("imports-reason-{}", reject.reason))
    };
    [reject.line.to_string(), field, reason.to_string(), harmless(&reject.value)]
}

/// A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it text.
fn harmless(value: &str) -> String {
    if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{value}") } else { value.to_owned() }
}

fn csv_rows(rows: impl IntoIterator<Item = [String; 4]>) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|fault| Error::internal(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_made_text() {
        for value in ["=1+1", "+62811", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(value), format!("'{value}"));
        }
        assert_eq!(harmless("budi@example.com"), "budi@example.com");
    }
}
