//! The very first page: makes the owner.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use sebar_domain::Role;
use sebar_store::settings;
use sebar_store::users::{self, NewUser};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::{Faults, check_address, check_line, check_password};
use crate::foundation::page::{Page, render};
use crate::foundation::{password, session};

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    company: String,
    name: String,
    email: String,
    password: String,
    time_zone: String,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    page: Page,
    typed: Typed,
    faults: Faults,
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    if app.is_set_up().await? {
        return Ok(Redirect::to("/login").into_response());
    }
    Ok(render(&Setup { page, typed: Typed::default(), faults: Faults::default() })?.into_response())
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    jar: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    if app.is_set_up().await? {
        return Ok(Redirect::to("/login").into_response());
    }
    let mut faults = Faults::default();
    for (field, value) in [("company", &typed.company), ("name", &typed.name)] {
        check_line(&page, &mut faults, field, value, 100);
    }
    let email = check_address(&page, &mut faults, "email", &typed.email);
    check_password(&page, &mut faults, "password", &typed.password);
    // The browser's own zone, filled in by a script; UTC without one.
    let time_zone = typed.time_zone.parse::<chrono_tz::Tz>().unwrap_or(chrono_tz::UTC).name();
    let (Some(email), true) = (email, faults.is_empty()) else {
        return Ok(render(&Setup { page, typed, faults })?.into_response());
    };

    let password_hash = password::hash(typed.password).await?;
    let owner = NewUser {
        email: email.as_str(),
        name: typed.name.trim(),
        password_hash: &password_hash,
        role: Role::Owner,
        language: Some(page.language()),
        time_zone,
    };
    let mut tx = app.db.begin().await?;
    let Some(id) = users::create_first(&mut tx, &owner).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    let mut company = settings::get(&mut *tx).await?;
    typed.company.trim().clone_into(&mut company.company);
    typed.company.trim().clone_into(&mut company.from_name);
    email.as_str().clone_into(&mut company.from_email);
    time_zone.clone_into(&mut company.time_zone);
    settings::set(&mut *tx, &company).await?;
    tx.commit().await?;
    let Some(cookie) = session::begin(&app, id, &password_hash).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    Ok((jar.add(cookie), Redirect::to("/")).into_response())
}
