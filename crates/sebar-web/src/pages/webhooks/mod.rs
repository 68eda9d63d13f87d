//! Webhooks: addresses of programs that are told of events, and what they were told.

mod call;
mod change;
mod form;
mod show;

pub(crate) use call::{page as call, replay};
pub(crate) use change::{ask_delete, ask_rotate, delete, disable, enable, replay_failed, rotate, send_test};
pub(crate) use form::{DESCRIPTION_LIMIT, URL_LIMIT, create, edit, new, save};
pub(crate) use show::page as show;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use sebar_domain::EventState;
use sebar_store::webhooks::{self, Webhook};

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};

const HERE: &str = "/settings/webhooks";

#[derive(Template)]
#[template(path = "webhooks/list.html")]
struct List {
    page: Page,
    webhooks: Vec<Webhook>,
}

impl List {
    fn state(&self, webhook: &Webhook) -> (&'static str, Text) {
        state(&self.page, webhook)
    }

    /// Of how much it is told.
    fn events(&self, webhook: &Webhook) -> Text {
        self.page.t("webhooks-events-n").with("n", webhook.settings.events.len())
    }
}

/// Kind of the badge and text of how a webhook fares.
fn state(page: &Page, webhook: &Webhook) -> (&'static str, Text) {
    let (kind, word) = match (webhook.enabled, webhook.disabled_why.as_deref()) {
        (false, Some(_)) => ("bad", "given-up"),
        (false, None) => ("still", "off"),
        (true, _) if webhook.failures > 0 => ("warn", "failing"),
        (true, _) if webhook.succeeded_at.is_some() => ("good", "well"),
        (true, _) => ("info", "new"),
    };
    (kind, page.t(&format!("webhooks-state-{word}")))
}

/// Kind of the badge and text of where a call stands.
fn call_state(page: &Page, state: EventState) -> (&'static str, Text) {
    let kind = match state {
        EventState::Pending => "info",
        EventState::Delivered => "good",
        EventState::Failed => "bad",
    };
    (kind, page.t(&format!("webhooks-call-{state}")))
}

pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let webhooks = webhooks::all(&app.db).await?;
    render(&List { page, webhooks })
}
