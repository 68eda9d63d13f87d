//! Contacts in pages, filtered and in order.
//!
//! The one place where statements are put together at run time: what is filtered and by what it is
//! sorted decides which index should lead, so each combination is a statement of its own. None is
//! kept prepared (`persistent(false)`): Postgres is to plan for the very term that is searched,
//! since a frequent one is found fastest by walking the order, a rare one by the trigram index.

use chrono::{DateTime, Utc};
use sebar_domain::id::{ContactId, ListId};
use sebar_domain::{ContactStatus, SuppressionReason};
use serde_json::{Map, Value};
use sqlx::{PgExecutor, Postgres, QueryBuilder, Row as _};
use uuid::Uuid;

use super::Contact;
use crate::like;

/// What is searched in: the expression of the index `contacts_search`.
const TEXT: &str = "lower(c.email) || ' ' || lower(c.name)";
/// What names are sorted by: the expression of the index `contacts_name`.
const NAME: &str = "left(lower(c.name), 60)";
/// Counting stops here, so that a frequent term costs no more than a rare one.
pub const MOST_COUNTED: i64 = 1000;
/// More words than these are not looked at.
const MOST_TERMS: usize = 6;

/// Which contacts are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words, each of which is any part of the address or the name. A word of one or two characters
    /// is the beginning of a part: the index knows no shorter pieces than three.
    pub search: String,
    /// Only members of this list.
    pub list: Option<ListId>,
    /// Only those who stand so.
    pub status: Option<ContactStatus>,
}

impl Filter {
    /// Whether every contact passes.
    pub fn is_empty(&self) -> bool {
        self.search.trim().is_empty() && self.list.is_none() && self.status.is_none()
    }
}

/// By what contacts are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// When they were added.
    #[default]
    Added,
    /// By address.
    Email,
    /// By name.
    Name,
}

/// In which order contacts come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub sort: Sort,
    /// The other way round: the oldest first, from Z to A.
    pub reversed: bool,
}

impl Order {
    /// Added contacts come newest first, addresses and names from A.
    fn is_descending(self) -> bool {
        (self.sort == Sort::Added) != self.reversed
    }

    fn expressions(self) -> &'static [&'static str] {
        match self.sort {
            Sort::Added => &["c.id"],
            Sort::Email => &["lower(c.email)"],
            Sort::Name => &[NAME, "c.id"],
        }
    }
}

/// From where a page is read: a contact's id and, unless sorted by [`Sort::Added`], its
/// [`Listed::key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The first page.
    Start,
    /// Those after this one.
    After(ContactId, String),
    /// Those just before this one.
    Before(ContactId, String),
}

/// A contact in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its key.
    pub id: ContactId,
    /// The address.
    pub email: String,
    /// The name; may be empty.
    pub name: String,
    /// Since when it wants no mail.
    pub unsubscribed_at: Option<DateTime<Utc>>,
    /// Why its address is never mailed.
    pub suppressed: Option<SuppressionReason>,
    /// Names of its lists.
    pub lists: Vec<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// What it is sorted by, for [`Position`].
    pub key: String,
}

