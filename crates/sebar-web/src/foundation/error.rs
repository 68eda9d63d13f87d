//! What a handler says when it cannot do what was asked.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::page::{Page, render};

/// Why a request was not carried out. Faults in a form are no errors: its page shows them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is nothing here (any more).
    #[error("not found")]
    NotFound,
    /// The user's role does not allow it.
    #[error("forbidden")]
    Forbidden,
    /// A state change that does not come from our own pages.
    #[error("foreign origin")]
    ForeignOrigin,
    /// The request cannot be understood.
    #[error("bad request")]
    BadRequest,
    /// More was sent than is taken.
    #[error("too large")]
    TooLarge,
    /// What is shown has changed meanwhile; the page must be loaded again.
    #[error("changed meanwhile")]
    Conflict,
    /// Our fault.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What handlers return.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Wraps any fault that is ours.
    pub(crate) fn internal(fault: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(fault.into())
    }

    fn status_and_key(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign-origin"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(fault: sqlx::Error) -> Self {
        match fault {
            sqlx::Error::RowNotFound => Self::NotFound,
            fault => Self::internal(fault),
        }
    }
}

/// Left in a response for [`show_errors`], which knows the reader's language.
#[derive(Clone, Copy)]
struct Shown(&'static str);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, key) = self.status_and_key();
        if let Self::Internal(fault) = &self {
            tracing::error!(fault = ?fault, "a request failed");
        }
        let mut response = status.into_response();
        response.extensions_mut().insert(Shown(key));
        response
    }
}

#[derive(askama::Template)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    title_key: String,
    text_key: String,
}

/// What is wrong where axum has answered by itself, in plain English: a form, an id or a query that
/// cannot be read, a method that the path does not know.
fn bare(response: &Response) -> Option<&'static str> {
    let kind = response.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if !(kind.is_empty() || kind.starts_with(b"text/plain")) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some("not-found"),
        StatusCode::PAYLOAD_TOO_LARGE => Some("too-large"),
        StatusCode::BAD_REQUEST
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => Some("bad-request"),
        _ => None,
    }
}

/// Turns an [`Error`] into a page in the reader's language that says what to do.
pub(crate) async fn show_errors(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let page = Page::from_request_parts(&mut parts, &app).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let key = response.extensions().get::<Shown>().map(|shown| shown.0).or_else(|| bare(&response));
    let (Some(key), Ok(page)) = (key, page) else {
        return response;
    };
    let shown = render(&ErrorPage {
        page,
        title_key: format!("error-{key}-title"),
        text_key: format!("error-{key}-text"),
    });
    match shown {
        Ok(html) => (response.status(), html).into_response(),
        Err(_) => response,
    }
}
