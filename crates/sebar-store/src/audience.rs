//! Who a campaign goes to: members of its lists, less those of its excluded lists, less everybody
//! who unsubscribed or whose address is suppressed. Each contact once, whatever the lists.

use sebar_domain::id::{ContactId, ListId};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::like;

/// A list that can be chosen.
#[derive(Clone, Debug)]
pub struct ListChoice {
    /// Its key.
    pub id: ListId,
    /// How its users call it.
    pub name: String,
    /// How many contacts are in it.
    pub members: i64,
}

/// All lists by name. There are few: people make them.
pub async fn lists(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<ListChoice>> {
    let rows =
        sqlx::query!("SELECT id, name, members FROM lists ORDER BY lower(name), id").fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| ListChoice { id: row.id.into(), name: row.name, members: row.members })
        .collect())
}

/// An audience in numbers, each contact counted once, at the first reason that keeps it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Contacts in the chosen lists.
    pub members: i64,
    /// Of these, in an excluded list too.
    pub excluded: i64,
    /// Of the others, unsubscribed.
    pub unsubscribed: i64,
    /// Of the others, with a suppressed address.
    pub suppressed: i64,
}

impl Size {
    /// How many will be mailed.
    pub fn recipients(&self) -> i64 {
        self.members - self.excluded - self.unsubscribed - self.suppressed
    }
}

fn uuids(lists: &[ListId]) -> Vec<Uuid> {
    lists.iter().map(|list| list.0).collect()
}

/// Counts an audience.
///
/// Counts what keeps people out, which are few, and subtracts them from the size that the largest
/// list knows of itself: a list of a million costs nothing but its unsubscribed, excluded and
/// suppressed (100 ms with 30,000 of them).
pub async fn size(db: impl PgExecutor<'_>, lists: &[ListId], excluded: &[ListId]) -> sqlx::Result<Size> {
    let row = sqlx::query!(
        r#"WITH largest AS (
               SELECT id, members FROM lists WHERE id = ANY ($1) ORDER BY members DESC LIMIT 1
           ), away AS (
               SELECT DISTINCT contact_id FROM list_members WHERE list_id = ANY ($2)
           ), unwilling AS (
               SELECT c.id FROM contacts c
                WHERE c.unsubscribed_at IS NOT NULL
                  AND EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($1))
                  AND NOT EXISTS (SELECT FROM away WHERE away.contact_id = c.id)
           ), barred AS (
               SELECT c.id FROM suppressed_contacts s JOIN contacts c USING (id)
                WHERE c.unsubscribed_at IS NULL
                  AND EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($1))
                  AND NOT EXISTS (SELECT FROM away WHERE away.contact_id = c.id)
           )
           SELECT coalesce((SELECT members FROM largest), 0)
                  + (SELECT count(DISTINCT m.contact_id) FROM list_members m, largest
                      WHERE m.list_id = ANY ($1) AND m.list_id <> largest.id
                        AND NOT EXISTS (SELECT FROM list_members l
                                         WHERE l.list_id = largest.id AND l.contact_id = m.contact_id)) AS "members!",
                  (SELECT count(*) FROM away WHERE EXISTS (
                      SELECT FROM list_members m WHERE m.contact_id = away.contact_id AND m.list_id = ANY ($1))) AS "excluded!",
                  (SELECT count(*) FROM unwilling) AS "unsubscribed!",
                  (SELECT count(*) FROM barred) AS "suppressed!""#,
        &uuids(lists),
        &uuids(excluded)
    )
    .fetch_one(db)
    .await?;
    Ok(Size {
        members: row.members,
        excluded: row.excluded,
        unsubscribed: row.unsubscribed,
        suppressed: row.suppressed,
    })
}

/// A contact as templates see it.
#[derive(Clone, Debug)]
pub struct Person {
    /// Whose row it is.
    pub id: ContactId,
    /// The address.
    pub email: String,
    /// The name; may be empty.
    pub name: String,
    /// What a message's merge data would hold: the attributes, and name, language and time zone
    /// where they are known.
    pub merge: Value,
}

