//! Who may log in, and what they may do.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use sebar_domain::Role;
use sebar_domain::id::UserId;
use sebar_store::audit;
use sebar_store::users::{self, NewUser, User};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_address, check_line, check_password};
use crate::foundation::page::{Page, render};
use crate::foundation::password;
use crate::foundation::session::Session;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    name: String,
    email: String,
    password: String,
    role: String,
}

#[derive(Template)]
#[template(path = "settings/users.html")]
struct Users {
    page: Page,
    me: UserId,
    users: Vec<User>,
    typed: Typed,
    faults: Faults,
    roles: &'static [Role],
}

async fn show(app: &App, page: Page, me: UserId, typed: Typed, faults: Faults) -> Result<Response> {
    let users = users::all(&app.db).await?;
    Ok(render(&Users { page, me, users, typed, faults, roles: Role::ALL })?.into_response())
}

pub(crate) async fn page(State(app): State<App>, page: Page, session: Session) -> Result<Response> {
    let typed = Typed { role: Role::Editor.as_str().to_owned(), ..Typed::default() };
    show(&app, page, session.user.id, typed, Faults::default()).await
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    check_line(&page, &mut faults, "name", &typed.name, 100);
    let email = check_address(&page, &mut faults, "email", &typed.email);
    check_password(&page, &mut faults, "password", &typed.password);
    let role = typed.role.parse::<Role>();
    if role.is_err() {
        faults.add("role", &page.t("fault-choice"));
    }
    let (Some(email), Ok(role), true) = (email, role, faults.is_empty()) else {
        return show(&app, page, session.user.id, typed, faults).await;
    };
    let password_hash = password::hash(typed.password.clone()).await?;
    let user = NewUser {
        email: email.as_str(),
        name: typed.name.trim(),
        password_hash: &password_hash,
        role,
        language: None,
        time_zone: page.zone().name(),
    };
    let mut tx = app.db.begin().await?;
    let Some(id) = users::create(&mut *tx, &user).await? else {
        faults.add("email", &page.t("users-email-taken"));
        drop(tx);
        return show(&app, page, session.user.id, typed, faults).await;
    };
    let details = serde_json::json!({ "role": role });
    audit::record(&mut *tx, session.user.id, "user.created", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("users-created").with("name", typed.name.trim());
    Ok(session.redirect(&app, "/settings/users", "success", text).await?.into_response())
}

#[derive(Deserialize)]
pub(crate) struct Change {
    role: Role,
    #[serde(default)]
    disabled: bool,
}

pub(crate) async fn change(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<UserId>,
    Form(change): Form<Change>,
) -> Result<Response> {
    let user = users::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut tx = app.db.begin().await?;
    if !users::set_access(&mut tx, id, change.role, change.disabled).await? {
        let text = page.t("users-last-owner");
        drop(tx);
        return Ok(session.redirect(&app, "/settings/users", "error", text).await?.into_response());
    }
    let details = serde_json::json!({ "role": change.role, "disabled": change.disabled });
    audit::record(&mut *tx, session.user.id, "user.changed", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("users-changed").with("name", &user.name);
    Ok(session.redirect(&app, "/settings/users", "success", text).await?.into_response())
}
