//! One action on several contacts, chosen in the list.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use sebar_domain::Address;
use sebar_domain::id::{ContactId, ListId};
use sebar_store::{audit, contacts, lists, suppressions};
use serde_json::json;

use super::ask::Ask;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::Page;
use crate::foundation::session::Session;

/// More than the list shows on a page cannot be chosen in it.
const MOST: usize = 1000;

#[derive(Default)]
struct Chosen {
    ids: Vec<ContactId>,
    action: String,
    list: Option<ListId>,
    back: String,
    sure: bool,
}

impl Chosen {
    fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self> {
        let mut chosen = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "id" => chosen.ids.push(value.parse().map_err(|_| Error::BadRequest)?),
                "action" => chosen.action = value,
                "list" => chosen.list = value.parse().ok(),
                "back" => chosen.back = value,
                "sure" => chosen.sure = true,
                _ => {}
            }
        }
        if chosen.ids.len() > MOST {
            return Err(Error::TooLarge);
        }
        // Only back to a list of contacts of ours.
        let path = chosen.back.split('?').next().unwrap_or_default();
        if path != "/contacts" && path.strip_prefix("/lists/").is_none_or(|id| id.parse::<ListId>().is_err())
        {
            chosen.back = "/contacts".to_owned();
        }
        Ok(chosen)
    }
}

pub(crate) async fn act(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response> {
    let chosen = Chosen::from_pairs(pairs)?;
    let found = contacts::existing(&app.db, &chosen.ids).await?;
    if found.is_empty() {
        let text = page.t("contacts-many-none");
        return Ok(session.redirect(&app, &chosen.back, "info", text).await?.into_response());
    }
    let action = chosen.action.as_str();
    match action {
        "add" | "remove" => change_list(&app, &page, &session, &chosen, &found).await,
        "unsubscribe" | "suppress" | "delete" if !chosen.sure => {
            let n = found.len();
            let text = |part: &str| page.t(&format!("contacts-many-{action}-{part}")).with("n", n);
            let (title, what, button) = (text("title"), text("text"), text("button"));
            let mut ask =
                Ask::new(page.clone(), title, what, "/contacts/many".to_owned(), button, chosen.back.clone());
            ask.danger = action == "delete";
            if ask.danger {
                ask.more.push(page.t("contacts-delete-archive"));
            }
            ask.repeat = found.iter().map(|(id, _)| ("id", id.to_string())).collect();
            ask.repeat.extend([
                ("action", action.to_owned()),
                ("back", chosen.back.clone()),
                ("sure", "yes".to_owned()),
            ]);
            ask.into_response()
        }
        "unsubscribe" | "suppress" | "delete" => change(&app, &page, &session, &chosen, &found).await,
        _ => Err(Error::BadRequest),
    }
}

async fn change_list(
    app: &App,
    page: &Page,
    session: &Session,
    chosen: &Chosen,
    found: &[(ContactId, String)],
) -> Result<Response> {
    let Some(id) = chosen.list else {
        let text = page.t("contacts-many-no-list");
        return Ok(session.redirect(app, &chosen.back, "info", text).await?.into_response());
    };
    let list = lists::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let ids: Vec<ContactId> = found.iter().map(|(id, _)| *id).collect();
    let mut tx = app.db.begin().await?;
    let (n, key, action) = if chosen.action == "add" {
        let n = lists::add(&mut tx, &list, &ids, session.user.id).await?;
        (n, "contacts-many-add-done", "list.contacts_added")
    } else {
        let n = lists::remove(&mut tx, &list, &ids, session.user.id).await?;
        (n, "contacts-many-remove-done", "list.contacts_removed")
    };
    audit::record(&mut *tx, session.user.id, action, &id.to_string(), json!({ "contacts": n })).await?;
    tx.commit().await?;
    let text = page.t(key).with("n", n).with("list", &list.name);
    Ok(session.redirect(app, &chosen.back, "success", text).await?.into_response())
}

async fn change(
    app: &App,
    page: &Page,
    session: &Session,
    chosen: &Chosen,
    found: &[(ContactId, String)],
) -> Result<Response> {
    let ids: Vec<ContactId> = found.iter().map(|(id, _)| *id).collect();
    let user = session.user.id;
    let mut tx = app.db.begin().await?;
    let (n, action) = match chosen.action.as_str() {
        "unsubscribe" => (contacts::unsubscribe(&mut tx, &ids, user, "").await?, "contacts.unsubscribed"),
        "suppress" => {
            let addresses: Vec<Address> = found.iter().filter_map(|(_, email)| email.parse().ok()).collect();
            let added = suppressions::add(&mut tx, &addresses, "", user).await?;
            (added.len() as u64, "suppressions.added")
        }
        _ => (contacts::delete(&mut tx, &ids).await?, "contacts.deleted"),
    };
    let emails: Vec<&str> = found.iter().map(|(_, email)| email.as_str()).collect();
    audit::record(&mut *tx, user, action, "contacts", json!({ "contacts": n, "emails": emails })).await?;
    tx.commit().await?;
    let text = page.t(&format!("contacts-many-{}-done", chosen.action)).with("n", n);
    Ok(session.redirect(app, &chosen.back, "success", text).await?.into_response())
}
