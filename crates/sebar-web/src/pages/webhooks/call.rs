//! One call: what was sent, what was answered, and to tell it again.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::WebhookId;
use sebar_store::audit;
use sebar_store::webhooks::{self, Earlier, Entry, Webhook};
use serde_json::{Value, json};

use super::form::event_text;
use super::{HERE, call_state};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// So many calls before the last one are shown.
const EARLIER: i64 = 100;

#[derive(Template)]
#[template(path = "webhooks/call.html")]
struct Call {
    page: Page,
    webhook: Webhook,
    entry: Entry,
    /// The calls before the last one, the newest first.
    earlier: Vec<Earlier>,
}

impl Call {
    fn state(&self) -> (&'static str, Text) {
        call_state(&self.page, self.entry.state)
    }

    fn event(&self) -> Text {
        event_text(&self.page, self.entry.kind)
    }

    /// What was sent, laid out for people.
    fn body(&self) -> Option<String> {
        let body = self.entry.body.as_ref()?;
        let laid_out =
            serde_json::from_str::<Value>(body).and_then(|json| serde_json::to_string_pretty(&json));
        Some(laid_out.unwrap_or_else(|_| body.clone()))
    }

    /// Where its subject is shown.
    fn subject(&self) -> Option<String> {
        let id = self.entry.subject;
        match self.entry.kind.family() {
            "email" => Some(format!("/archive/{id}")),
            "contact" => Some(format!("/contacts/{id}")),
            "campaign" => Some(format!("/campaigns/{id}")),
            _ => None,
        }
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path((id, n)): Path<(WebhookId, i64)>,
) -> Result<Html<String>> {
    let webhook = webhooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let entry = webhooks::entry(&app.db, id, n).await?.ok_or(Error::NotFound)?;
    let earlier = webhooks::earlier(&app.db, n, EARLIER).await?;
    render(&Call { page, webhook, entry, earlier })
}

pub(crate) async fn replay(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path((id, n)): Path<(WebhookId, i64)>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    if !webhooks::replay(&mut *tx, id, n).await? {
        return Err(Error::NotFound);
    }
    let details = json!({ "event": n });
    audit::record(&mut *tx, session.user.id, "webhook.replayed", &id.to_string(), details).await?;
    tx.commit().await?;
    super::change::wait_for(&app, id, n).await?;
    let to = format!("{HERE}/{id}/calls/{n}");
    Ok(session.redirect(&app, &to, "info", page.t("webhooks-replayed")).await?.into_response())
}
