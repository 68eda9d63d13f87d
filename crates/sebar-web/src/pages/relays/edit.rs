//! Adding and changing a relay.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::Authentication;
use sebar_domain::id::RelayId;
use sebar_store::audit;
use sebar_store::relays::{self, OAuth, Relay, RelayError, Secret};
use serde::Deserialize;
use serde_json::json;
use sqlx::PgConnection;

use super::form::{Parsed, Stored, Typed};
use super::presets::{self, PRESETS, Preset};
use super::warm_up::Curve;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

#[derive(Template)]
#[template(path = "relays/choose.html")]
struct Choose {
    page: Page,
    presets: &'static [Preset],
}

#[derive(Template)]
#[template(path = "relays/form.html")]
struct RelayForm {
    page: Page,
    /// The stored relay; `None` for a new one.
    relay: Option<Relay>,
    typed: Typed,
    faults: Faults,
}

impl RelayForm {
    /// The curve of the stored plan.
    fn curve(&self) -> Option<Curve> {
        let plan = self.relay.as_ref()?.settings.warm_up?;
        Some(Curve::of(&plan, self.page.now()))
    }

    /// What stands under fields of secrets.
    fn secret_hint(&self) -> &'static str {
        if self.relay.as_ref().is_some_and(|relay| relay.oauth.is_some()) {
            "relays-secret-keep"
        } else {
            "relays-password-hint"
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Begin {
    preset: String,
}

/// First the provider, then the form.
pub(crate) async fn new(page: Page, Query(begin): Query<Begin>) -> Result<Html<String>> {
    if begin.preset.is_empty() {
        return render(&Choose { page, presets: PRESETS });
    }
    let typed = Typed::preset(&page, presets::find(&begin.preset));
    render(&RelayForm { page, relay: None, typed, faults: Faults::default() })
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let parsed = match typed.parse(&page, Stored::default()) {
        Ok(parsed) => parsed,
        Err(faults) => return Ok(render(&RelayForm { page, relay: None, typed, faults })?.into_response()),
    };
    let settings = &parsed.settings;
    let secret = match settings.authentication {
        Authentication::None => None,
        Authentication::Password => Some(typed.password.as_str()),
        Authentication::OAuth2 => Some(typed.refresh_token.trim()),
    };
    let mut tx = app.db.begin().await?;
    let id = match relays::create(&mut tx, &app.key, settings, secret).await {
        Ok(id) => {
            set_oauth(&app, &mut tx, id, &parsed, &typed, Stored::default()).await?;
            id
        }
        Err(RelayError::NameTaken) => {
            return name_taken(page, None, typed);
        }
        Err(fault) => return Err(Error::internal(fault)),
    };
    let details = json!({ "name": settings.name, "host": settings.host });
    audit::record(&mut *tx, session.user.id, "relay.created", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("relays-created").with("name", &settings.name);
    let to = format!("/relays/{id}/test");
    Ok(session.redirect(&app, &to, "success", text).await?.into_response())
}

/// Stores where access tokens are had; nowhere, for a relay that is logged in to otherwise.
async fn set_oauth(
    app: &App,
    tx: &mut PgConnection,
    id: RelayId,
    parsed: &Parsed,
    typed: &Typed,
    stored: Stored,
) -> Result<()> {
    let nowhere = OAuth {
        token_url: String::new(),
        scope: String::new(),
        client_id: String::new(),
        has_client_secret: false,
    };
    let client_secret = match &parsed.oauth {
        Some(_) if !typed.client_secret.trim().is_empty() => Secret::Set(typed.client_secret.trim()),
        Some(_) if stored.client_secret => Secret::Keep,
        _ => Secret::Clear,
    };
    let oauth = parsed.oauth.as_ref().unwrap_or(&nowhere);
    relays::set_oauth(tx, &app.key, id, oauth, client_secret).await.map_err(Error::internal)?;
    Ok(())
}

fn name_taken(page: Page, relay: Option<Relay>, typed: Typed) -> Result<Response> {
    let mut faults = Faults::default();
    faults.add("name", &page.t("relays-fault-name-taken"));
    Ok(render(&RelayForm { page, relay, typed, faults })?.into_response())
}

pub(crate) async fn edit(
    State(app): State<App>,
    page: Page,
    Path(id): Path<RelayId>,
) -> Result<Html<String>> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let typed = Typed::stored(&page, &relay);
    render(&RelayForm { page, relay: Some(relay), typed, faults: Faults::default() })
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RelayId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let relay = relays::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let stored = typed.still_good(&relay);
    let parsed = match typed.parse(&page, stored) {
        Ok(parsed) => parsed,
        Err(faults) => {
            return Ok(render(&RelayForm { page, relay: Some(relay), typed, faults })?.into_response());
        }
    };
    let settings = &parsed.settings;
    let entered = match settings.authentication {
        Authentication::None => None,
        Authentication::Password => Some(typed.password.as_str()),
        Authentication::OAuth2 => Some(typed.refresh_token.trim()),
    };
    let secret = match entered {
        None => Secret::Clear,
        Some("") => Secret::Keep,
        Some(entered) => Secret::Set(entered),
    };
    let mut tx = app.db.begin().await?;
    match relays::update(&mut tx, &app.key, id, settings, secret).await {
        Ok(true) => set_oauth(&app, &mut tx, id, &parsed, &typed, stored).await?,
        Ok(false) => return Err(Error::NotFound),
        Err(RelayError::NameTaken) => return name_taken(page, Some(relay), typed),
        Err(fault) => return Err(Error::internal(fault)),
    }
    let details = json!({ "name": settings.name, "host": settings.host });
    audit::record(&mut *tx, session.user.id, "relay.changed", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("relays-saved").with("name", &settings.name);
    Ok(session.redirect(&app, "/relays", "success", text).await?.into_response())
}
