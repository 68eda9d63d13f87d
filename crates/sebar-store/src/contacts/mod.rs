//! Contacts: who may be mailed. `listing` finds them in pages, `change` writes them, `history`
//! tells what happened to one.
mod change;
mod history;
mod listing;
mod upsert;

use chrono::{DateTime, Utc};
use sebar_domain::id::{ContactId, ListId};
use sebar_domain::merge::{Facts, merge_data};
use serde_json::{Map, Value};
use sqlx::PgExecutor;
use uuid::Uuid;

pub use change::{ContactData, Saved, changes, create, delete, resubscribe, unsubscribe, update};
pub use history::{Entry, Happening, Mail, history};
pub use listing::{
    Count, Exported, Filter, Listed, MOST_COUNTED, Order, Position, Sort, count, export, listing, search,
};
pub use upsert::{Upsert, Upserted, upsert};

/// A contact with all that is known of it.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Its key.
    pub id: ContactId,
    /// The address, as given.
    pub email: String,
    /// The name; may be empty.
    pub name: String,
    /// Free facts; templates use them as variables.
    pub attributes: Map<String, Value>,
    /// BCP 47.
    pub language: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Since when it wants no mail.
    pub unsubscribed_at: Option<DateTime<Utc>>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

impl Contact {
    /// How the contact is called where one line must do.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }

    /// What templates see.
    pub fn variables(&self) -> Map<String, Value> {
        let facts = Facts {
            email: &self.email,
            name: &self.name,
            language: self.language.as_deref(),
            time_zone: self.time_zone.as_deref(),
        };
        merge_data(facts, &self.attributes)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    attributes: Value,
    language: Option<String>,
    time_zone: Option<String>,
    unsubscribed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Contact {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            name: row.name,
            attributes: object(row.attributes),
            language: row.language,
            time_zone: row.time_zone,
            unsubscribed_at: row.unsubscribed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The column's CHECK lets nothing but objects in.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// One contact.
pub async fn get(db: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<Option<Contact>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, email, name, attributes, language, time_zone, unsubscribed_at, created_at, updated_at
           FROM contacts WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Contact::from))
}

/// The contact with this address, whatever its capital letters.
pub async fn find_by_email(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Contact>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, email, name, attributes, language, time_zone, unsubscribed_at, created_at, updated_at
           FROM contacts WHERE lower(email) = lower($1)",
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Contact::from))
}

/// Up to `limit` contacts, the newest first, that are older than `after` and in `list`, if these are given.
pub async fn page(
    db: impl PgExecutor<'_>,
    list: Option<ListId>,
    after: Option<ContactId>,
    limit: i64,
) -> sqlx::Result<Vec<Contact>> {
    let after = after.map_or(Uuid::max(), |after| after.0);
    let rows = match list {
        None => {
            sqlx::query_as!(
                Row,
                "SELECT id, email, name, attributes, language, time_zone, unsubscribed_at, created_at, updated_at
                   FROM contacts WHERE id < $1 ORDER BY id DESC LIMIT $2",
                after,
                limit
            )
            .fetch_all(db)
            .await?
        }
        // By the list's own key: a small list among many contacts is found at once.
        Some(list) => {
            sqlx::query_as!(
                Row,
                "SELECT id, email, name, attributes, language, time_zone, unsubscribed_at, created_at, updated_at
                   FROM contacts
                  WHERE id = ANY (ARRAY(SELECT contact_id FROM list_members WHERE list_id = $1 AND contact_id < $2
                                         ORDER BY contact_id DESC LIMIT $3))
                  ORDER BY id DESC",
                list.0,
                after,
                limit
            )
            .fetch_all(db)
            .await?
        }
    };
    Ok(rows.into_iter().map(Contact::from).collect())
}

/// Some contacts to preview with: the newest of these lists (of all, if none is named) who get mail.
pub async fn sample(db: impl PgExecutor<'_>, lists: &[ListId], limit: i64) -> sqlx::Result<Vec<Contact>> {
    let lists: Vec<Uuid> = lists.iter().map(|list| list.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, email, name, attributes, language, time_zone, unsubscribed_at, created_at, updated_at
             FROM contacts c
            WHERE unsubscribed_at IS NULL
              AND (cardinality($1::uuid[]) = 0
                   OR EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($1)))
              AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email)))
            ORDER BY id DESC LIMIT $2"#,
        &lists,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Contact::from).collect())
}

/// How many contacts there are.
pub async fn total(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    let value =
        sqlx::query_scalar!("SELECT value FROM tallies WHERE name = 'contacts'").fetch_optional(db).await?;
    Ok(value.unwrap_or(0))
}

/// Those of these ids that belong to a contact, with their addresses, in order of the ids.
pub async fn existing(db: impl PgExecutor<'_>, ids: &[ContactId]) -> sqlx::Result<Vec<(ContactId, String)>> {
    let rows = sqlx::query!("SELECT id, email FROM contacts WHERE id = ANY ($1) ORDER BY id", &uuids(ids))
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.email)).collect())
}

pub(crate) fn uuids(ids: &[ContactId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.0).collect()
}

/// The contacts that texts name by their ids or addresses, in their order; `None` where there is none.
pub async fn ids(db: impl PgExecutor<'_>, named: &[String]) -> sqlx::Result<Vec<Option<ContactId>>> {
    let ids: Vec<Option<Uuid>> = named.iter().map(|text| text.trim().parse().ok()).collect();
    let emails: Vec<String> =
        named.iter().map(|text| text.trim().replace('\0', "\u{fffd}").to_lowercase()).collect();
    let found = sqlx::query_scalar!(
        r#"SELECT coalesce((SELECT c.id FROM contacts c WHERE c.id = n.id),
                           (SELECT c.id FROM contacts c WHERE lower(c.email) = n.email)) AS id
             FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS n (id, email, n) ORDER BY n.n"#,
        &ids as &[Option<Uuid>],
        &emails
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().map(|id| id.map(ContactId)).collect())
}
