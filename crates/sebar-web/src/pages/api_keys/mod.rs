//! Keys for programs: what they may do, from where, and until when.

mod form;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use sebar_domain::Scope;
use sebar_domain::id::ApiKeyId;
use sebar_store::api_keys::{self, ApiKey, NewApiKey, Secret};
use sebar_store::{audit, settings};
use serde_json::json;

use self::form::{Asked, Typed};
use super::confirm::Confirm;
use super::transactional::{Example, examples};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

const HERE: &str = "/settings/api-keys";

#[derive(Template)]
#[template(path = "api_keys/list.html")]
struct List {
    page: Page,
    keys: Vec<ApiKey>,
}

impl List {
    /// Kind of the badge and translation key of a key's state.
    fn state(&self, key: &ApiKey) -> (&'static str, Text) {
        let (kind, word) = if key.revoked_at.is_some() {
            ("still", "revoked")
        } else if key.has_expired(self.page.now()) {
            ("warn", "expired")
        } else {
            ("good", "active")
        };
        (kind, self.page.t(&format!("keys-state-{word}")))
    }
}

#[derive(Template)]
#[template(path = "api_keys/new.html")]
struct New {
    page: Page,
    typed: Typed,
    faults: Faults,
}

impl New {
    #[expect(clippy::unused_self, reason = "templates reach it through the page")]
    fn days(&self) -> [i64; 4] {
        form::DAYS
    }

    /// When a key that is made now ends.
    fn end(&self, days: i64) -> DateTime<Utc> {
        form::end(self.page.now(), days)
    }
}

#[derive(Template)]
#[template(path = "api_keys/created.html")]
struct Created {
    page: Page,
    name: String,
    secret: String,
    /// Programs that work; empty if the key may not send.
    examples: Vec<Example>,
}

impl Created {
    fn new(app: &App, page: Page, key: NewApiKey, secret: &Secret, from: &str) -> Self {
        let domain = key.from_domains.first();
        let from = domain.map_or_else(|| from.to_owned(), |domain| format!("halo@{domain}"));
        let to = page.user().map(|user| user.email.clone()).unwrap_or_default();
        let examples = if key.scopes.contains(&Scope::EmailsSend) {
            examples(&app.config.public_url, secret.reveal(), &from, &to)
        } else {
            Vec::new()
        };
        Self { page, name: key.name, secret: secret.reveal().to_owned(), examples }
    }
}

pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let keys = api_keys::all(&app.db).await?;
    render(&List { page, keys })
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    render(&New { page, typed: Typed::begin(), faults: Faults::default() })
}

/// Makes a key and shows it, in this one answer: it stands nowhere afterwards.
pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed::from(typed);
    let mut faults = Faults::default();
    let Asked(Some(key)) = typed.parse(&page, &mut faults) else {
        return Ok(render(&New { page, typed, faults })?.into_response());
    };
    let secret = Secret::new().map_err(Error::internal)?;
    let mut tx = app.db.begin().await?;
    let id = api_keys::create(&mut *tx, &secret, &key, session.user.id).await?;
    let details = json!({ "name": key.name, "scopes": key.scopes });
    audit::record(&mut *tx, session.user.id, "api_key.created", &id.to_string(), details).await?;
    tx.commit().await?;
    let from = settings::get(&app.db).await?.from_email;
    Ok(render(&Created::new(&app, page, key, &secret, &from))?.into_response())
}

pub(crate) async fn ask_revoke(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ApiKeyId>,
) -> Result<Html<String>> {
    let key = api_keys::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    Confirm {
        title: page.t("keys-revoke-title").with("name", &key.settings.name),
        text: page.t("keys-revoke-text"),
        action: format!("{HERE}/{id}/revoke"),
        button: page.t("keys-revoke"),
        is_danger: true,
        back: HERE.to_owned(),
        page,
    }
    .show()
}

pub(crate) async fn revoke(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ApiKeyId>,
) -> Result<Response> {
    let key = api_keys::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    if api_keys::revoke(&mut *tx, id).await? {
        audit::record(&mut *tx, session.user.id, "api_key.revoked", &id.to_string(), json!({})).await?;
    }
    tx.commit().await?;
    let text = page.t("keys-revoked").with("name", &key.settings.name);
    Ok(session.redirect(&app, HERE, "success", text).await?.into_response())
}
