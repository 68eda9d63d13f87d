//! One contact: what is known, and all that happened.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use sebar_domain::id::ContactId;
use sebar_store::contacts::{self, Contact};
use sebar_store::lists::{self, List};
use sebar_store::returned::{self, Bounce};
use sebar_store::suppressions::{self, Suppression};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::history::Line;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::pages::bounces::{kind_text, kind_tone};
use crate::pages::suppressions::reason_key;

const PAGE_SIZE: i64 = 30;
/// What came back lately; the rest is a page of its own.
const BOUNCES: usize = 5;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Find {
    before: String,
}

#[derive(Template)]
#[template(path = "contacts/show.html")]
struct Show {
    page: Page,
    contact: Contact,
    suppression: Option<Suppression>,
    lists: Vec<List>,
    /// Variables as templates see them, with their values as text.
    variables: Vec<(String, String)>,
    lines: Vec<Line>,
    /// The latest that came back.
    bounces: Vec<Bounce>,
    first: String,
    next: String,
}

impl Show {
    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn reason_key(&self, entry: &Suppression) -> String {
        reason_key(entry.reason)
    }

    fn kind(&self, bounce: &Bounce) -> Text {
        kind_text(&self.page, bounce.kind)
    }

    fn tone(bounce: &Bounce) -> &'static str {
        kind_tone(bounce.kind)
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ContactId>,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let contact = contacts::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let suppression = suppressions::of_address(&app.db, &contact.email).await?;
    let mut bounces = returned::of_address(&app.db, &contact.email).await?;
    bounces.truncate(BOUNCES);
    let member_of = lists::of_contact(&app.db, id).await?;
    let lists = lists::all(&app.db).await?.into_iter().filter(|list| member_of.contains(&list.id)).collect();
    let before = find.before.parse::<Uuid>().ok();
    let mut entries = contacts::history(&app.db, id, before, PAGE_SIZE + 1).await?;
    let mut next = String::new();
    if entries.len() > 30 {
        entries.truncate(30);
        next = entries.last().map(|last| format!("/contacts/{id}?before={}", last.key)).unwrap_or_default();
    }
    let first = if before.is_some() { format!("/contacts/{id}") } else { String::new() };
    let variables = contact
        .variables()
        .into_iter()
        .filter(|(key, _)| key != "email" && key != "name")
        .map(|(key, value)| (key, if let Value::String(text) = value { text } else { value.to_string() }))
        .collect();
    let lines = entries.iter().map(|entry| Line::new(&page, entry)).collect();
    render(&Show { page, contact, suppression, lists, variables, lines, bounces, first, next })
}
