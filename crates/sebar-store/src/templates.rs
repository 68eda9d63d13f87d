//! Templates and their versions.

use chrono::{DateTime, Utc};
use sebar_domain::id::{TemplateId, TemplateVersionId, UserId};
use sqlx::{PgConnection, PgExecutor};

/// What somebody wrote in the editor: the parts of a mail, each a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The subject line.
    pub subject: String,
    /// What mail programs show after the subject.
    pub preheader: String,
    /// The HTML body.
    pub html: String,
    /// The plain-text body; `None`: made from the HTML.
    pub text: Option<String>,
}

/// A template with the number of its newest version.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its key.
    pub id: TemplateId,
    /// How its users call it.
    pub name: String,
    /// Its newest version.
    pub version: TemplateVersionId,
    /// The newest version's number, which is also how many there are.
    pub versions: i32,
    /// The newest version's subject.
    pub subject: String,
    /// When its content or name was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was put away; such a template is not offered any more.
    pub archived_at: Option<DateTime<Utc>>,
}

struct Row {
    id: uuid::Uuid,
    name: String,
    version_id: uuid::Uuid,
    n: i32,
    subject: String,
    updated_at: DateTime<Utc>,
    archived_at: Option<DateTime<Utc>>,
}

impl From<Row> for Template {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            version: row.version_id.into(),
            versions: row.n,
            subject: row.subject,
            updated_at: row.updated_at,
            archived_at: row.archived_at,
        }
    }
}

/// A page of the gallery, the last changed first: those after `after` (the last of the page before).
///
/// `search` is any part of a name or subject; empty finds all.
pub async fn list(
    db: impl PgExecutor<'_>,
    search: &str,
    archived: bool,
    after: Option<(DateTime<Utc>, TemplateId)>,
    limit: i64,
) -> sqlx::Result<Vec<Template>> {
    let (at, id) = after.unzip();
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT t.id, t.name, v.id AS version_id, v.n, v.subject, t.updated_at, t.archived_at
             FROM templates t JOIN template_versions v ON v.id = t.version_id
            WHERE (t.archived_at IS NOT NULL) = $1
              AND ($2 = '' OR strpos(lower(t.name || ' ' || v.subject), lower($2)) > 0)
              AND ($3::timestamptz IS NULL OR (t.updated_at, t.id) < ($3, $4::uuid))
            ORDER BY t.updated_at DESC, t.id DESC LIMIT $5"#,
        archived,
        search.trim(),
        at,
        id.map(|id| id.0),
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Template::from).collect())
}

/// Whether there is any template, put away or not.
pub async fn any(db: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM templates) AS "any!""#).fetch_one(db).await
}

/// One template.
pub async fn get(db: impl PgExecutor<'_>, id: TemplateId) -> sqlx::Result<Option<Template>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT t.id, t.name, v.id AS version_id, v.n, v.subject, t.updated_at, t.archived_at
           FROM templates t JOIN template_versions v ON v.id = t.version_id WHERE t.id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Template::from))
}

/// The content of one version.
pub async fn content(db: impl PgExecutor<'_>, version: TemplateVersionId) -> sqlx::Result<Option<Draft>> {
    sqlx::query_as!(
        Draft,
        "SELECT subject, preheader, html, text FROM template_versions WHERE id = $1",
        version.0
    )
    .fetch_optional(db)
    .await
}

/// One saved state of a template, without its content.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its key.
    pub id: TemplateVersionId,
    /// 1, 2, 3 … within the template.
    pub n: i32,
    /// Its subject.
    pub subject: String,
    /// The length of its HTML in bytes.
    pub html_bytes: i32,
    /// Who saved it; `None` if that user is gone.
    pub saved_by: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// How many campaigns began with it.
    pub campaigns: i64,
}

/// The versions of a template, the newest first, those with a number below `before`.
pub async fn versions(
    db: impl PgExecutor<'_>,
    id: TemplateId,
    before: i32,
    limit: i64,
) -> sqlx::Result<Vec<Version>> {
    let rows = sqlx::query!(
        r#"SELECT v.id, v.n, v.subject, octet_length(v.html) AS "html_bytes!", u.name AS "saved_by?", v.created_at,
                  (SELECT count(*) FROM campaigns c WHERE c.template_version_id = v.id) AS "campaigns!"
             FROM template_versions v LEFT JOIN users u ON u.id = v.created_by
            WHERE v.template_id = $1 AND v.n < $2 ORDER BY v.n DESC LIMIT $3"#,
        id.0,
        before,
        limit
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Version {
            id: row.id.into(),
            n: row.n,
            subject: row.subject,
            html_bytes: row.html_bytes,
            saved_by: row.saved_by,
            created_at: row.created_at,
            campaigns: row.campaigns,
        })
        .collect())
}

