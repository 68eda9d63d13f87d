//! Adding and changing a contact.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{Html, IntoResponse as _, Response};
use chrono_tz::{TZ_VARIANTS, Tz};
use sebar_domain::ContactEvent;
use sebar_domain::id::ContactId;
use sebar_store::contact_events::{self, Cause};
use sebar_store::contacts::{self, Contact, Saved};
use sebar_store::lists::{self, List};
use sebar_store::{audit, suppressions};
use serde::Deserialize;
use serde_json::json;

use super::form::Typed;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

#[derive(Template)]
#[template(path = "contacts/form.html")]
struct ContactForm {
    page: Page,
    /// The stored contact; `None` for a new one.
    contact: Option<Contact>,
    typed: Typed,
    faults: Faults,
    lists: Vec<List>,
    zones: &'static [Tz],
    /// The contact that has the typed address already.
    other: Option<ContactId>,
}

impl ContactForm {
    async fn new(
        app: &App,
        page: Page,
        contact: Option<Contact>,
        typed: Typed,
        faults: Faults,
    ) -> Result<Self> {
        let lists = lists::all(&app.db).await?;
        let typed = typed.with_spare_rows();
        Ok(Self { page, contact, typed, faults, lists, zones: &TZ_VARIANTS, other: None })
    }

    /// The fields by which faults of a row are known.
    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn attribute_field(&self, n: impl std::fmt::Display) -> String {
        format!("attribute-{n}")
    }

    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn value_field(&self, n: impl std::fmt::Display) -> String {
        format!("value-{n}")
    }

    /// The same with the fault that the address belongs to somebody else.
    async fn taken(app: &App, page: Page, contact: Option<Contact>, typed: Typed) -> Result<Response> {
        let mut faults = Faults::default();
        faults.add("email", &page.t("contacts-fault-taken"));
        let other = contacts::find_by_email(&app.db, typed.email.trim()).await?.map(|other| other.id);
        let form = Self { other, ..Self::new(app, page, contact, typed, faults).await? };
        Ok(render(&form)?.into_response())
    }
}

/// A new contact may begin in a list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Begin {
    list: String,
}

pub(crate) async fn new(
    State(app): State<App>,
    page: Page,
    Query(begin): Query<Begin>,
) -> Result<Html<String>> {
    let typed = Typed { lists: begin.list.parse().into_iter().collect(), ..Typed::default() };
    render(&ContactForm::new(&app, page, None, typed, Faults::default()).await?)
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let typed = Typed::from_pairs(pairs);
    if typed.wants_rows {
        return Ok(
            render(&ContactForm::new(&app, page, None, typed, Faults::default()).await?)?.into_response()
        );
    }
    let parsed = match typed.parse(&page, None) {
        Ok(parsed) => parsed,
        Err(faults) => {
            return Ok(render(&ContactForm::new(&app, page, None, typed, faults).await?)?.into_response());
        }
    };
    let data = parsed.data();
    let mut tx = app.db.begin().await?;
    let Some(id) = contacts::create(&mut tx, &data, session.user.id).await? else {
        drop(tx);
        return ContactForm::taken(&app, page, None, typed).await;
    };
    lists::set_of_contact(&mut tx, id, &typed.lists, session.user.id).await?;
    let suppressed = suppressions::is_suppressed(&mut *tx, data.email.as_str()).await?;
    audit::record(&mut *tx, session.user.id, "contact.created", &id.to_string(), json!({})).await?;
    tx.commit().await?;
    let (kind, key) =
        if suppressed { ("info", "contacts-created-suppressed") } else { ("success", "contacts-created") };
    let text = page.t(key).with("name", data.email.as_str());
    Ok(session.redirect(&app, &format!("/contacts/{id}"), kind, text).await?.into_response())
}

pub(crate) async fn edit(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ContactId>,
) -> Result<Html<String>> {
    let contact = contacts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let typed = Typed::stored(&page, &contact, lists::of_contact(&app.db, id).await?);
    render(&ContactForm::new(&app, page, Some(contact), typed, Faults::default()).await?)
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<ContactId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let contact = contacts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let typed = Typed::from_pairs(pairs);
    let parsed = match typed.parse(&page, Some(&contact)) {
        Ok(parsed) if !typed.wants_rows => parsed,
        outcome => {
            let faults = if typed.wants_rows { Faults::default() } else { outcome.err().unwrap_or_default() };
            let form = ContactForm::new(&app, page, Some(contact), typed, faults).await?;
            return Ok(render(&form)?.into_response());
        }
    };
    let data = parsed.data();
    let changed = contacts::changes(&contact, &data);
    let mut tx = app.db.begin().await?;
    if !changed.is_empty() {
        match contacts::update(&mut *tx, id, &data).await? {
            Saved::Done => {}
            Saved::Gone => return Err(Error::NotFound),
            Saved::EmailTaken => {
                drop(tx);
                return ContactForm::taken(&app, page, Some(contact), typed).await;
            }
        }
        let mut details = json!({ "fields": changed });
        if contact.email != data.email.as_str() {
            details["email_before"] = contact.email.as_str().into();
        }
        let by = Cause::User(session.user.id);
        contact_events::record(&mut *tx, &[id], ContactEvent::Edited, by, details.clone()).await?;
        audit::record(&mut *tx, session.user.id, "contact.edited", &id.to_string(), details).await?;
    }
    lists::set_of_contact(&mut tx, id, &typed.lists, session.user.id).await?;
    tx.commit().await?;
    let text = page.t("contacts-saved");
    Ok(session.redirect(&app, &format!("/contacts/{id}"), "success", text).await?.into_response())
}
