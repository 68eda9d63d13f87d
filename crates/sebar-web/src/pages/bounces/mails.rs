//! The mails that came back, as they came; above all those that were not recognised.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use sebar_domain::BounceKind;
use sebar_domain::id::ReturnedMailId;
use sebar_store::returned::{self, Bounce, Mail, Position};
use serde::Deserialize;

use super::{kind_text, kind_tone};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::mail_view::{self, MailView};
use crate::foundation::page::{Page, render};
use crate::foundation::paging;

const PAGE_SIZE: usize = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Find {
    after: String,
    before: String,
}

#[derive(Template)]
#[template(path = "bounces/mails.html")]
struct List {
    page: Page,
    mails: Vec<Mail>,
    previous: String,
    next: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    page: Page,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let position = match (find.after.parse(), find.before.parse()) {
        (Ok(id), _) => Position::After(id),
        (_, Ok(id)) => Position::Before(id),
        _ => Position::Start,
    };
    let limit = i64::try_from(PAGE_SIZE + 1).map_err(Error::internal)?;
    let mut mails = returned::mails(&app.db, Some(BounceKind::NotBounce), position, limit).await?;
    let from = match position {
        Position::Start => paging::From::Start,
        Position::After(_) => paging::From::After,
        Position::Before(_) => paging::From::Before,
    };
    let ways = paging::cut(&mut mails, PAGE_SIZE, from);
    let link = |way: &str, mail: Option<&Mail>, is: bool| match mail {
        Some(mail) if is => format!("/bounces/mails?{way}={}", mail.id),
        _ => String::new(),
    };
    let previous = link("before", mails.first(), ways.back);
    let next = link("after", mails.last(), ways.on);
    render(&List { page, mails, previous, next })
}

#[derive(Template)]
#[template(path = "bounces/mail.html")]
struct Show {
    page: Page,
    mail: Mail,
    bounces: Vec<Bounce>,
    view: MailView,
}

impl Show {
    fn kind(&self, kind: &BounceKind) -> Text {
        kind_text(&self.page, *kind)
    }

    fn tone(kind: &BounceKind) -> &'static str {
        kind_tone(*kind)
    }

    fn road(&self) -> Text {
        self.page.t(&format!("bounces-road-{}", self.mail.road))
    }
}

pub(crate) async fn mail(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ReturnedMailId>,
) -> Result<Html<String>> {
    let mail = returned::mail(&app.db, id).await?.ok_or(Error::NotFound)?;
    let raw = returned::raw(&app.db, id).await?.ok_or(Error::NotFound)?;
    let bounces = returned::of_mail(&app.db, id).await?;
    render(&Show { page, mail, bounces, view: MailView::new(&raw) })
}

pub(crate) async fn html(State(app): State<App>, Path(id): Path<ReturnedMailId>) -> Result<Response> {
    let raw = returned::raw(&app.db, id).await?.ok_or(Error::NotFound)?;
    mail_view::html_document(&raw).ok_or(Error::NotFound)
}

pub(crate) async fn raw(State(app): State<App>, Path(id): Path<ReturnedMailId>) -> Result<Response> {
    let raw = returned::raw(&app.db, id).await?.ok_or(Error::NotFound)?;
    Ok(mail_view::download(&id.to_string(), raw))
}
