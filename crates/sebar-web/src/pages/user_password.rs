//! A new password for a colleague who has forgotten theirs.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use sebar_domain::id::UserId;
use sebar_store::users::User;
use sebar_store::{audit, sessions, users};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_password};
use crate::foundation::page::{Page, render};
use crate::foundation::password;
use crate::foundation::session::Session;

#[derive(Template)]
#[template(path = "settings/user_password.html")]
struct NewPassword {
    page: Page,
    user: User,
    faults: Faults,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    password: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<UserId>,
) -> Result<Response> {
    if id == session.user.id {
        return Ok(own());
    }
    let user = users::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    Ok(render(&NewPassword { page, user, faults: Faults::default() })?.into_response())
}

/// One's own password is changed where the present one is asked for: a browser left open must not do.
fn own() -> Response {
    Redirect::to("/account").into_response()
}

/// Stores it and ends the user's sessions: who had got hold of one is out.
pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<UserId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    if id == session.user.id {
        return Ok(own());
    }
    let user = users::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let mut faults = Faults::default();
    check_password(&page, &mut faults, "password", &typed.password);
    if !faults.is_empty() {
        return Ok(render(&NewPassword { page, user, faults })?.into_response());
    }
    let hash = password::hash(typed.password).await?;
    let mut tx = app.db.begin().await?;
    users::set_password(&mut *tx, id, &hash).await?;
    sessions::delete_others(&mut *tx, id, None).await?;
    audit::record(&mut *tx, session.user.id, "user.password_reset", &id.to_string(), serde_json::json!({}))
        .await?;
    tx.commit().await?;
    let text = page.t("users-password-reset").with("name", &user.name);
    Ok(session.redirect(&app, "/settings/users", "success", text).await?.into_response())
}
