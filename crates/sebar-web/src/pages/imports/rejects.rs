//! The rows that were not brought in, as a file to mend and import again.

use axum::extract::{Path, State};
use axum::response::Response;
use futures::stream;
use sebar_domain::id::ImportId;
use sebar_store::imports::{self, Reject};

use crate::foundation::app::App;
use crate::foundation::csv;
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
    let rest = stream::try_unfold((app, page, -1), move |(app, page, after)| async move {
        let rejects = imports::rejects(&app.db, id, after, ROWS).await?;
        let Some(last) = rejects.last() else { return Ok(None) };
        let after = last.line;
        let rows = csv::rows(rejects.iter().map(|reject| cells(&page, reject)))?;
        Ok(Some((rows, (app, page, after))))
    });
    let stem = import.file_name.rsplit_once('.').map_or(import.file_name.as_str(), |(stem, _)| stem);
    Ok(csv::download(&format!("{stem} (rejected).csv"), csv::rows([heads])?, rest))
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
    [reject.line.to_string(), field, reason.to_string(), reject.value.clone()]
}