/// Up to `limit` contacts from a position on, in the order asked for.
///
/// With a search, sort by address or name only where [`count`] found no more than [`MOST_COUNTED`]:
/// the matches are then collected before they are sorted.
pub async fn listing(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    order: Order,
    position: &Position,
    limit: i64,
) -> sqlx::Result<Vec<Listed>> {
    let mut query = QueryBuilder::<Postgres>::new("");
    // Words and order may go together (all of one first name), where walking the order would read
    // nearly everything before the first match.
    let collect = !filter.search.trim().is_empty() && order.sort != Sort::Added;
    if collect {
        query.push("WITH c AS MATERIALIZED (SELECT c.id, c.email, c.name, c.unsubscribed_at, c.created_at");
        push_filtered(&mut query, filter);
        query.push(") ");
    }
    let key = match order.sort {
        Sort::Added => "''",
        Sort::Email => "lower(c.email)",
        Sort::Name => NAME,
    };
    query.push(
        "SELECT c.id, c.email, c.name, c.unsubscribed_at, c.created_at,
                (SELECT s.reason FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email))
                  ORDER BY suppression_rank(s.reason) DESC LIMIT 1) AS suppressed,
                ARRAY(SELECT l.name FROM list_members x JOIN lists l ON l.id = x.list_id
                       WHERE x.contact_id = c.id ORDER BY lower(l.name)) AS lists, ",
    );
    query.push(key).push(" AS key");
    if collect {
        query.push(" FROM c WHERE true");
    } else {
        push_filtered(&mut query, filter);
    }
    let (from, backwards) = match position {
        Position::Start => (None, false),
        Position::After(id, key) => (Some((id, key)), false),
        Position::Before(id, key) => (Some((id, key)), true),
    };
    let descending = order.is_descending() != backwards;
    let (compare, direction) = if descending { (" < ", " DESC") } else { (" > ", "") };
    if let Some((id, key)) = from {
        query.push(" AND (").push(order.expressions().join(", ")).push(")").push(compare).push("(");
        match order.sort {
            Sort::Added => query.push_bind(id.0),
            Sort::Email => query.push_bind(key.as_str()),
            Sort::Name => query.push_bind(key.as_str()).push(", ").push_bind(id.0),
        };
        query.push(")");
    }
    let by: Vec<String> = order.expressions().iter().map(|by| format!("{by}{direction}")).collect();
    query.push(" ORDER BY ").push(by.join(", ")).push(" LIMIT ").push_bind(limit);
    let rows = query.build().persistent(false).fetch_all(db).await?;
    let mut found = rows.iter().map(listed).collect::<sqlx::Result<Vec<_>>>()?;
    if backwards {
        found.reverse();
    }
    Ok(found)
}

fn listed(row: &sqlx::postgres::PgRow) -> sqlx::Result<Listed> {
    let suppressed: Option<String> = row.try_get("suppressed")?;
    Ok(Listed {
        id: ContactId(row.try_get("id")?),
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        unsubscribed_at: row.try_get("unsubscribed_at")?,
        suppressed: suppressed.and_then(|reason| reason.parse().ok()),
        lists: row.try_get("lists")?,
        created_at: row.try_get("created_at")?,
        key: row.try_get("key")?,
    })
}

/// How many contacts pass a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(i64),
    /// More than these.
    MoreThan(i64),
}

/// Counts what passes a filter: exactly where the number is kept or small, else up to
/// [`MOST_COUNTED`].
pub async fn count(db: &sqlx::PgPool, filter: &Filter) -> sqlx::Result<Count> {
    if filter.search.trim().is_empty() && filter.status.is_none() {
        return Ok(Count::Exactly(match filter.list {
            None => super::total(db).await?,
            Some(list) => {
                let members = sqlx::query_scalar!("SELECT members FROM lists WHERE id = $1", list.0);
                members.fetch_optional(db).await?.unwrap_or(0)
            }
        }));
    }
    let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM (SELECT 1");
    push_filtered(&mut query, filter);
    query.push(" LIMIT ").push_bind(MOST_COUNTED + 1).push(") found");
    let n: i64 = query.build_query_scalar().persistent(false).fetch_one(db).await?;
    Ok(if n > MOST_COUNTED { Count::MoreThan(MOST_COUNTED) } else { Count::Exactly(n) })
}

/// A contact as it is exported.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its key: the next page begins after it.
    pub id: ContactId,
    /// The address.
    pub email: String,
    /// The name; may be empty.
    pub name: String,
    /// BCP 47.
    pub language: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// Since when it wants no mail.
    pub unsubscribed_at: Option<DateTime<Utc>>,
    /// Why its address is never mailed.
    pub suppressed: Option<SuppressionReason>,
    /// Names of its lists.
    pub lists: Vec<String>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Its attributes.
    pub attributes: Map<String, Value>,
}

