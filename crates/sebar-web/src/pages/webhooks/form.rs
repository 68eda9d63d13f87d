//! What a user says of a webhook.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::EventKind;
use sebar_domain::id::WebhookId;
use sebar_store::audit;
use sebar_store::webhooks::{self, Settings};
use sebar_webhooks::{BadTarget, Targets, new_secret};
use serde_json::json;

use super::HERE;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

/// Longest address and description, in characters.
pub(crate) const URL_LIMIT: usize = 2000;
pub(crate) const DESCRIPTION_LIMIT: usize = 200;
/// What a new webhook is told of.
const USUAL: [EventKind; 6] = [
    EventKind::EmailSent,
    EventKind::EmailDelayed,
    EventKind::EmailFailed,
    EventKind::EmailBounced,
    EventKind::EmailComplained,
    EventKind::EmailSuppressed,
];
const FAMILIES: [&str; 3] = ["email", "contact", "campaign"];

#[derive(Template)]
#[template(path = "webhooks/form.html")]
struct WebhookForm {
    page: Page,
    /// The stored webhook; `None` for a new one.
    webhook: Option<WebhookId>,
    typed: Typed,
    faults: Faults,
    is_any_target: bool,
}

impl WebhookForm {
    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn families(&self) -> [&'static str; 3] {
        FAMILIES
    }

    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn kinds(&self, family: &str) -> Vec<EventKind> {
        EventKind::choices().filter(|kind| kind.family() == family).collect()
    }

    fn family(&self, family: &str) -> Text {
        self.page.t(&format!("webhooks-family-{family}"))
    }

    fn kind(&self, kind: &EventKind) -> Text {
        event_text(&self.page, *kind)
    }
}

/// What people call an event.
pub(super) fn event_text(page: &Page, kind: EventKind) -> Text {
    page.t(&format!("webhooks-event-{}", kind.as_str().replace(['.', '_'], "-")))
}

/// The fields as they were typed.
#[derive(Default)]
struct Typed {
    url: String,
    description: String,
    events: Vec<String>,
    campaigns: bool,
}

impl From<Vec<(String, String)>> for Typed {
    // Pairs, because a checkbox of the same name may come several times.
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (field, value) in pairs {
            match field.as_str() {
                "url" => typed.url = value,
                "description" => typed.description = value,
                "event" => typed.events.push(value),
                "campaigns" => typed.campaigns = true,
                _ => {}
            }
        }
        typed
    }
}

impl Typed {
    fn stored(of: &Settings) -> Self {
        Self {
            url: of.url.clone(),
            description: of.description.clone(),
            events: of.events.iter().map(ToString::to_string).collect(),
            campaigns: of.campaigns,
        }
    }

    fn has(&self, kind: &EventKind) -> bool {
        self.events.iter().any(|typed| typed == kind.as_str())
    }

    fn parse(&self, page: &Page, targets: Targets) -> std::result::Result<Settings, Faults> {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "url", &self.url, URL_LIMIT);
        if let Err(why) = targets.check(&self.url) {
            let key = match why {
                BadTarget::NoUrl => "webhooks-fault-url",
                BadTarget::NoTls => "webhooks-fault-tls",
                BadTarget::Credentials => "webhooks-fault-credentials",
                BadTarget::Private => "webhooks-fault-private",
            };
            faults.add("url", &page.t(key));
        }
        if self.description.chars().count() > DESCRIPTION_LIMIT {
            faults.add("description", &page.t("fault-too-long").with("n", DESCRIPTION_LIMIT));
        }
        let events: Vec<EventKind> = EventKind::choices().filter(|kind| self.has(kind)).collect();
        if events.is_empty() {
            faults.add("event", &page.t("webhooks-fault-events"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Settings {
            url: self.url.trim().to_owned(),
            description: self.description.trim().to_owned(),
            events,
            campaigns: self.campaigns,
        })
    }
}

fn show(
    app: &App,
    page: Page,
    webhook: Option<WebhookId>,
    typed: Typed,
    faults: Faults,
) -> Result<Html<String>> {
    let is_any_target = app.config.webhook_targets == Targets::Any;
    render(&WebhookForm { page, webhook, typed, faults, is_any_target })
}

pub(crate) async fn new(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let typed = Typed { events: USUAL.iter().map(ToString::to_string).collect(), ..Typed::default() };
    show(&app, page, None, typed, Faults::default())
}

pub(crate) async fn edit(
    State(app): State<App>,
    page: Page,
    Path(id): Path<WebhookId>,
) -> Result<Html<String>> {
    let webhook = webhooks::find(&app.db, id).await?.ok_or(Error::NotFound)?;
    show(&app, page, Some(id), Typed::stored(&webhook.settings), Faults::default())
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed::from(typed);
    let settings = match typed.parse(&page, app.config.webhook_targets) {
        Ok(settings) => settings,
        Err(faults) => return Ok(show(&app, page, None, typed, faults)?.into_response()),
    };
    let secret = new_secret().ok_or_else(|| Error::internal("the system gives no random numbers"))?;
    let mut tx = app.db.begin().await?;
    let id = webhooks::add(&mut tx, &app.key, &settings, &secret).await.map_err(Error::internal)?;
    let details = json!({ "url": settings.url });
    audit::record(&mut *tx, session.user.id, "webhook.created", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("webhooks-created");
    Ok(session.redirect(&app, &format!("{HERE}/{id}"), "success", text).await?.into_response())
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<WebhookId>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed::from(typed);
    let settings = match typed.parse(&page, app.config.webhook_targets) {
        Ok(settings) => settings,
        Err(faults) => return Ok(show(&app, page, Some(id), typed, faults)?.into_response()),
    };
    let mut tx = app.db.begin().await?;
    if !webhooks::change(&mut tx, id, &settings).await? {
        return Err(Error::NotFound);
    }
    let details = json!({ "url": settings.url });
    audit::record(&mut *tx, session.user.id, "webhook.changed", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("webhooks-saved");
    Ok(session.redirect(&app, &format!("{HERE}/{id}"), "success", text).await?.into_response())
}
