//! One import: its mapping, its progress, its result.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures::{Stream, stream};
use sebar_domain::ImportState;
use sebar_domain::id::ImportId;
use sebar_store::audit;
use sebar_store::imports::{self, Import, TargetList};

use super::mapping::{self, Corrections};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// How often the live view looks.
const TICK: Duration = Duration::from_secs(1);

#[derive(Template)]
#[template(path = "imports/progress.html")]
struct Progress {
    page: Page,
    import: Import,
}

impl Progress {
    fn seconds(&self) -> i64 {
        self.import.started_at.map_or(0, |since| (self.page.now() - since).num_seconds())
    }

    /// Rows a second since it began; 0 while that says little.
    fn rate(&self) -> i64 {
        if self.seconds() < 1 { 0 } else { self.import.rows_read / self.seconds() }
    }

    /// Seconds left at this pace; 0 while it is not known.
    fn left(&self) -> i64 {
        let Import { bytes_done, file_size, .. } = self.import;
        if bytes_done == 0 { 0 } else { (file_size - bytes_done).max(0) * self.seconds() / bytes_done }
    }

    /// Pace and time left.
    fn detail(&self) -> String {
        if self.rate() == 0 {
            return String::new();
        }
        let left = self.page.duration(self.left());
        self.page.t("imports-pace").with("rate", self.rate()).with("left", left).to_string()
    }
}

#[derive(Template)]
#[template(path = "imports/show.html")]
struct Show {
    page: Page,
    import: Import,
    lists: Vec<TargetList>,
    live: String,
    fault: String,
}

impl Show {
    fn cancel_path(&self) -> String {
        format!("/imports/{}/cancel", self.import.id)
    }

    fn way_key(&self) -> String {
        format!("imports-known-{}", self.import.on_known)
    }

    fn seconds(&self) -> i64 {
        match (self.import.started_at, self.import.finished_at) {
            (Some(from), Some(to)) => (to - from).num_seconds().max(1),
            _ => 0,
        }
    }

    /// The contacts: those of the list that they joined, if it is one.
    fn contacts_href(&self) -> String {
        match self.lists.as_slice() {
            [list] => format!("/lists/{}", list.id),
            _ => "/contacts".to_owned(),
        }
    }

    /// What was brought in before it ended early.
    fn kept(&self) -> i64 {
        self.import.added + self.import.updated + self.import.unchanged
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ImportId>,
    Query(corrections): Query<Corrections>,
) -> Result<Response> {
    let import = imports::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    if import.state == ImportState::Uploaded && page.can_edit() {
        return mapping::page(&app, page, import, &corrections).await;
    }
    let mut lists = imports::target_lists(&app.db).await?;
    lists.retain(|list| import.list_ids.contains(&list.id));
    let fault = import.fault.as_ref().map(|fault| fault_text(&page, fault)).unwrap_or_default();
    let live = Progress { page: page.clone(), import: import.clone() }.render().map_err(Error::internal)?;
    Ok(render(&Show { page, import, lists, live, fault })?.into_response())
}

fn fault_text(page: &Page, fault: &serde_json::Value) -> String {
    let line = fault["line"].as_i64().unwrap_or(0);
    let key = match fault["kind"].as_str() {
        Some("line-too-long") => "imports-failed-line-too-long",
        Some("open-quotes") => "imports-failed-open-quotes",
        _ => "imports-failed-other",
    };
    page.t(key).with("line", line).to_string()
}

/// The progress every second, until the import is over.
pub(crate) async fn events(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ImportId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    imports::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let shutdown = app.shutdown.clone();
    let watch = Watch { app, page, id, first: true, over: false };
    let events = stream::unfold(watch, async |mut watch| {
        let event = watch.next().await?;
        Some((Ok(event), watch))
    });
    let events = futures::StreamExt::take_until(events, async move { shutdown.cancelled().await });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

struct Watch {
    app: App,
    page: Page,
    id: ImportId,
    first: bool,
    over: bool,
}

impl Watch {
    async fn next(&mut self) -> Option<Event> {
        if self.over {
            return None;
        }
        if !std::mem::take(&mut self.first) {
            tokio::time::sleep(TICK).await;
        }
        // Without an answer the browser connects again: the page stays as it is.
        let import = imports::get(&self.app.db, self.id).await.ok()??;
        if import.state.is_over() {
            self.over = true;
            return Some(Event::default().event("done").data("loaded anew"));
        }
        let progress = Progress { page: self.page.at_this_moment(), import };
        Some(Event::default().data(progress.render().ok()?))
    }
}

#[derive(Template)]
#[template(path = "imports/cancel.html")]
struct Cancel {
    page: Page,
    import: Import,
}

pub(crate) async fn ask_to_cancel(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    let import = imports::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    Ok(render(&Cancel { page, import })?.into_response())
}

pub(crate) async fn cancel(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ImportId>,
) -> Result<Response> {
    let import = imports::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let here = format!("/imports/{id}");
    if !imports::cancel(&app.db, id).await? {
        return Ok(session
            .redirect(&app, &here, "info", page.t("imports-over-already"))
            .await?
            .into_response());
    }
    let details = serde_json::json!({ "file": import.file_name });
    audit::record(&app.db, session.user.id, "import.cancelled", &id.to_string(), details).await?;
    Ok(session.redirect(&app, &here, "success", page.t("imports-cancelled")).await?.into_response())
}
