//! Frozen content and its tracked links.

use sebar_domain::FrozenContent;
use sebar_domain::id::{ContentId, TemplateVersionId};
use sqlx::{PgConnection, PgExecutor};

/// Stores content for good, with its tracked links in the order in which tokens number them.
/// The content's `id` and `no` are ignored; the new ones are returned.
pub async fn freeze(
    db: &mut PgConnection,
    content: &FrozenContent,
    template_version: Option<TemplateVersionId>,
    links: &[String],
) -> sqlx::Result<(ContentId, i64)> {
    let id = ContentId::new();
    let no = sqlx::query_scalar!(
        "INSERT INTO contents (id, composer, subject, preheader, html, text, from_name, from_email, reply_to,
                               tracking, site, template_version_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING no",
        id.0,
        content.composer,
        content.subject,
        content.preheader,
        content.html,
        content.text,
        content.from_name,
        content.from_email.as_str(),
        content.reply_to.as_ref().map(sebar_domain::Address::as_str),
        content.tracking.as_str(),
        content.site,
        template_version.map(|id| id.0)
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO content_links (content_id, n, url)
         SELECT $1, n - 1, url FROM unnest($2::text[]) WITH ORDINALITY AS link (url, n)",
        id.0,
        links
    )
    .execute(db)
    .await?;
    Ok((id, no))
}

struct Row {
    id: uuid::Uuid,
    no: i64,
    composer: i16,
    subject: String,
    preheader: String,
    html: String,
    text: Option<String>,
    from_name: String,
    from_email: String,
    reply_to: Option<String>,
    tracking: String,
    site: serde_json::Value,
}

impl TryFrom<Row> for FrozenContent {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        let decode = |fault: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(fault);
        Ok(Self {
            id: row.id.into(),
            no: row.no,
            composer: row.composer,
            subject: row.subject,
            preheader: row.preheader,
            html: row.html,
            text: row.text,
            from_name: row.from_name,
            from_email: row.from_email.parse().map_err(|fault| decode(Box::new(fault)))?,
            reply_to: row
                .reply_to
                .map(|text| text.parse())
                .transpose()
                .map_err(|fault| decode(Box::new(fault)))?,
            tracking: row.tracking.parse().map_err(|fault| decode(Box::new(fault)))?,
            site: row.site,
        })
    }
}

/// One content by its id.
pub async fn get(db: impl PgExecutor<'_>, id: ContentId) -> sqlx::Result<Option<FrozenContent>> {
    sqlx::query_as!(
        Row,
        "SELECT id, no, composer, subject, preheader, html, text, from_name, from_email, reply_to, tracking, site
           FROM contents WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?
    .map(FrozenContent::try_from)
    .transpose()
}

/// One content by the short name that tokens carry.
pub async fn get_by_no(db: impl PgExecutor<'_>, no: i64) -> sqlx::Result<Option<FrozenContent>> {
    sqlx::query_as!(
        Row,
        "SELECT id, no, composer, subject, preheader, html, text, from_name, from_email, reply_to, tracking, site
           FROM contents WHERE no = $1",
        no
    )
    .fetch_optional(db)
    .await?
    .map(FrozenContent::try_from)
    .transpose()
}

/// The targets of a content's tracked links, in the order in which tokens number them.
pub async fn links(db: impl PgExecutor<'_>, id: ContentId) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!("SELECT url FROM content_links WHERE content_id = $1 ORDER BY n", id.0)
        .fetch_all(db)
        .await
}
