//! What is filtered, as a CSV file that can be imported again.

use axum::extract::{Query, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use sebar_store::contacts::{self, Exported, Filter};
use sebar_store::{audit, templates};
use serde_json::{Value, json};

use super::find::{Browse, Find};
use crate::foundation::app::App;
use crate::foundation::csv;
use crate::foundation::error::Result;
use crate::foundation::page::Page;
use crate::foundation::session::Session;

/// Contacts fetched at once: what is held in memory of a file of any size.
const ROWS: i64 = 2000;
/// The most attributes that get a column.
const MOST_ATTRIBUTES: i64 = 500;
/// The columns before the attributes. Not translated: an import knows them again.
const HEADS: [&str; 7] = ["email", "name", "language", "time_zone", "status", "lists", "created_at"];

pub(crate) async fn download(
    State(app): State<App>,
    page: Page,
    session: Session,
    Query(find): Query<Find>,
) -> Result<Response> {
    let filter = Browse::all(&find).filter().clone();
    let keys = templates::attribute_keys(&app.db, MOST_ATTRIBUTES).await?;
    let details = json!({
        "search": filter.search, "list": filter.list, "status": filter.status,
    });
    audit::record(&app.db, session.user.id, "contacts.exported", "contacts", details).await?;
    let heads = csv::rows([HEADS.iter().copied().chain(keys.iter().map(String::as_str))])?;
    let name = format!("contacts-{}.csv", page.now().with_timezone(&page.zone()).format("%Y-%m-%d"));
    let begin = Some(Part { app, filter, keys, after: None });
    let body = stream::try_unfold(begin, |part| async move {
        let Some(part) = part else { return Ok(None) };
        part.next().await
    });
    Ok(csv::download(&name, heads, body))
}

/// Where the export stands. No connection is held between two parts: a slow reader blocks nobody.
struct Part {
    app: App,
    filter: Filter,
    keys: Vec<String>,
    after: Option<sebar_domain::id::ContactId>,
}

impl Part {
    async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>> {
        let contacts = contacts::export(&self.app.db, &self.filter, self.after, ROWS).await?;
        let Some(last) = contacts.last() else { return Ok(None) };
        self.after = Some(last.id);
        let rows = csv::rows(contacts.iter().map(|contact| cells(contact, &self.keys)))?;
        Ok(Some((rows, Some(self))))
    }
}

fn cells(contact: &Exported, keys: &[String]) -> Vec<String> {
    let status = if contact.suppressed.is_some() {
        "suppressed"
    } else if contact.unsubscribed_at.is_some() {
        "unsubscribed"
    } else {
        "subscribed"
    };
    let mut cells = vec![
        contact.email.clone(),
        contact.name.clone(),
        contact.language.clone().unwrap_or_default(),
        contact.time_zone.clone().unwrap_or_default(),
        status.to_owned(),
        contact.lists.join("; "),
        contact.created_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    ];
    cells.extend(keys.iter().map(|key| match contact.attributes.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }));
    cells
}
