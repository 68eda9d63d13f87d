//! NUL characters in what browsers send: Postgres stores none in a text, and no person types one. They
//! come with text that was pasted from damaged files, and are dropped here, in one place.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::Error;

/// As large as a form may be, like axum's own limit.
const LARGEST_FORM: usize = 2 << 20;
/// How NUL stands in a form and in an address: `%` itself is written `%25`.
const NUL: &str = "%00";

/// Drops NULs from the address and from a form. Uploads are not looked at: the import finds its own.
pub(crate) async fn drop_nul(mut request: Request, next: Next) -> Response {
    if request.uri().to_string().contains(NUL) {
        let Some(uri) = without_nul(&request.uri().to_string()).and_then(|uri| uri.parse::<Uri>().ok())
        else {
            return Error::BadRequest.into_response();
        };
        *request.uri_mut() = uri;
    }
    if !request.headers().get(CONTENT_TYPE).is_some_and(is_form) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(form) = to_bytes(body, LARGEST_FORM).await else {
        return Error::TooLarge.into_response();
    };
    // As a form is read anyway: what is no UTF-8 becomes U+FFFD.
    let Some(form) = without_nul(&String::from_utf8_lossy(&form)) else {
        return Error::BadRequest.into_response();
    };
    next.run(Request::from_parts(parts, Body::from(form))).await
}

/// The text without NULs; `None` where dropping them brought forth another (`%%0000`), which only
/// somebody who means harm writes.
fn without_nul(text: &str) -> Option<String> {
    let text = text.replace('\0', "").replace(NUL, "");
    (!text.contains(NUL)).then_some(text)
}

/// As axum's `Form` knows one: it takes no other spelling.
fn is_form(kind: &HeaderValue) -> bool {
    kind.as_bytes().starts_with(b"application/x-www-form-urlencoded")
}
