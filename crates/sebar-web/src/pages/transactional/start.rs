//! How a program begins to send.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use sebar_store::{api_keys, settings};

use super::{Example, examples};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "transactional/start.html")]
struct Start {
    page: Page,
    base: String,
    host: String,
    examples: Vec<Example>,
    has_key: bool,
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let from = settings::get(&app.db).await?.from_email;
    let to = page.user().map(|user| user.email.clone()).unwrap_or_default();
    let now = page.now();
    let is_valid = |key: &api_keys::ApiKey| key.revoked_at.is_none() && !key.has_expired(now);
    let has_key = page.is_owner() && api_keys::all(&app.db).await?.iter().any(is_valid);
    let examples = examples(&app.config.public_url, "", &from, &to);
    let host = url::Url::parse(&app.config.public_url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default();
    render(&Start { base: format!("{}/api/v1", app.config.public_url), page, host, examples, has_key })
}
