//! Whether one contact is mailed, and deleting it: each asked first, each recorded.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::ContactId;
use sebar_domain::{Address, SuppressionReason};
use sebar_store::contacts::{self, Contact};
use sebar_store::{audit, suppressions};
use serde_json::json;

use super::ask::{Ask, Typed};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::Page;
use crate::foundation::session::Session;

/// What can be done with a contact's consent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Unsubscribe,
    Resubscribe,
    Suppress,
    Lift,
    Delete,
}

impl Change {
    /// The word in paths and translation keys.
    fn word(self) -> &'static str {
        match self {
            Self::Unsubscribe => "unsubscribe",
            Self::Resubscribe => "resubscribe",
            Self::Suppress => "suppress",
            Self::Lift => "lift",
            Self::Delete => "delete",
        }
    }
}

/// The question that belongs to a change.
async fn question(app: &App, page: Page, contact: &Contact, change: Change) -> Result<Ask> {
    let word = change.word();
    let back = format!("/contacts/{}", contact.id);
    let text = |part: &str| {
        page.t(&format!("contacts-{word}-{part}")).with("name", contact.label()).with("email", &contact.email)
    };
    let (title, what, button) = (text("title"), text("text"), text("button"));
    let mut ask = Ask::new(page.clone(), title, what, format!("{back}/{word}"), button, back);
    let note = page.t("contacts-ask-note");
    match change {
        Change::Unsubscribe | Change::Suppress => {
            ask.note = Some((note, true));
            ask.danger = false;
        }
        Change::Resubscribe | Change::Lift => {
            ask.note = Some((page.t("contacts-ask-how"), false));
            ask.promise = Some(page.t("contacts-ask-promise"));
            ask.danger = false;
            if change == Change::Lift
                && let Some(found) = suppressions::get(&app.db, &contact.email).await?
            {
                ask.more.push(lift_warning(&page, found.reason));
            }
        }
        Change::Delete => {
            ask.more.push(page.t("contacts-delete-archive"));
            if contact.unsubscribed_at.is_some() {
                ask.more.push(page.t("contacts-delete-unsubscribed"));
            }
        }
    }
    Ok(ask)
}

/// What lifting a suppression of this reason risks.
pub(crate) fn lift_warning(page: &Page, reason: SuppressionReason) -> crate::foundation::i18n::Text {
    page.t(&format!("suppressions-lift-{}", reason.as_str().replace('_', "-")))
}

async fn ask(app: &App, page: Page, id: ContactId, change: Change) -> Result<Html<String>> {
    let contact = contacts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    question(app, page, &contact, change).await?.show()
}

async fn answer(
    app: &App,
    page: Page,
    session: &Session,
    id: ContactId,
    change: Change,
    typed: Typed,
) -> Result<Response> {
    let contact = contacts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let note = match question(app, page.clone(), &contact, change).await?.answered(typed) {
        Ok(note) => note,
        Err(again) => return again.into_response(),
    };
    let user = session.user.id;
    let mut tx = app.db.begin().await?;
    let action = match change {
        Change::Unsubscribe => {
            contacts::unsubscribe(&mut tx, &[id], user, &note).await?;
            "contact.unsubscribed"
        }
        Change::Resubscribe => {
            contacts::resubscribe(&mut tx, id, user, &note).await?;
            "contact.resubscribed"
        }
        Change::Suppress => {
            let address: Address = contact.email.parse().map_err(Error::internal)?;
            suppressions::add(&mut tx, &[address], &note, user).await?;
            "suppression.added"
        }
        Change::Lift => {
            suppressions::lift(&mut tx, &contact.email, &note, user).await?;
            "suppression.lifted"
        }
        Change::Delete => {
            contacts::delete(&mut tx, &[id]).await?;
            "contact.deleted"
        }
    };
    let details = json!({ "email": contact.email, "note": note });
    audit::record(&mut *tx, user, action, &id.to_string(), details).await?;
    tx.commit().await?;
    let done = page.t(&format!("contacts-{}-done", change.word())).with("name", contact.label());
    let to = if change == Change::Delete { "/contacts".to_owned() } else { format!("/contacts/{id}") };
    Ok(session.redirect(app, &to, "success", done).await?.into_response())
}

macro_rules! handlers {
    ($($ask:ident, $answer:ident, $change:expr;)+) => {$(
        pub(crate) async fn $ask(
            State(app): State<App>,
            page: Page,
            Path(id): Path<ContactId>,
        ) -> Result<Html<String>> {
            ask(&app, page, id, $change).await
        }

        pub(crate) async fn $answer(
            State(app): State<App>,
            page: Page,
            session: Session,
            Path(id): Path<ContactId>,
            Form(typed): Form<Typed>,
        ) -> Result<Response> {
            answer(&app, page, &session, id, $change, typed).await
        }
    )+};
}

handlers! {
    ask_unsubscribe, unsubscribe, Change::Unsubscribe;
    ask_resubscribe, resubscribe, Change::Resubscribe;
    ask_suppress, suppress, Change::Suppress;
    ask_lift, lift, Change::Lift;
    ask_delete, delete, Change::Delete;
}
