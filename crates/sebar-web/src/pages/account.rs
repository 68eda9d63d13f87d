//! One's own account: name, language, time zone, theme, password.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use chrono_tz::{TZ_VARIANTS, Tz};
use sebar_domain::Language;
use sebar_store::{sessions, users};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line, check_password};
use crate::foundation::page::{LANGUAGE_COOKIE, Page, render};
use crate::foundation::session::{ClientNetwork, Session};
use crate::foundation::{password, session};

use super::login::GUESSES;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    language: String,
    time_zone: String,
    theme: String,
}

#[derive(Template)]
#[template(path = "account/account.html")]
struct Account {
    page: Page,
    typed: Typed,
    faults: Faults,
    zones: &'static [Tz],
}

impl Account {
    fn new(page: Page, typed: Typed, faults: Faults) -> Self {
        Self { page, typed, faults, zones: &TZ_VARIANTS }
    }

    fn stored(page: Page, session: &Session, faults: Faults) -> Self {
        let user = &session.user;
        let typed = Typed {
            name: user.name.clone(),
            language: user.language.map(Language::as_str).unwrap_or_default().to_owned(),
            time_zone: user.time_zone.clone(),
            theme: user.theme.clone(),
        };
        Self::new(page, typed, faults)
    }
}

pub(crate) async fn page(page: Page, session: Session) -> Result<Response> {
    Ok(render(&Account::stored(page, &session, Faults::default()))?.into_response())
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    check_line(&page, &mut faults, "name", &typed.name, 100);
    if typed.time_zone.parse::<Tz>().is_err() {
        faults.add("time_zone", &page.t("fault-choice"));
    }
    if !is_theme(&typed.theme) {
        faults.add("theme", &page.t("fault-choice"));
    }
    if !faults.is_empty() {
        return Ok(render(&Account::new(page, typed, faults))?.into_response());
    }
    let language = typed.language.parse().ok();
    users::set_preferences(
        &app.db,
        session.user.id,
        typed.name.trim(),
        language,
        &typed.time_zone,
        &typed.theme,
    )
    .await?;
    let text = crate::foundation::i18n::Text::new(language.unwrap_or(page.language()), "account-saved");
    Ok(session.redirect(&app, "/account", "success", text).await?.into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewPassword {
    current: String,
    new: String,
}

pub(crate) async fn change_password(
    State(app): State<App>,
    page: Page,
    session: Session,
    ClientNetwork(network): ClientNetwork,
    Form(typed): Form<NewPassword>,
) -> Result<Response> {
    let mut faults = Faults::default();
    // Whoever finds a browser that is logged in must not find out the password.
    let whose = format!("user:{}", session.user.id);
    let Some(guess) = sessions::guess(&app.db, &whose, &format!("ip:{network}"), GUESSES).await? else {
        faults.add("current", &page.t("login-too-often"));
        let html = render(&Account::stored(page, &session, faults))?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, html).into_response());
    };
    let hash = users::password_hash(&app.db, session.user.id).await?;
    if typed.current.len() > password::MAX_LENGTH || !password::verify(typed.current, hash).await? {
        faults.add("current", &page.t("account-password-wrong"));
    } else {
        sessions::was_right(&app.db, &guess).await?;
    }
    check_password(&page, &mut faults, "new", &typed.new);
    if !faults.is_empty() {
        return Ok(render(&Account::stored(page, &session, faults))?.into_response());
    }
    let hash = password::hash(typed.new).await?;
    let mut tx = app.db.begin().await?;
    users::set_password(&mut *tx, session.user.id, &hash).await?;
    sessions::delete_others(&mut *tx, session.user.id, Some(&session.key)).await?;
    tx.commit().await?;
    Ok(session
        .redirect(&app, "/account", "success", page.t("account-password-changed"))
        .await?
        .into_response())
}

#[derive(Deserialize)]
pub(crate) struct ChosenLanguage {
    language: Language,
}

/// The switch in the menu and on the login page.
pub(crate) async fn set_language(
    State(app): State<App>,
    page: Page,
    jar: CookieJar,
    headers: HeaderMap,
    Form(chosen): Form<ChosenLanguage>,
) -> Result<Response> {
    if let Some(user) = page.user() {
        users::set_language(&app.db, user.id, chosen.language).await?;
    }
    let cookie = session::cookie(&app, LANGUAGE_COOKIE, chosen.language.as_str().to_owned());
    Ok((jar.add(cookie), back(&headers)).into_response())
}

#[derive(Deserialize)]
pub(crate) struct ChosenTheme {
    theme: String,
}

/// The switch in the menu.
pub(crate) async fn set_theme(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Form(chosen): Form<ChosenTheme>,
) -> Result<Redirect> {
    if !is_theme(&chosen.theme) {
        return Err(Error::BadRequest);
    }
    users::set_theme(&app.db, session.user.id, &chosen.theme).await?;
    Ok(back(&headers))
}

fn is_theme(theme: &str) -> bool {
    matches!(theme, "auto" | "light" | "dark")
}

/// Back to the page on which the switch was used. Only its path counts: it is always our own.
fn back(headers: &HeaderMap) -> Redirect {
    let path = headers
        .get("referer")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| url::Url::parse(value).ok())
        .map(|url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        })
        .filter(|path| !path.starts_with("//"));
    Redirect::to(path.as_deref().unwrap_or("/"))
}
