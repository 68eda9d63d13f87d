//! One webhook: how it fares, its secret, and what it was told.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use sebar_domain::EventState;
use sebar_domain::id::WebhookId;
use sebar_store::webhooks::{self, Entry, Webhook};
use serde::Deserialize;

use super::{HERE, call_state, state};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};

const PAGE_SIZE: usize = 50;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Find {
    state: String,
    before: String,
}

#[derive(Template)]
#[template(path = "webhooks/show.html")]
struct Show {
    page: Page,
    webhook: Webhook,
    /// `None`: it was sealed with another key of the installation.
    secret: Option<String>,
    entries: Vec<Entry>,
    filter: Option<EventState>,
    next: String,
    /// Whether the newest are shown.
    is_first: bool,
}

impl Show {
    fn state(&self) -> (&'static str, Text) {
        state(&self.page, &self.webhook)
    }

    fn call_state(&self, entry: &Entry) -> (&'static str, Text) {
        call_state(&self.page, entry.state)
    }

    fn here(&self) -> String {
        format!("{HERE}/{}", self.webhook.id)
    }

    /// The filters: text, address, whether it is the one that holds.
    fn chips(&self) -> Vec<(Text, String, bool)> {
        let chip = |state: Option<EventState>| {
            let word = state.map_or("all", EventState::as_str);
            let to = state.map_or_else(|| self.here(), |state| format!("{}?state={state}", self.here()));
            (self.page.t(&format!("webhooks-calls-{word}")), to, state == self.filter)
        };
        let states = EventState::ALL.iter().copied().map(Some);
        std::iter::once(None).chain(states).map(chip).collect()
    }

    /// Whether calls are shown that were given up.
    fn can_replay(&self) -> bool {
        self.filter == Some(EventState::Failed) && !self.entries.is_empty()
    }

    /// Why it was turned off, if it was not by somebody.
    fn why_off(&self) -> Option<Text> {
        let why = self.webhook.disabled_why.as_deref()?;
        Some(self.page.t(&format!("webhooks-off-{why}")))
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<WebhookId>,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let webhook = webhooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let filter: Option<EventState> = find.state.parse().ok();
    let before: Option<i64> = find.before.parse().ok();
    let limit = i64::try_from(PAGE_SIZE + 1).map_err(Error::internal)?;
    let mut entries = webhooks::listing(&app.db, id, filter, before, limit).await?;
    let has_more = entries.len() > PAGE_SIZE;
    entries.truncate(PAGE_SIZE);
    let next = match entries.last() {
        Some(last) if has_more => format!("{HERE}/{id}?state={}&before={}", find.state, last.n),
        _ => String::new(),
    };
    let secret = webhook.secret(&app.key).ok();
    render(&Show { page, webhook, secret, entries, filter, next, is_first: before.is_none() })
}
