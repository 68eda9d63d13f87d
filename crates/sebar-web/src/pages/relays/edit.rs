//! Adding and changing a relay.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::Authentication;
use sebar_domain::id::RelayId;
use sebar_store::audit;
use sebar_store::relays::{self, Relay, RelayError, Secret};
use serde::Deserialize;
use serde_json::json;

use super::form::Typed;
use super::presets::{self, PRESETS, Preset};
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
    let settings = match typed.parse(&page, false) {
        Ok(settings) => settings,
        Err(faults) => return Ok(render(&RelayForm { page, relay: None, typed, faults })?.into_response()),
    };
    let password = (settings.authentication == Authentication::Password).then_some(typed.password.as_str());
    let mut tx = app.db.begin().await?;
    let id = match relays::create(&mut tx, &app.key, &settings, password).await {
        Ok(id) => id,
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
    let typed = Typed::stored(&relay);
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
    // A password is bound to the host that it was entered for: it must not be led to another one.
    let same_place =
        relay.settings.host == typed.host.trim() && relay.settings.username == typed.username.trim();
    let settings = match typed.parse(&page, relay.has_secret && same_place) {
        Ok(settings) => settings,
        Err(faults) => {
            return Ok(render(&RelayForm { page, relay: Some(relay), typed, faults })?.into_response());
        }
    };
    let secret = match settings.authentication {
        Authentication::None => Secret::Clear,
        Authentication::Password if typed.password.is_empty() => Secret::Keep,
        Authentication::Password => Secret::Set(&typed.password),
    };
    let mut tx = app.db.begin().await?;
    match relays::update(&mut tx, &app.key, id, &settings, secret).await {
        Ok(true) => {}
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
