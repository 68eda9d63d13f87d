//! A test of the real thing: the mail as a chosen contact would get it, to a few chosen addresses.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use sebar_domain::id::{CampaignId, ContactId};
use sebar_domain::{Address, Stream};
use sebar_store::actor::Actor;
use sebar_store::audience::Person;
use sebar_store::campaigns::Campaign;
use sebar_store::{audience, audit, campaigns};
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::PgConnection;

use super::carriers::carriers;
use super::review::{Returned, Shown, show};
use super::start::freeze;
use super::{draft_of, path};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::Page;
use crate::foundation::session::Session;
use crate::pages::writing::content;

/// The most addresses of one test.
pub(crate) const MOST: usize = 10;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    addresses: String,
    contact: String,
}

/// The addresses, parted by commas, semicolons or white space.
fn read_addresses(page: &Page, faults: &mut Faults, typed: &str) -> Vec<Address> {
    let mut addresses = Vec::new();
    for word in typed.split([',', ';', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty()) {
        match word.parse::<Address>() {
            Ok(address) if addresses.contains(&address) => {}
            Ok(address) => addresses.push(address),
            Err(fault) => {
                let why = page.t(&format!("address-{fault}"));
                faults.add("addresses", &page.t("campaigns-test-bad").with("address", word).with("why", why));
            }
        }
    }
    if addresses.is_empty() {
        faults.add("addresses", &page.t("address-empty"));
    } else if addresses.len() > MOST {
        faults.add("addresses", &page.t("campaigns-test-many").with("n", MOST));
    }
    addresses
}

/// Queues a test of a campaign as it stands, as `person` would get it. `false`: it has a fault, or no relay
/// may send it.
pub(crate) async fn queue_test(
    app: &App,
    db: &mut PgConnection,
    campaign: &Campaign,
    addresses: &[Address],
    person: Option<Person>,
    by: impl Into<Actor>,
) -> Result<bool> {
    let from = campaign.from_email.trim().parse::<Address>().ok();
    let draft = draft_of(campaign);
    let compiled = from.clone().and_then(|from| {
        let reply_to = campaign.reply_to.trim().parse().ok();
        content(&draft, &campaign.from_name, from, reply_to, campaign.tracking).compile(0).ok()
    });
    let carriers = carriers(&mut *db, campaign, Stream::Test, from.as_ref()).await?;
    let has_relay = from.is_some_and(|from| !carriers.may_send_from(&from).is_empty());
    let (Some(compiled), true) = (compiled, has_relay) else { return Ok(false) };
    let mut keys = compiled.merge_keys();
    keys.push("name");
    let merge = match person {
        Some(person) => match person.merge {
            Value::Object(all) => all.into_iter().filter(|(key, _)| keys.contains(&key.as_str())).collect(),
            _ => Map::new(),
        },
        // Nobody is in the audience yet: the names of the variables stand for their values.
        None => keys.iter().map(|key| ((*key).to_owned(), Value::String(format!("[{key}]")))).collect(),
    };
    let frozen = freeze(app, db, campaign, &compiled).await?;
    campaigns::queue_tests(db, campaign.id, frozen, addresses, &Value::Object(merge)).await?;
    let names: Vec<&str> = addresses.iter().map(Address::as_str).collect();
    let details = serde_json::json!({ "addresses": names });
    audit::record(db, by, "campaign.tested", &campaign.id.to_string(), details).await?;
    Ok(true)
}

pub(crate) async fn send(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !campaign.state.is_editable() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    let mut faults = Faults::default();
    let addresses = read_addresses(&page, &mut faults, &typed.addresses);
    let contact = typed.contact.parse::<ContactId>().ok();
    let person = match contact {
        Some(contact) => audience::person(&mut *tx, contact).await?,
        None => None,
    };
    if faults.is_empty() && !queue_test(&app, &mut tx, &campaign, &addresses, person, session.user.id).await?
    {
        faults.add("addresses", &page.t("campaigns-test-not-ready"));
    }
    if !faults.is_empty() {
        drop(tx);
        let returned = Returned { faults, tests: Some(typed.addresses), ..Returned::default() };
        let shown = Shown { contact, ..Shown::default() };
        return show(&app, page, campaign, &shown, returned).await;
    }
    tx.commit().await?;
    let names: Vec<&str> = addresses.iter().map(Address::as_str).collect();
    let text = page.t("campaigns-test-queued").with("n", names.len()).with("addresses", names.join(", "));
    let to = match contact {
        Some(contact) => format!("/campaigns/{id}/review?contact={contact}"),
        None => format!("/campaigns/{id}/review"),
    };
    Ok(session.redirect(&app, &to, "success", text).await?.into_response())
}