/// The contact of an audience that follows `from` in order of their ids (`None`: the first).
pub async fn next(
    db: impl PgExecutor<'_>,
    lists: &[ListId],
    excluded: &[ListId],
    from: Option<ContactId>,
) -> sqlx::Result<Option<Person>> {
    sqlx::query_as!(
        Person,
        r#"SELECT c.id, c.email, c.name,
                  contact_merge(c.attributes, c.name, c.language, c.time_zone) AS "merge!"
             FROM contacts c
            WHERE ($3::uuid IS NULL OR c.id > $3) AND c.unsubscribed_at IS NULL
              AND EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($1))
              AND NOT EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($2))
              AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email)))
            ORDER BY c.id LIMIT 1"#,
        &uuids(lists),
        &uuids(excluded),
        from.map(|id| id.0)
    )
    .fetch_optional(db)
    .await
}

/// The contact of an audience that comes before `from`.
pub async fn previous(
    db: impl PgExecutor<'_>,
    lists: &[ListId],
    excluded: &[ListId],
    from: ContactId,
) -> sqlx::Result<Option<Person>> {
    sqlx::query_as!(
        Person,
        r#"SELECT c.id, c.email, c.name,
                  contact_merge(c.attributes, c.name, c.language, c.time_zone) AS "merge!"
             FROM contacts c
            WHERE c.id < $3 AND c.unsubscribed_at IS NULL
              AND EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($1))
              AND NOT EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($2))
              AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email)))
            ORDER BY c.id DESC LIMIT 1"#,
        &uuids(lists),
        &uuids(excluded),
        from.0
    )
    .fetch_optional(db)
    .await
}

/// One contact, in any audience or none.
pub async fn person(db: impl PgExecutor<'_>, id: ContactId) -> sqlx::Result<Option<Person>> {
    sqlx::query_as!(
        Person,
        r#"SELECT c.id, c.email, c.name,
                  contact_merge(c.attributes, c.name, c.language, c.time_zone) AS "merge!"
             FROM contacts c WHERE c.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await
}

/// Someone to preview with: the contact with this address, else any whose address or name has
/// `search` in it, else (where nothing is searched for) the one that was added last.
pub async fn find_person(db: impl PgExecutor<'_>, search: &str) -> sqlx::Result<Option<Person>> {
    sqlx::query_as!(
        Person,
        r#"SELECT c.id, c.email, c.name,
                  contact_merge(c.attributes, c.name, c.language, c.time_zone) AS "merge!"
             FROM contacts c
            WHERE c.id = CASE
                  WHEN $1 = '' THEN (SELECT id FROM contacts ORDER BY id DESC LIMIT 1)
                  ELSE coalesce(
                      (SELECT id FROM contacts WHERE lower(email) = $1),
                      (SELECT id FROM contacts WHERE lower(email) || ' ' || lower(name) LIKE $2 LIMIT 1)) END"#,
        search.trim().to_lowercase(),
        format!("%{}%", like_literal(search))
    )
    .fetch_optional(db)
    .await
}

/// What is searched for, in the index's spelling and without the meaning of `%` and `_`.
fn like_literal(search: &str) -> String {
    like::literal(&search.trim().to_lowercase())
}

/// How many recipients lack each variable, for those that anybody lacks.
///
/// A variable is an attribute; `name` and `first_name` may be taken from the contact's name.
/// Reads the whole audience once, so ask only for what the content really needs.
pub async fn lacking(
    db: impl PgExecutor<'_>,
    lists: &[ListId],
    excluded: &[ListId],
    variables: &[String],
) -> sqlx::Result<Vec<(String, i64)>> {
    if variables.is_empty() || lists.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"SELECT wanted.key AS "key!", count(*) AS "contacts!"
             FROM contacts c CROSS JOIN LATERAL unnest($3::text[]) AS wanted (key)
            WHERE c.unsubscribed_at IS NULL
              -- Most have everything: one look at the row settles it.
              AND NOT (c.attributes ?& $3 AND NOT jsonb_path_exists(c.attributes, '$.* ? (@ == null)'))
              AND coalesce(c.attributes -> wanted.key, 'null') = 'null'
              AND CASE wanted.key
                  WHEN 'name' THEN c.name !~ '\S'
                  WHEN 'first_name' THEN c.name !~ '\S' AND coalesce(c.attributes -> 'name', 'null') = 'null'
                  WHEN 'language' THEN c.language IS NULL
                  WHEN 'time_zone' THEN c.time_zone IS NULL
                  ELSE true END
              AND EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($1))
              AND NOT EXISTS (SELECT FROM list_members m WHERE m.contact_id = c.id AND m.list_id = ANY ($2))
              AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email)))
            GROUP BY wanted.key ORDER BY count(*) DESC, wanted.key"#,
        &uuids(lists),
        &uuids(excluded),
        variables
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.key, row.contacts)).collect())
}
