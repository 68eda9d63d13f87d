//! What is done with a webhook besides changing what it is told.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::WebhookId;
use sebar_store::audit;
use sebar_store::webhooks::{self, Webhook};
use sebar_webhooks::new_secret;
use serde_json::json;
use tokio::time::sleep;

use super::HERE;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::Page;
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;

/// How long a page waits for a call to be made.
const PATIENCE: u32 = 30;
const STEP: Duration = Duration::from_millis(100);

async fn find(app: &App, id: WebhookId) -> Result<Webhook> {
    webhooks::find(&app.db, id).await?.ok_or(Error::NotFound)
}

/// Waits until a call was made, a few seconds at most: who asked for it wants to see how it went.
pub(super) async fn wait_for(app: &App, id: WebhookId, n: i64) -> Result<()> {
    for _ in 0..PATIENCE {
        if webhooks::entry(&app.db, id, n).await?.is_none_or(|entry| entry.attempts > 0) {
            break;
        }
        sleep(STEP).await;
    }
    Ok(())
}

pub(crate) async fn send_test(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<WebhookId>,
) -> Result<Response> {
    if !find(&app, id).await?.enabled {
        let text = page.t("webhooks-test-off");
        return Ok(session.redirect(&app, &format!("{HERE}/{id}"), "warning", text).await?.into_response());
    }
    let n = webhooks::send_test(&app.db, id).await?;
    wait_for(&app, id, n).await?;
    let to = format!("{HERE}/{id}/calls/{n}");
    Ok(session.redirect(&app, &to, "info", page.t("webhooks-tested")).await?.into_response())
}

pub(crate) async fn enable(
    app: State<App>,
    page: Page,
    session: Session,
    id: Path<WebhookId>,
) -> Result<Response> {
    set_enabled(app, page, session, id, true).await
}

pub(crate) async fn disable(
    app: State<App>,
    page: Page,
    session: Session,
    id: Path<WebhookId>,
) -> Result<Response> {
    set_enabled(app, page, session, id, false).await
}

async fn set_enabled(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<WebhookId>,
    enabled: bool,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    if !webhooks::set_enabled(&mut tx, id, enabled).await? {
        return Err(Error::NotFound);
    }
    let (action, text) = if enabled {
        ("webhook.enabled", "webhooks-enabled")
    } else {
        ("webhook.disabled", "webhooks-disabled")
    };
    audit::record(&mut *tx, session.user.id, action, &id.to_string(), json!({})).await?;
    tx.commit().await?;
    Ok(session.redirect(&app, &format!("{HERE}/{id}"), "success", page.t(text)).await?.into_response())
}

pub(crate) async fn replay_failed(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<WebhookId>,
) -> Result<Response> {
    find(&app, id).await?;
    let mut tx = app.db.begin().await?;
    let n = webhooks::replay_failed(&mut *tx, id).await?;
    audit::record(&mut *tx, session.user.id, "webhook.replayed", &id.to_string(), json!({ "events": n }))
        .await?;
    tx.commit().await?;
    let text = page.t("webhooks-replayed-n").with("n", n);
    Ok(session.redirect(&app, &format!("{HERE}/{id}"), "success", text).await?.into_response())
}

pub(crate) async fn ask_rotate(
    State(app): State<App>,
    page: Page,
    Path(id): Path<WebhookId>,
) -> Result<Html<String>> {
    find(&app, id).await?;
    Confirm {
        title: page.t("webhooks-rotate-title"),
        text: page.t("webhooks-rotate-text"),
        action: format!("{HERE}/{id}/rotate"),
        button: page.t("webhooks-rotate"),
        is_danger: false,
        back: format!("{HERE}/{id}"),
        page,
    }
    .show()
}

pub(crate) async fn rotate(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<WebhookId>,
) -> Result<Response> {
    let secret = new_secret().ok_or_else(|| Error::internal("the system gives no random numbers"))?;
    let mut tx = app.db.begin().await?;
    if !webhooks::rotate(&mut tx, &app.key, id, &secret).await.map_err(Error::internal)? {
        return Err(Error::NotFound);
    }
    audit::record(&mut *tx, session.user.id, "webhook.secret_rotated", &id.to_string(), json!({})).await?;
    tx.commit().await?;
    let text = page.t("webhooks-rotated");
    Ok(session.redirect(&app, &format!("{HERE}/{id}"), "success", text).await?.into_response())
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<WebhookId>,
) -> Result<Html<String>> {
    let webhook = find(&app, id).await?;
    Confirm {
        title: page.t("webhooks-delete-title").with("url", &webhook.settings.url),
        text: page.t("webhooks-delete-text"),
        action: format!("{HERE}/{id}/delete"),
        button: page.t("webhooks-delete"),
        is_danger: true,
        back: format!("{HERE}/{id}"),
        page,
    }
    .show()
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<WebhookId>,
) -> Result<Response> {
    let webhook = find(&app, id).await?;
    let mut tx = app.db.begin().await?;
    webhooks::delete(&mut tx, id).await?;
    let details = json!({ "url": webhook.settings.url });
    audit::record(&mut *tx, session.user.id, "webhook.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(session.redirect(&app, HERE, "success", page.t("webhooks-deleted")).await?.into_response())
}
