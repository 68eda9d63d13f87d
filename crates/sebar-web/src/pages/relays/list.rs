//! All relays, and switching them on and off.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use sebar_domain::id::RelayId;
use sebar_store::relays::{self, Relay};
use sebar_store::{audit, pace};
use serde_json::json;

use super::warm_up::Curve;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

#[derive(Template)]
#[template(path = "relays/list.html")]
struct List {
    page: Page,
    relays: Vec<Shown>,
}

struct Shown {
    relay: Relay,
    usage: pace::Usage,
    curve: Option<Curve>,
}

impl Shown {
    /// When its quota reopens, if it is used up.
    fn parked_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.relay.parked_until.filter(|until| *until > now)
    }
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let mut shown = Vec::new();
    for relay in relays::all(&app.db).await? {
        let usage = pace::usage(&app.db, relay.id).await?;
        let curve = relay.settings.warm_up.map(|plan| Curve::of(&plan, page.now()));
        shown.push(Shown { relay, usage, curve });
    }
    render(&List { page, relays: shown })
}

pub(crate) async fn enable(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
) -> Result<Response> {
    switch(&app, &page, &session, id, true).await
}

pub(crate) async fn disable(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
) -> Result<Response> {
    switch(&app, &page, &session, id, false).await
}

async fn switch(app: &App, page: &Page, session: &Session, id: RelayId, enabled: bool) -> Result<Response> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    relays::set_enabled(&mut tx, id, enabled).await?;
    let action = if enabled { "relay.enabled" } else { "relay.disabled" };
    audit::record(&mut *tx, session.user.id, action, &id.to_string(), json!({})).await?;
    tx.commit().await?;
    let key = if enabled { "relays-enabled" } else { "relays-disabled" };
    let text = page.t(key).with("name", &relay.settings.name);
    Ok(session.redirect(app, "/relays", "success", text).await?.into_response())
}

/// Ends a rest: the senders try the relay at once.
pub(crate) async fn resume(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
) -> Result<Response> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    relays::unpause(&mut tx, id).await?;
    audit::record(&mut *tx, session.user.id, "relay.resumed", &id.to_string(), json!({})).await?;
    tx.commit().await?;
    let text = page.t("relays-resumed").with("name", &relay.settings.name);
    Ok(session.redirect(&app, "/relays", "success", text).await?.into_response())
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
) -> Result<Response> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    relays::delete(&mut tx, id).await?;
    let details = json!({ "name": relay.settings.name });
    audit::record(&mut *tx, session.user.id, "relay.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("relays-deleted").with("name", &relay.settings.name);
    Ok(session.redirect(&app, "/relays", "success", text).await?.into_response())
}
