//! Unsubscribing: by one click of the mail program (RFC 8058), or on a page that asks first.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use sebar_compose::{Token, paths};
use sebar_domain::Stream;
use sebar_domain::id::MessageId;
use sebar_store::consent::{self, Standing};
use sebar_store::settings;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
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
}

fn message_of(app: &App, token: &str) -> Result<Option<MessageId>> {
    if token == paths::PREVIEW {
        return Ok(None);
    }
    match Token::verify(&app.tokens, token) {
        Some(Token::Unsubscribe { message }) => Ok(Some(message)),
        _ => Err(Error::NotFound),
    }
}

async fn find(app: &App, token: &str) -> Result<Option<(MessageId, Standing)>> {
    let Some(message) = message_of(app, token)? else { return Ok(None) };
    let mut db = app.db.acquire().await?;
    let standing = consent::standing(&mut db, message).await?.ok_or(Error::NotFound)?;
    Ok((standing.stream != Stream::Test).then_some((message, standing)))
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(token): Path<String>,
) -> Result<Html<String>> {
    let view = match find(&app, &token).await? {
        None => View::Test,
        Some((_, standing)) if standing.unsubscribed => {
            View::Done { address: standing.recipient, undo: standing.can_take_back }
        }
        Some((_, standing)) => View::Ask { address: standing.recipient },
    };
    let company = settings::get(&app.db).await?.company;
    render(&Unsubscribe { page, company, token, view })
}

/// Both the one click of a mail program and the button of the page. The answer is the page itself:
/// RFC 8058 §3.1 wants no redirect.
pub(crate) async fn confirm(
    State(app): State<App>,
    page: Page,
    Path(token): Path<String>,
) -> Result<Html<String>> {
    if let Some((message, _)) = find(&app, &token).await? {
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
) -> Result<Html<String>> {
    if let Some((message, _)) = find(&app, &token).await? {
        let mut tx = app.db.begin().await?;
        consent::take_back(&mut tx, message).await?;
        tx.commit().await?;
    }
    self::page(State(app), page, Path(token)).await
}
