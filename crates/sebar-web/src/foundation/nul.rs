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
        let Ok(uri) = request.uri().to_string().replace(NUL, "").parse::<Uri>() else {
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
    let form = match std::str::from_utf8(&form) {
        Ok(text) if text.contains(NUL) || text.contains('\0') => {
            Body::from(text.replace(NUL, "").replace('\0', ""))
        }
        _ => Body::from(form),
    };
    next.run(Request::from_parts(parts, form)).await
}

fn is_form(kind: &HeaderValue) -> bool {
    kind.as_bytes().starts_with(b"application/x-www-form-urlencoded")
}
