use chrono::{DateTime, Utc};
use sebar_domain::MessageState;
use sebar_domain::id::MessageId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Email, all};
use crate::archive::{floor, planned_anew};

/// An email has no more recipients than this.
const MOST_RECIPIENTS: i64 = 50;

/// Which emails are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The address of one of their recipients; empty: any.
    pub recipient: String,
    /// One of their tags, `name:value`; empty: any.
    pub tag: String,
    /// Where one of their messages stands. What a sender holds counts as queued.
    pub state: Option<MessageState>,
    /// Accepted at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Accepted before this time.
    pub until: Option<DateTime<Utc>>,
    /// Older than this one: where the page before ended.
    pub after: Option<MessageId>,
}

impl Filter {
    /// The ids that are wanted: from the first on, up to and without the second.
    fn range(&self) -> (Uuid, Uuid) {
        let until = self.until.map_or(Uuid::max(), floor);
        (self.from.map_or(Uuid::nil(), floor), self.after.map_or(until, |after| until.min(after.0)))
    }

    fn state(&self) -> &'static str {
        self.state.map_or("", MessageState::as_str)
    }
}

/// Up to `limit` emails, the newest first, and whether there are more.
///
/// One filter leads, by an index that brings its emails in order: the recipient, else the tag, else a
/// state that few are in. The others are asked of each email that it brings.
pub async fn list(db: &PgPool, filter: &Filter, limit: i64) -> sqlx::Result<(Vec<Email>, bool)> {
    let mut db = planned_anew(db).await?;
    let wanted = limit + 1;
    let mut ids = if !filter.recipient.is_empty() {
        of_recipient(&mut db, filter, wanted).await?
    } else if !filter.tag.is_empty() {
        with_tag(&mut db, filter, wanted).await?
    } else {
        match filter.state {
            Some(MessageState::Queued) => waiting(&mut db, filter, wanted).await?,
            Some(MessageState::Sent) | None => walk(&mut db, filter, wanted).await?,
            Some(_) => in_trouble(&mut db, filter, wanted).await?,
        }
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = ids.len() > limit;
    ids.truncate(limit);
    let emails = all(&mut db, &ids).await?;
    db.commit().await?;
    Ok((emails, is_more))
}

/// A message is made in the moment of its email, whose id is that of its first message: looked for by
/// their own ids, messages are some moments later.
fn before_of_messages(before: Uuid) -> Uuid {
    const SECOND: u128 = 1000 << 80;
    Uuid::from_u128(before.as_u128().saturating_add(SECOND))
}

async fn of_recipient(db: &mut PgConnection, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (from, before) = filter.range();
    sqlx::query_scalar!(
        r#"SELECT m.content_id AS "id!"
             FROM messages m
            WHERE lower(m.recipient) = lower($1) AND m.stream = 'transactional'
              AND m.id >= $2 AND m.id < $3 AND m.content_id >= $2 AND m.content_id < $4
              AND ($5 = '' OR m.state = $5)
              AND ($6 = '' OR EXISTS (SELECT FROM email_tags t WHERE t.tag = $6 AND t.email_id = m.content_id))
            ORDER BY m.id DESC LIMIT $7"#,
        filter.recipient,
        from,
        before_of_messages(before),
        before,
        filter.state(),
        filter.tag,
        limit
    )
    .fetch_all(db)
    .await
}

async fn with_tag(db: &mut PgConnection, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (from, before) = filter.range();
    sqlx::query_scalar!(
        r#"SELECT t.email_id AS "id!"
             FROM email_tags t
            WHERE t.tag = $1 AND t.email_id >= $2 AND t.email_id < $3
              AND ($4 = '' OR EXISTS (
                  SELECT FROM emails e JOIN messages m ON m.id = ANY(e.message_ids) AND m.id >= e.id
                   WHERE e.id = t.email_id AND m.state = $4))
            ORDER BY t.email_id DESC LIMIT $5"#,
        filter.tag,
        from,
        before,
        filter.state(),
        limit
    )
    .fetch_all(db)
    .await
}

/// By the index of the few that did not go well.
async fn in_trouble(db: &mut PgConnection, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (from, before) = filter.range();
    sqlx::query_scalar!(
        r#"SELECT DISTINCT m.content_id AS "id!"
             FROM (SELECT content_id FROM messages
                    WHERE campaign_id IS NULL AND trouble = $1 AND stream = 'transactional'
                      AND id >= $2 AND id < $3 AND content_id >= $2 AND content_id < $4
                    -- All of an email's may be among them.
                    ORDER BY id DESC LIMIT $5) m
            ORDER BY 1 DESC LIMIT $6"#,
        filter.state(),
        from,
        before_of_messages(before),
        before,
        limit * MOST_RECIPIENTS,
        limit
    )
    .fetch_all(db)
    .await
}

/// By their tickets: what that costs is the backlog of single mail, whatever the history.
async fn waiting(db: &mut PgConnection, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (from, before) = filter.range();
    sqlx::query_scalar!(
        r#"SELECT DISTINCT m.content_id AS "id!"
             FROM queue q JOIN messages m ON m.id = q.message_id
            WHERE q.campaign_id IS NULL AND m.stream = 'transactional'
              AND q.message_id >= $1 AND q.message_id < $2 AND m.content_id >= $1 AND m.content_id < $3
            ORDER BY 1 DESC LIMIT $4"#,
        from,
        before_of_messages(before),
        before,
        limit
    )
    .fetch_all(db)
    .await
}

/// All of them in order; nearly all are sent.
async fn walk(db: &mut PgConnection, filter: &Filter, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    let (from, before) = filter.range();
    sqlx::query_scalar!(
        r#"SELECT e.id AS "id!" FROM emails e
            WHERE e.id >= $1 AND e.id < $2
              AND ($3 = '' OR EXISTS (
                  SELECT FROM messages m WHERE m.id = ANY(e.message_ids) AND m.id >= e.id AND m.state = $3))
            ORDER BY e.id DESC LIMIT $4"#,
        from,
        before,
        filter.state(),
        limit
    )
    .fetch_all(db)
    .await
}