/// The version of a template with the number `n`.
pub async fn version(
    db: impl PgExecutor<'_>,
    id: TemplateId,
    n: i32,
) -> sqlx::Result<Option<TemplateVersionId>> {
    let found =
        sqlx::query_scalar!("SELECT id FROM template_versions WHERE template_id = $1 AND n = $2", id.0, n)
            .fetch_optional(db)
            .await?;
    Ok(found.map(TemplateVersionId::from))
}

/// Makes a template whose first version is `draft`.
pub async fn create(
    db: &mut PgConnection,
    name: &str,
    draft: &Draft,
    user: Option<UserId>,
) -> sqlx::Result<TemplateId> {
    let id = TemplateId::new();
    sqlx::query!("INSERT INTO templates (id, name) VALUES ($1, $2)", id.0, name).execute(&mut *db).await?;
    add_version(db, id, 1, draft, user).await?;
    Ok(id)
}

async fn add_version(
    db: &mut PgConnection,
    id: TemplateId,
    n: i32,
    draft: &Draft,
    user: Option<UserId>,
) -> sqlx::Result<TemplateVersionId> {
    let version = TemplateVersionId::new();
    sqlx::query!(
        "INSERT INTO template_versions (id, template_id, n, subject, preheader, html, text, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        version.0,
        id.0,
        n,
        draft.subject,
        draft.preheader,
        draft.html,
        draft.text,
        user.map(|user| user.0)
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("UPDATE templates SET version_id = $2, updated_at = now() WHERE id = $1", id.0, version.0)
        .execute(db)
        .await?;
    Ok(version)
}

/// What came of saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// A new version, with its number.
    New(TemplateVersionId, i32),
    /// The newest version says the same already.
    Unchanged,
    /// Somebody saved another version since `based_on` was read; nothing was stored.
    Conflict(i32),
}

/// Saves `draft` as the newest version, if it differs from it.
///
/// `based_on` is the version that the writer began with. Locks the template until the end of the
/// transaction. `None`: there is no such template.
pub async fn save(
    db: &mut PgConnection,
    id: TemplateId,
    based_on: TemplateVersionId,
    draft: &Draft,
    user: Option<UserId>,
) -> sqlx::Result<Option<Saved>> {
    let newest = sqlx::query!("SELECT version_id FROM templates WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(&mut *db)
        .await?;
    let Some(version) = newest.and_then(|row| row.version_id).map(TemplateVersionId::from) else {
        return Ok(None);
    };
    let stored = content(&mut *db, version).await?.unwrap_or_default();
    if stored == *draft {
        return Ok(Some(Saved::Unchanged));
    }
    let n = sqlx::query_scalar!("SELECT n FROM template_versions WHERE id = $1", version.0)
        .fetch_one(&mut *db)
        .await?;
    if version != based_on {
        return Ok(Some(Saved::Conflict(n)));
    }
    let version = add_version(db, id, n + 1, draft, user).await?;
    Ok(Some(Saved::New(version, n + 1)))
}

/// Gives a template another name.
pub async fn rename(db: impl PgExecutor<'_>, id: TemplateId, name: &str) -> sqlx::Result<bool> {
    let done = sqlx::query!("UPDATE templates SET name = $2, updated_at = now() WHERE id = $1", id.0, name)
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a template away, or takes it out again.
pub async fn set_archived(db: impl PgExecutor<'_>, id: TemplateId, archived: bool) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE templates SET archived_at = CASE WHEN $2 THEN coalesce(archived_at, now()) END WHERE id = $1",
        id.0,
        archived
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a template with all its versions. Campaigns keep their own copy of what they took from it.
pub async fn delete(db: &mut PgConnection, id: TemplateId) -> sqlx::Result<bool> {
    // The newest version is pointed at from the template: let go of it first.
    sqlx::query!("UPDATE templates SET version_id = NULL WHERE id = $1", id.0).execute(&mut *db).await?;
    let done = sqlx::query!("DELETE FROM templates WHERE id = $1", id.0).execute(db).await?;
    Ok(done.rows_affected() == 1)
}

/// The attributes that contacts have, by name, at most `limit`: the variables that can be offered.
pub async fn attribute_keys(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("SELECT key FROM attribute_keys ORDER BY key LIMIT $1", limit).fetch_all(db).await
}

/// Those of `names` that no contact has as an attribute.
pub async fn unknown_attributes(db: impl PgExecutor<'_>, names: &[String]) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"SELECT name AS "name!" FROM unnest($1::text[]) AS asked (name)
            WHERE NOT EXISTS (SELECT FROM attribute_keys WHERE key = name)"#,
        names
    )
    .fetch_all(db)
    .await
}
