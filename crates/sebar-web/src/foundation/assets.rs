//! The bundled style sheet, scripts and pictures (`static/dist`, made by `make assets`).

use std::fmt::Write as _;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::error::{Error, Result};

#[derive(RustEmbed)]
#[folder = "../../static/dist"]
#[allow_missing = true]
struct Dist;

/// The URL of a bundled file, with a piece of its digest so that browsers can keep it for good.
pub(crate) fn url(name: &str) -> String {
    let mut url = format!("/static/{name}");
    if let Some(file) = Dist::get(name) {
        url.push_str("?v=");
        for byte in &file.metadata.sha256_hash()[..5] {
            // Writing to a String cannot fail.
            let _ = write!(url, "{byte:02x}");
        }
    } else {
        tracing::error!(name, "a bundled file is missing: run `make assets`");
    }
    url
}

/// Whether the bundle is there at all; `sebar` says at start-up what to do if not.
pub fn are_built() -> bool {
    Dist::get("app.css").is_some()
}

/// Serves a bundled file.
pub(crate) async fn serve(Path(name): Path<String>) -> Result<Response> {
    let file = Dist::get(&name).ok_or(Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable".to_owned()),
    ];
    Ok((headers, file.data).into_response())
}
