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

impl List {
    fn at(mail: &Mail) -> chrono::DateTime<chrono::Utc> {
        arrived(mail.id)
    }
}

/// When a mail came: its id tells.
fn arrived(id: ReturnedMailId) -> chrono::DateTime<chrono::Utc> {
    let (seconds, nanoseconds) = id.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| chrono::DateTime::from_timestamp(seconds, nanoseconds))
        .unwrap_or_default()
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
    let has_more = mails.len() > PAGE_SIZE;
    let backwards = matches!(position, Position::Before(_));
    if has_more {
        if backwards {
            mails.remove(0);
        } else {
            mails.truncate(PAGE_SIZE);
        }
    }
    let link = |way: &str, mail: Option<&Mail>, is: bool| match mail {
        Some(mail) if is => format!("/bounces/mails?{way}={}", mail.id),
        _ => String::new(),
    };
    let previous =
        link("before", mails.first(), matches!(position, Position::After(_)) || (backwards && has_more));
    let next = link("after", mails.last(), backwards || has_more);
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
    fn at(&self) -> chrono::DateTime<chrono::Utc> {
        arrived(self.mail.id)
    }

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
