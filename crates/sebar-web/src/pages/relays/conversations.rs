//! What a relay said lately, as it happens.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt as _};
use sebar_domain::id::RelayId;
use sebar_store::conversations::{self, Conversation, LOOKED_AT, Lately};
use sebar_store::relays::{self, Relay};
use tokio_stream::wrappers::IntervalStream;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};

/// Conversations that are shown.
const SHOWN: i64 = 50;
/// How often they are read again.
const EVERY: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "relays/conversations.html")]
struct Conversations {
    page: Page,
    relay: Relay,
    lately: Lately,
}

#[derive(Template)]
#[template(path = "relays/lately.html")]
struct Fragment<'a> {
    page: &'a Page,
    lately: &'a Lately,
}

/// How a conversation ended, and where, in words.
fn outcome(page: &Page, one: &Conversation) -> String {
    page.t(&format!("archive-outcome-{}", one.outcome.as_str().replace('_', "-"))).to_string()
}

fn phase(page: &Page, one: &Conversation) -> String {
    page.t(&format!("archive-phase-{}", one.phase.as_str().replace('_', "-"))).to_string()
}

/// What was taken in the last minute.
fn rate(page: &Page, lately: &Lately) -> String {
    let n = lately.sent_last_minute;
    let key = if n < LOOKED_AT { "relays-lately-rate" } else { "relays-lately-rate-more" };
    page.t(key).with("n", n).to_string()
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<RelayId>,
) -> Result<Html<String>> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let lately = conversations::lately(&app.db, id, SHOWN).await?;
    render(&Conversations { page, relay, lately })
}

/// The same, again and again.
pub(crate) async fn events(
    State(app): State<App>,
    page: Page,
    Path(id): Path<RelayId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let shutdown = app.shutdown.clone();
    let events = IntervalStream::new(tokio::time::interval(EVERY))
        .then(move |_| {
            let (app, page) = (app.clone(), page.clone());
            async move { fragment(&app, &page, id).await }
        })
        .filter_map(async |event| event.map(Ok).map_err(|fault| tracing::error!(?fault, "a live view")).ok())
        .take_until(shutdown.cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

async fn fragment(app: &App, page: &Page, id: RelayId) -> Result<Event> {
    let lately = conversations::lately(&app.db, id, SHOWN).await?;
    let html = Fragment { page, lately: &lately }.render().map_err(Error::internal)?;
    Ok(Event::default().data(html))
}
