//! Opens and clicks.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::Utc;
use sebar_compose::{Token, paths};
use sebar_store::hits::{self, AnonymousHit, Hit};
use tokio::sync::Notify;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::mail_view;

/// Hits wait at most this long before they are written.
const FLUSH: Duration = Duration::from_millis(100);
/// A batch is at most this large.
const BATCH: usize = 500;
/// While the database is away so many are kept; then the oldest are let go.
const KEPT: usize = 100_000;
/// A user agent is cut to this many characters.
const USER_AGENT: usize = 300;

/// A transparent picture of one pixel (`GIF89a`).
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

enum Any {
    Known(Hit),
    Anonymous(AnonymousHit),
}

/// Hits on their way into the store.
#[derive(Default)]
pub(crate) struct Hits {
    waiting: Mutex<Vec<Any>>,
    full: Notify,
}

impl Hits {
    fn add(&self, hit: Any) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= KEPT {
            tracing::error!("hits are lost: the database does not take them");
            waiting.drain(..BATCH);
        }
        waiting.push(hit);
        if waiting.len() >= BATCH {
            self.full.notify_one();
        }
    }

    fn take(&self) -> Vec<Any> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let n = waiting.len().min(BATCH);
        waiting.drain(..n).collect()
    }

    fn put_back(&self, batch: Vec<Any>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.splice(0..0, batch);
    }
}

/// Writes hits in batches until shutdown, and the last ones after it.
pub(crate) async fn write_hits(app: App) {
    loop {
        let last = app.shutdown.is_cancelled();
        loop {
            let batch = app.hits.take();
            if batch.is_empty() {
                break;
            }
            if let Err(fault) = write(&app, &batch).await {
                tracing::warn!(%fault, "hits could not be written; trying again");
                app.hits.put_back(batch);
                break;
            }
        }
        if last {
            return;
        }
        tokio::select! {
            () = app.shutdown.cancelled() => {}
            () = app.hits.full.notified() => {}
            () = tokio::time::sleep(FLUSH) => {}
        }
    }
}

async fn write(app: &App, batch: &[Any]) -> sqlx::Result<()> {
    let (mut known, mut anonymous) = (Vec::new(), Vec::new());
    for hit in batch {
        match hit {
            Any::Known(hit) => known.push(hit.clone()),
            Any::Anonymous(hit) => anonymous.push(hit.clone()),
        }
    }
    let mut tx = app.db.begin().await?;
    hits::record(&mut tx, &known).await?;
    hits::record_anonymous(&mut tx, &anonymous).await?;
    tx.commit().await
}

/// The pixel of a mail. It is shown whatever the token says: a mail must never show a broken picture.
pub(crate) async fn open(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let token = name.strip_suffix(paths::OPEN_SUFFIX).unwrap_or(&name);
    match Token::verify(&app.tokens, token).filter(|_| !is_view(query.as_deref())) {
        Some(Token::Open { message }) => {
            let user_agent = user_agent(&headers);
            app.hits.add(Any::Known(Hit { message, link: None, at: Utc::now(), user_agent }));
        }
        Some(Token::OpenAnonymous { content_no }) => {
            app.hits.add(Any::Anonymous(AnonymousHit { content_no, link: None, at: Utc::now() }));
        }
        _ => {}
    }
    let headers = [(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "no-store, private")];
    (headers, PIXEL).into_response()
}

/// A tracked link. Leads only where the content's author pointed it: the token names a link, not an address.
pub(crate) async fn click(
    State(app): State<App>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response> {
    let (message, content_no, link) = match Token::verify(&app.tokens, &token) {
        Some(Token::Click { message, content_no, link }) => (Some(message), content_no, link),
        Some(Token::ClickAnonymous { content_no, link }) => (None, content_no, link),
        _ => return Err(Error::NotFound),
    };
    let target = app.links.resolve(&app.db, content_no, link, message).await?;
    if !is_view(query.as_deref()) {
        let (link, at) = (i32::try_from(link).ok(), Utc::now());
        app.hits.add(match message {
            Some(message) => Any::Known(Hit { message, link, at, user_agent: user_agent(&headers) }),
            None => Any::Anonymous(AnonymousHit { content_no, link, at }),
        });
    }
    let headers = [
        (header::LOCATION, target),
        (header::CACHE_CONTROL, "no-store, private".to_owned()),
        // The page that is reached need not learn the token.
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// Whether somebody only looks at the mail in the dashboard.
fn is_view(query: Option<&str>) -> bool {
    query == Some(mail_view::VIEW)
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(USER_AGENT).collect()
}
