//! What the built-in mail catcher took: mails that went no further.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_store::caught::{self, Caught};
use serde::Deserialize;
use uuid::Uuid;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::mail_view::{self, MailView};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

const PAGE_SIZE: i64 = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Find {
    q: String,
    before: Option<Uuid>,
}

#[derive(Template)]
#[template(path = "catcher/list.html")]
struct List {
    page: Page,
    find: Find,
    mails: Vec<Caught>,
    next: String,
    first: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    page: Page,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let mut mails = caught::list(&app.db, find.q.trim(), find.before, PAGE_SIZE + 1).await?;
    let has_more = mails.len() > 50;
    mails.truncate(50);
    let address = |before: Option<Uuid>| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !find.q.is_empty() {
            query.append_pair("q", &find.q);
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        format!("/catcher?{}", query.finish())
    };
    let next = mails.last().filter(|_| has_more).map(|mail| address(Some(mail.id))).unwrap_or_default();
    let first = if find.before.is_some() { address(None) } else { String::new() };
    render(&List { page, find, mails, next, first })
}

#[derive(Template)]
#[template(path = "catcher/mail.html")]
struct Mail {
    page: Page,
    mail: Caught,
    view: MailView,
}

pub(crate) async fn mail(State(app): State<App>, page: Page, Path(id): Path<Uuid>) -> Result<Html<String>> {
    let mail = caught::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let raw = caught::raw(&app.db, id).await?.ok_or(Error::NotFound)?;
    render(&Mail { page, mail, view: MailView::new(&raw) })
}

pub(crate) async fn html(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response> {
    let raw = caught::raw(&app.db, id).await?.ok_or(Error::NotFound)?;
    mail_view::html_document(&raw).ok_or(Error::NotFound)
}

pub(crate) async fn raw(State(app): State<App>, Path(id): Path<Uuid>) -> Result<Response> {
    let raw = caught::raw(&app.db, id).await?.ok_or(Error::NotFound)?;
    Ok(mail_view::download(&id.to_string(), raw))
}

pub(crate) async fn clear(State(app): State<App>, page: Page, session: Session) -> Result<Response> {
    caught::clear(&app.db).await?;
    Ok(session.redirect(&app, "/catcher", "success", page.t("catcher-cleared")).await?.into_response())
}
