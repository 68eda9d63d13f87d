//! Login and logout.

use std::time::Duration;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use sebar_store::sessions::{self, GuessLimits};
use sebar_store::users;
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::{ClientNetwork, Session};
use crate::foundation::{password, session};

/// How many guesses at passwords are let through: at one account, and from one network at any.
pub(super) const GUESSES: GuessLimits = GuessLimits { window: Duration::from_mins(15), whose: 8, from: 40 };

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    email: String,
    password: String,
    next: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    page: Page,
    typed: Typed,
    faults: Faults,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Next {
    next: String,
}

pub(crate) async fn page(State(app): State<App>, page: Page, Query(query): Query<Next>) -> Result<Response> {
    if !app.is_set_up().await? {
        return Ok(Redirect::to("/setup").into_response());
    }
    if page.user().is_some() {
        return Ok(Redirect::to(own_path(&query.next)).into_response());
    }
    let typed = Typed { next: query.next, ..Typed::default() };
    Ok(render(&Login { page, typed, faults: Faults::default() })?.into_response())
}

pub(crate) async fn log_in(
    State(app): State<App>,
    page: Page,
    ClientNetwork(network): ClientNetwork,
    jar: CookieJar,
    Form(mut typed): Form<Typed>,
) -> Result<Response> {
    let email = format!("email:{}", typed.email.trim().to_lowercase());
    let network = format!("ip:{network}");
    let Some(guess) = sessions::guess(&app.db, &email, &network, GUESSES).await? else {
        let html = refuse(page, typed, "login-too-often")?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, html).into_response());
    };

    let known = users::login(&app.db, typed.email.trim()).await?;
    let (id, hash) = known.unzip();
    let password = std::mem::take(&mut typed.password);
    if password.len() > password::MAX_LENGTH || !password::verify(password, hash.clone()).await? {
        let html = refuse(page, typed, "login-wrong")?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html).into_response());
    }
    sessions::was_right(&app.db, &guess).await?;
    sessions::clean(&app.db).await?;
    // A verified password has a user.
    let (Some(id), Some(hash)) = (id, hash) else { return Ok(Redirect::to("/login").into_response()) };
    let Some(cookie) = session::begin(&app, id, &hash).await? else {
        let html = refuse(page, typed, "login-wrong")?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, html).into_response());
    };
    Ok((jar.add(cookie), Redirect::to(own_path(&typed.next))).into_response())
}

fn refuse(page: Page, typed: Typed, key: &str) -> Result<Html<String>> {
    let mut faults = Faults::default();
    faults.add("password", &page.t(key));
    render(&Login { page, typed, faults })
}

pub(crate) async fn log_out(State(app): State<App>, session: Session, jar: CookieJar) -> Result<Response> {
    let gone = session::end(&app, &session).await?;
    Ok((jar.add(gone), Redirect::to("/login")).into_response())
}

/// A path of ours to go to, or Home: never another site (`//evil.example`, `/\evil.example`).
fn own_path(path: &str) -> &str {
    let own = path.starts_with('/')
        && !path[1..].starts_with(['/', '\\'])
        && !path.contains(|c: char| c.is_control() || c == '\\');
    if own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn after_login_one_stays_on_this_site() {
        assert_eq!(own_path("/campaigns?state=draft"), "/campaigns?state=draft");
        for path in
            ["", "https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/a\r\nb"]
        {
            assert_eq!(own_path(path), "/", "{path:?}");
        }
    }
}
