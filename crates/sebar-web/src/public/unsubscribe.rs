//! Unsubscribing: by one click of the mail program (RFC 8058), or on a page that asks first.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use sebar_compose::{Token, paths};
use sebar_domain::Stream;
use sebar_domain::id::MessageId;
use sebar_store::consent::{self, Standing};
use sebar_store::settings;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "public/unsubscribe.html")]
struct Unsubscribe {
    page: Page,
    company: String,
    token: String,
    view: View,
}

enum View {
    /// Asks for a confirmation: reading a page, as link scanners do, must never unsubscribe.
    Ask { address: String },
    /// It is done; `undo`: and can be taken back here.
    Done { address: String, undo: bool },
    /// The link stands in a preview or a test mail.
    Test,
    /// The link is not whole.
    Unknown,
}

/// What a link leads to.
enum Link {
    /// Not made by us, or its message is no longer kept.
    Unknown,
    /// It stands in a preview or a test mail.
    Test,
    To(MessageId, Standing),
}

async fn find(app: &App, token: &str) -> Result<Link> {
    if token == paths::PREVIEW {
        return Ok(Link::Test);
    }
    let Some(Token::Unsubscribe { message }) = Token::verify(&app.tokens, token) else {
        return Ok(Link::Unknown);
    };
    let mut db = app.db.acquire().await?;
    Ok(match consent::standing(&mut db, message).await? {
        None => Link::Unknown,
        Some(standing) if standing.stream == Stream::Test => Link::Test,
        Some(standing) => Link::To(message, standing),
    })
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    let view = match find(&app, &token).await? {
        Link::Unknown => View::Unknown,
        Link::Test => View::Test,
        Link::To(_, standing) if standing.unsubscribed => {
            View::Done { address: standing.recipient, undo: standing.can_take_back }
        }
        Link::To(_, standing) => View::Ask { address: standing.recipient },
    };
    let status = if matches!(view, View::Unknown) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let company = settings::get(&app.db).await?.company;
    Ok((status, render(&Unsubscribe { page, company, token, view })?).into_response())
}

/// Both the one click of a mail program and the button of the page. The answer is the page itself:
/// RFC 8058 §3.1 wants no redirect.
pub(crate) async fn confirm(
    State(app): State<App>,
    page: Page,
    Path(token): Path<String>,
) -> Result<Response> {
    if let Link::To(message, _) = find(&app, &token).await? {
        let mut tx = app.db.begin().await?;
        consent::unsubscribe(&mut tx, message).await?;
        tx.commit().await?;
    }
    self::page(State(app), page, Path(token)).await
}

pub(crate) async fn take_back(
    State(app): State<App>,
    page: Page,
    Path(token): Path<String>,
) -> Result<Response> {
    if let Link::To(message, _) = find(&app, &token).await? {
        let mut tx = app.db.begin().await?;
        consent::take_back(&mut tx, message).await?;
        tx.commit().await?;
    }
    self::page(State(app), page, Path(token)).await
}
