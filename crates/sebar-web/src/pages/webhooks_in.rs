//! Addresses of ours that providers call when mail comes back to them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::HookId;
use sebar_domain::{HookFault, Proof, Provider};
use sebar_store::audit;
use sebar_store::hooks::{self, Hook, HookSettings};
use serde::Deserialize;
use serde_json::json;

use super::confirm::Confirm;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// The longest key that a provider gives, in characters, with room.
const LONGEST_KEY: usize = 500;
/// An ARN is no longer (AWS: 2048 in all; a topic's name has 256).
const LONGEST_TOPIC: usize = 500;

#[derive(Template)]
#[template(path = "webhooks_in/list.html")]
struct List {
    page: Page,
    hooks: Vec<Line>,
}

struct Line {
    hook: Hook,
    /// Where the provider calls; for owners alone.
    address: Option<String>,
}

impl List {
    fn provider(&self, hook: &Hook) -> Text {
        provider_text(&self.page, hook.provider)
    }

    fn fault(&self, fault: &HookFault) -> Text {
        fault_text(&self.page, *fault)
    }
}

#[derive(Template)]
#[template(path = "webhooks_in/new.html")]
struct NewHook {
    page: Page,
    typed: Typed,
    faults: Faults,
}

impl NewHook {
    fn provider(&self, provider: &Provider) -> Text {
        provider_text(&self.page, *provider)
    }
}

#[derive(Template)]
#[template(path = "webhooks_in/edit.html")]
struct EditHook {
    page: Page,
    hook: Hook,
    address: String,
    /// What the provider is to repeat; empty where it proves itself otherwise.
    token: String,
    /// Whether the address is one that providers call.
    is_https: bool,
    typed: Typed,
    faults: Faults,
}

impl EditHook {
    fn new(app: &App, page: Page, hook: Hook, typed: Typed, faults: Faults) -> Result<Self> {
        let address = address(app, &hook)?;
        let token = match hook.provider.proof() {
            Proof::Token => hook.credential(&app.key).map_err(Error::internal)?,
            Proof::Key | Proof::Certificate => String::new(),
        };
        Ok(Self { page, hook, address, token, is_https: app.is_https(), typed, faults })
    }

    fn provider(&self) -> Text {
        provider_text(&self.page, self.hook.provider)
    }

    /// What to do at the provider, in order.
    fn steps(&self) -> [Text; 3] {
        let provider = self.hook.provider;
        [1, 2, 3].map(|n| self.page.t(&format!("webhooks-in-{provider}-{n}")))
    }

    fn wants_key(&self) -> bool {
        self.hook.provider.proof() == Proof::Key
    }

    fn key_hint(&self) -> Text {
        let key = if self.hook.is_complete() { "webhooks-in-key-keep" } else { "webhooks-in-key-hint" };
        self.page.t(key)
    }

    fn is_ses(&self) -> bool {
        self.hook.provider == Provider::Ses
    }

    fn fault(&self, fault: &HookFault) -> Text {
        fault_text(&self.page, *fault)
    }

    fn delete_path(&self) -> String {
        format!("/webhooks-in/{}/delete", self.hook.id)
    }
}

fn provider_text(page: &Page, provider: Provider) -> Text {
    page.t(&format!("webhooks-in-provider-{provider}"))
}

/// Why a call was refused, and what to do.
fn fault_text(page: &Page, fault: HookFault) -> Text {
    page.t(&format!("webhooks-in-fault-{}", fault.as_str().replace('_', "-")))
}

fn address(app: &App, hook: &Hook) -> Result<String> {
    let secret = hook.secret(&app.key).map_err(Error::internal)?;
    Ok(format!("{}/hooks/in/{}/{secret}", app.config.public_url, hook.id))
}

/// All as typed; a key is never filled in again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    provider: String,
    name: String,
    credential: String,
    topic: String,
    enabled: String,
}

impl Typed {
    fn stored(of: &HookSettings) -> Self {
        Self {
            name: of.name.clone(),
            topic: of.topic.clone(),
            enabled: if of.enabled { "on".to_owned() } else { String::new() },
            ..Self::default()
        }
    }