/// Up to `limit` contacts that pass a filter, in order of their ids, after `after`.
pub async fn export(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    after: Option<ContactId>,
    limit: i64,
) -> sqlx::Result<Vec<Exported>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT c.id, c.email, c.name, c.language, c.time_zone, c.unsubscribed_at, c.created_at, c.attributes,
                (SELECT s.reason FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email))
                  ORDER BY suppression_rank(s.reason) DESC LIMIT 1) AS suppressed,
                ARRAY(SELECT l.name FROM list_members x JOIN lists l ON l.id = x.list_id
                       WHERE x.contact_id = c.id ORDER BY lower(l.name)) AS lists",
    );
    push_filtered(&mut query, filter);
    query.push(" AND c.id > ").push_bind(after.map_or(Uuid::nil(), |id| id.0));
    query.push(" ORDER BY c.id LIMIT ").push_bind(limit);
    let rows = query.build().persistent(false).fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let suppressed: Option<String> = row.try_get("suppressed")?;
            Ok(Exported {
                id: ContactId(row.try_get("id")?),
                email: row.try_get("email")?,
                name: row.try_get("name")?,
                language: row.try_get("language")?,
                time_zone: row.try_get("time_zone")?,
                unsubscribed_at: row.try_get("unsubscribed_at")?,
                suppressed: suppressed.and_then(|reason| reason.parse().ok()),
                lists: row.try_get("lists")?,
                created_at: row.try_get("created_at")?,
                attributes: super::object(row.try_get("attributes")?),
            })
        })
        .collect()
}

/// Up to `limit` contacts that pass a filter, whole, the newest first, added before `after`.
pub async fn search(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    after: Option<ContactId>,
    limit: i64,
) -> sqlx::Result<Vec<Contact>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT c.id, c.email, c.name, c.attributes, c.language, c.time_zone, c.unsubscribed_at, c.created_at,
                c.updated_at",
    );
    push_filtered(&mut query, filter);
    query.push(" AND c.id < ").push_bind(after.map_or(Uuid::max(), |id| id.0));
    query.push(" ORDER BY c.id DESC LIMIT ").push_bind(limit);
    let rows: Vec<super::Row> = query.build_query_as().persistent(false).fetch_all(db).await?;
    Ok(rows.into_iter().map(Contact::from).collect())
}

/// `FROM contacts c … WHERE …`, to which further conditions may be added by `AND`.
fn push_filtered(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    query.push(" FROM contacts c");
    // Joined, not looked up: the list's own key serves the order by id, however small a part of
    // all contacts it holds. The pair is unique, so nobody comes twice.
    if let Some(list) = filter.list {
        query.push(" JOIN list_members m ON m.contact_id = c.id AND m.list_id = ").push_bind(list.0);
    }
    match filter.status {
        Some(ContactStatus::Suppressed) => {
            query.push(" WHERE c.id IN (SELECT id FROM suppressed_contacts)");
        }
        Some(ContactStatus::Unsubscribed) => {
            query.push(" WHERE c.unsubscribed_at IS NOT NULL");
        }
        Some(ContactStatus::Subscribed) => {
            query.push(
                " WHERE c.unsubscribed_at IS NULL
                    AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email)))",
            );
        }
        None => {
            query.push(" WHERE true");
        }
    }
    for word in filter.search.to_lowercase().split_whitespace().take(MOST_TERMS) {
        let literal = like::literal(word);
        if word.chars().count() > 2 || !word.chars().all(char::is_alphanumeric) {
            query.push(" AND ").push(TEXT).push(" LIKE ").push_bind(format!("%{literal}%"));
            continue;
        }
        query.push(" AND (").push(TEXT).push(" LIKE ").push_bind(format!("{literal}%"));
        for before in [' ', '.', '@', '-', '_', '+'] {
            let pattern = format!("%{}{literal}%", like::literal(&before.to_string()));
            query.push(" OR ").push(TEXT).push(" LIKE ").push_bind(pattern);
        }
        query.push(")");
    }
}