    fn parse(&self, page: &Page, provider: Provider) -> std::result::Result<HookSettings, Faults> {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "name", &self.name, 80);
        let key = self.credential.trim();
        let is_odd = key.chars().count() > LONGEST_KEY || key.chars().any(char::is_control);
        if is_odd
            || (provider == Provider::SendGrid && !key.is_empty() && !sebar_providers::is_sendgrid_key(key))
        {
            faults.add("credential", &page.t("webhooks-in-fault-key"));
        }
        let topic = self.topic.trim();
        let is_topic = topic.starts_with("arn:aws") && topic.len() <= LONGEST_TOPIC;
        if !topic.is_empty() && !is_topic {
            faults.add("topic", &page.t("webhooks-in-fault-topic"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(HookSettings {
            name: self.name.trim().to_owned(),
            topic: topic.to_owned(),
            enabled: !self.enabled.is_empty(),
        })
    }
}

pub(crate) async fn list(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let hooks = hooks::all(&app.db).await?;
    let line = |hook: Hook| {
        let address = page.is_owner().then(|| address(&app, &hook)).transpose()?;
        Ok(Line { hook, address })
    };
    let hooks = hooks.into_iter().map(line).collect::<Result<_>>()?;
    render(&List { page, hooks })
}

pub(crate) async fn new(page: Page) -> Result<Html<String>> {
    render(&NewHook { page, typed: Typed::default(), faults: Faults::default() })
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    // What else there is to set stands on the next page, beside the address.
    "on".clone_into(&mut typed.enabled);
    let provider = typed.provider.parse::<Provider>();
    let parsed = typed.parse(&page, provider.clone().unwrap_or(Provider::Generic));
    let (provider, settings) = match (provider, parsed) {
        (Ok(provider), Ok(settings)) => (provider, settings),
        (provider, parsed) => {
            let mut faults = parsed.err().unwrap_or_default();
            if provider.is_err() {
                faults.add("provider", &page.t("fault-choice"));
            }
            return Ok(render(&NewHook { page, typed, faults })?.into_response());
        }
    };
    let mut tx = app.db.begin().await?;
    let id = hooks::add(&mut tx, &app.key, provider, &settings).await.map_err(Error::internal)?;
    let details = json!({ "name": settings.name, "provider": provider });
    audit::record(&mut *tx, session.user.id, "hook.created", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("webhooks-in-created").with("name", &settings.name);
    Ok(session.redirect(&app, &format!("/webhooks-in/{id}"), "success", text).await?.into_response())
}

pub(crate) async fn edit(State(app): State<App>, page: Page, Path(id): Path<HookId>) -> Result<Html<String>> {
    let hook = hooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let typed = Typed::stored(&hook.settings);
    render(&EditHook::new(&app, page, hook, typed, Faults::default())?)
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<HookId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let hook = hooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let settings = match typed.parse(&page, hook.provider) {
        Ok(settings) => settings,
        Err(faults) => {
            return Ok(render(&EditHook::new(&app, page, hook, typed, faults)?)?.into_response());
        }
    };
    // Tokens are ours: nobody types them.
    let key = typed.credential.trim();
    let key = (hook.provider.proof() == Proof::Key && !key.is_empty()).then_some(key);
    let mut tx = app.db.begin().await?;
    hooks::change(&mut tx, &app.key, id, &settings, key).await.map_err(Error::internal)?;
    let details = json!({ "name": settings.name, "enabled": settings.enabled, "key": key.is_some() });
    audit::record(&mut *tx, session.user.id, "hook.changed", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("webhooks-in-saved").with("name", &settings.name);
    Ok(session.redirect(&app, "/webhooks-in", "success", text).await?.into_response())
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<HookId>,
) -> Result<Html<String>> {
    let hook = hooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    Confirm {
        title: page.t("webhooks-in-delete-title").with("name", &hook.settings.name),
        text: page.t("webhooks-in-delete-text"),
        action: format!("/webhooks-in/{id}/delete"),
        button: page.t("webhooks-in-delete"),
        is_danger: true,
        back: format!("/webhooks-in/{id}"),
        page,
    }
    .show()
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<HookId>,
) -> Result<Response> {
    let hook = hooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    hooks::delete(&mut *tx, id).await?;
    let details = json!({ "name": hook.settings.name });
    audit::record(&mut *tx, session.user.id, "hook.deleted", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("webhooks-in-deleted");
    Ok(session.redirect(&app, "/webhooks-in", "success", text).await?.into_response())
}
