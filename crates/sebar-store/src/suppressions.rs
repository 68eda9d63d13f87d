//! Addresses, and whole domains (`@example.com`), that are never mailed, whether or not they are contacts.
//!
//! A trigger notes in the history what is added or changed; who takes an entry away notes it here.

use chrono::{DateTime, Utc};
use sebar_domain::id::{BounceId, ContactId, UserId};
use sebar_domain::{Address, ContactEvent, SuppressionReason};
use serde_json::json;
use sqlx::{PgConnection, PgExecutor};

use crate::actor::Actor;
use crate::contact_events::{self, Cause};
use crate::contacts::Count;
use crate::like;

/// Counting stops here.
const MOST_COUNTED: i64 = 10_000;

/// An address on the suppression list.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The address in its normal form, or `@` and a domain.
    pub email: String,
    /// Why.
    pub reason: SuppressionReason,
    /// How it came here: a road of bounces, a file, a program; empty: by hand.
    pub source: String,
    /// What a user said about it.
    pub note: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when; `None`: for good.
    pub until: Option<DateTime<Utc>>,
    /// What it follows from.
    pub bounce: Option<BounceId>,
    /// Who put it there, if it was a user.
    pub user: Option<String>,
    /// The contact with this address.
    pub contact: Option<ContactId>,
}

struct Row {
    email: String,
    reason: String,
    source: String,
    note: String,
    created_at: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    bounce_id: Option<uuid::Uuid>,
    user: Option<String>,
    contact: Option<uuid::Uuid>,
}

impl From<Row> for Suppression {
    fn from(row: Row) -> Self {
        Self {
            email: row.email,
            // The column's CHECK allows no other words.
            reason: row.reason.parse().unwrap_or(SuppressionReason::Manual),
            source: row.source,
            note: row.note,
            created_at: row.created_at,
            until: row.until,
            bounce: row.bounce_id.map(BounceId),
            user: row.user,
            contact: row.contact.map(ContactId),
        }
    }
}

/// Whether an address is never mailed, for itself or its domain.
pub async fn is_suppressed(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM suppressions WHERE email = ANY(suppression_keys($1))) AS "suppressed!""#,
        email
    )
    .fetch_one(db)
    .await
}

/// The entry of an address, or else of its domain.
pub async fn of_address(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Suppression>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT s.email, s.reason, s.source, s.note, s.created_at, s.until,
                  (SELECT b.id FROM bounces b WHERE b.id = s.bounce_id) AS bounce_id, u.name AS "user?", c.id AS "contact?"
             FROM suppressions s LEFT JOIN users u ON u.id = s.created_by
             LEFT JOIN contacts c ON lower(c.email) = s.email
            WHERE s.email = ANY(suppression_keys($1)) ORDER BY left(s.email, 1) = '@' LIMIT 1"#,
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Suppression::from))
}

/// The entry of an address, or of a domain with an `@` before it.
pub async fn get(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Option<Suppression>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT s.email, s.reason, s.source, s.note, s.created_at, s.until,
                  (SELECT b.id FROM bounces b WHERE b.id = s.bounce_id) AS bounce_id, u.name AS "user?", c.id AS "contact?"
             FROM suppressions s LEFT JOIN users u ON u.id = s.created_by
             LEFT JOIN contacts c ON lower(c.email) = s.email
            WHERE s.email = lower($1)"#,
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Suppression::from))
}

/// Which entries are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Any part of the address; empty: all.
    pub search: String,
    /// Only those for this reason.
    pub reason: Option<SuppressionReason>,
}

/// From where a page is read: the newest come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// The newest.
    Start,
    /// Those after (older than) this one.
    After(DateTime<Utc>, String),
    /// Those just before (newer than) this one.
    Before(DateTime<Utc>, String),
}

/// Up to `limit` entries from a position on, the newest first.
pub async fn listing(
    db: impl PgExecutor<'_>,
    filter: &Filter,
    position: &Position,
    limit: i64,
) -> sqlx::Result<Vec<Suppression>> {
    let search = pattern(&filter.search);
    let reason = filter.reason.map(SuppressionReason::as_str);
    let (backwards, from) = match position {
        Position::Start => (false, None),
        Position::After(at, email) => (false, Some((at, email.as_str()))),
        Position::Before(at, email) => (true, Some((at, email.as_str()))),
    };
    let (at, email) = from.unzip();
    if backwards {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT s.email, s.reason, s.source, s.note, s.created_at, s.until,
                  (SELECT b.id FROM bounces b WHERE b.id = s.bounce_id) AS bounce_id, u.name AS "user?", c.id AS "contact?"
                 FROM (SELECT * FROM suppressions
                        WHERE ($1 = '%%' OR email LIKE $1) AND ($2::text IS NULL OR reason = $2)
                          AND (created_at, email) > ($3, $4)
                        ORDER BY created_at, email LIMIT $5) s
                 LEFT JOIN users u ON u.id = s.created_by LEFT JOIN contacts c ON lower(c.email) = s.email
                ORDER BY s.created_at DESC, s.email DESC"#,
            search,
            reason,
            at,
            email,
            limit
        );
        return Ok(rows.fetch_all(db).await?.into_iter().map(Suppression::from).collect());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT s.email, s.reason, s.source, s.note, s.created_at, s.until,
                  (SELECT b.id FROM bounces b WHERE b.id = s.bounce_id) AS bounce_id, u.name AS "user?", c.id AS "contact?"
             FROM (SELECT * FROM suppressions
                    WHERE ($1 = '%%' OR email LIKE $1) AND ($2::text IS NULL OR reason = $2)
                      AND ($3::timestamptz IS NULL OR (created_at, email) < ($3, $4))
                    ORDER BY created_at DESC, email DESC LIMIT $5) s
             LEFT JOIN users u ON u.id = s.created_by LEFT JOIN contacts c ON lower(c.email) = s.email
            ORDER BY s.created_at DESC, s.email DESC"#,
        search,
        reason,
        at,
        email,
        limit
    );
    Ok(rows.fetch_all(db).await?.into_iter().map(Suppression::from).collect())
}

/// Counts the entries that pass a filter, up to some 10,000.
pub async fn count(db: impl PgExecutor<'_>, filter: &Filter) -> sqlx::Result<Count> {
    let n = sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM (SELECT FROM suppressions
            WHERE ($1 = '%%' OR email LIKE $1) AND ($2::text IS NULL OR reason = $2) LIMIT $3) found"#,
        pattern(&filter.search),
        filter.reason.map(SuppressionReason::as_str),
        MOST_COUNTED + 1
    )
    .fetch_one(db)
    .await?;
    Ok(if n > MOST_COUNTED { Count::MoreThan(MOST_COUNTED) } else { Count::Exactly(n) })
}

fn pattern(search: &str) -> String {
    format!("%{}%", like::literal(&search.trim().to_lowercase()))
}

/// Puts addresses on the suppression list by a user's hand; returns those that were not on it.
/// Call it in a transaction.
pub async fn add(
    db: &mut PgConnection,
    addresses: &[Address],
    note: &str,
    by: impl Into<Actor>,
) -> sqlx::Result<Vec<String>> {
    let by = by.into();
    let mut emails: Vec<String> = addresses.iter().map(Address::key).collect();
    emails.sort();
    lock_contacts_of(&mut *db, &emails).await?;
    let added = sqlx::query_scalar!(
        "INSERT INTO suppressions (email, reason, note, created_by)
         SELECT lower(email), 'manual', $2, $3 FROM unnest($1::text[]) AS new (email)
         ON CONFLICT DO NOTHING RETURNING email",
        &emails,
        note,
        by.user()
    )
    .fetch_all(&mut *db)
    .await?;
    let contacts = contacts_of(&mut *db, &added).await?;
    let details = json!({ "reason": SuppressionReason::Manual, "note": note });
    contact_events::record(db, &contacts, ContactEvent::Suppressed, by.into(), details).await?;
    Ok(added)
}

/// Takes an address from the suppression list: it may be mailed again. `false` if it was not on it.
/// Call it in a transaction.
pub async fn lift(
    db: &mut PgConnection,
    email: &str,
    note: &str,
    by: impl Into<Actor>,
) -> sqlx::Result<bool> {
    let by = by.into();
    lock_contacts_of(&mut *db, &[email.to_lowercase()]).await?;
    let lifted =
        sqlx::query!(
            "WITH gone AS (DELETE FROM suppressions WHERE email = lower($1) RETURNING *),
                  noted AS (
                      INSERT INTO suppression_history (email, what, reason, source, note, until, bounce_id, user_id)
                      SELECT email, 'lifted', reason, source, $2, until, bounce_id, $3 FROM gone)
             SELECT email, reason FROM gone",
            email,
            note,
            by.user()
        )
        .fetch_optional(&mut *db)
        .await?;
    let Some(lifted) = lifted else { return Ok(false) };
    let contacts = contacts_of(&mut *db, &[lifted.email]).await?;
    let details = json!({ "reason": lifted.reason, "note": note });
    contact_events::record(db, &contacts, ContactEvent::Unsuppressed, by.into(), details).await?;
    Ok(true)
}

/// An entry that is to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// An address, or a domain with an `@` before it, in its normal form.
    pub email: String,
    /// Why.
    pub reason: SuppressionReason,
    /// What a user said about it.
    pub note: String,
    /// Until when; `None`: for good.
    pub until: Option<DateTime<Utc>>,
}

/// Makes entries, of addresses or of whole domains, from a file or by a program, which `source` names.
/// Entries that are there stay as they are, unless the new reason is graver. Returns how many were made
/// or changed. Call it in a transaction, with some thousands at a time.
pub async fn put(
    db: &mut PgConnection,
    entries: &[New],
    source: &str,
    user: Option<UserId>,
) -> sqlx::Result<Vec<String>> {
    let mut entries: Vec<&New> = entries.iter().collect();
    entries.sort_by(|a, b| a.email.cmp(&b.email));
    entries.dedup_by(|a, b| a.email == b.email);
    let emails: Vec<String> = entries.iter().map(|entry| entry.email.clone()).collect();
    lock_contacts_of(&mut *db, &emails).await?;
    let changed = sqlx::query_scalar!(
        "INSERT INTO suppressions AS s (email, reason, source, note, until, created_by)
         SELECT email, reason, $5, note, until, $6
           FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS new (email, reason, note, until)
         ON CONFLICT (email) DO UPDATE
            SET reason = excluded.reason, source = excluded.source, note = excluded.note, until = excluded.until,
                created_by = excluded.created_by, created_at = now(), bounce_id = NULL
          -- What stands for good is never made to end; what ends gives way to what stands for good.
          WHERE CASE WHEN excluded.until IS NULL
                     THEN s.until IS NOT NULL OR suppression_rank(s.reason) < suppression_rank(excluded.reason)
                     ELSE s.until <> excluded.until
                          AND suppression_rank(s.reason) <= suppression_rank(excluded.reason) END
         RETURNING email",
        &emails,
        &entries.iter().map(|entry| entry.reason.as_str()).collect::<Vec<_>>() as &[&str],
        &entries.iter().map(|entry| entry.note.clone()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.until).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        source,
        user.map(|user| user.0)
    )
    .fetch_all(&mut *db)
    .await?;
    let contacts = contacts_of(&mut *db, &changed).await?;
    let cause = user.map_or(Cause::System, Cause::User);
    contact_events::record(db, &contacts, ContactEvent::Suppressed, cause, json!({ "source": source }))
        .await?;
    Ok(changed)
}

/// Takes away entries whose time is over.
pub async fn expire(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!(
        "WITH gone AS (DELETE FROM suppressions WHERE until <= now() RETURNING *)
         INSERT INTO suppression_history (email, what, reason, source, note, until, bounce_id)
         SELECT email, 'expired', reason, source, note, until, bounce_id FROM gone"
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Something that happened to an entry.
#[derive(Clone, Debug)]
pub struct Past {
    /// When.
    pub at: DateTime<Utc>,
    /// `added`, `changed`, `lifted` or `expired`.
    pub what: String,
    /// Why it stood there.
    pub reason: SuppressionReason,
    /// How it had come.
    pub source: String,
    /// What was said about it.
    pub note: String,
    /// Until when it was to stand.
    pub until: Option<DateTime<Utc>>,
    /// What it followed from.
    pub bounce: Option<BounceId>,
    /// Who did it.
    pub user: Option<String>,
}

/// What happened to an address on the list, and to its domain, the newest first; the last hundred.
pub async fn history(db: impl PgExecutor<'_>, email: &str) -> sqlx::Result<Vec<Past>> {
    let rows = sqlx::query!(
        r#"SELECT h.at, h.what, h.reason, h.source, h.note, h.until, b.id AS "bounce_id?", u.name AS "user?"
             FROM suppression_history h LEFT JOIN users u ON u.id = h.user_id
             LEFT JOIN bounces b ON b.id = h.bounce_id
            WHERE h.email = ANY(suppression_keys($1)) ORDER BY h.at DESC LIMIT 100"#,
        email
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Past {
            at: row.at,
            what: row.what,
            reason: row.reason.parse().unwrap_or(SuppressionReason::Manual),
            source: row.source,
            note: row.note,
            until: row.until,
            bounce: row.bounce_id.map(BounceId),
            user: row.user,
        })
        .collect())
}

/// Locks the contacts that have these addresses against their deletion, and returns them. Before the suppressions are
/// touched: whoever deletes or unsubscribes contacts takes both in this order.
pub(crate) async fn lock_contacts_of(
    db: impl PgExecutor<'_>,
    emails: &[String],
) -> sqlx::Result<Vec<(String, ContactId)>> {
    let rows = sqlx::query!(
        r#"SELECT id, lower(email) AS "email!" FROM contacts WHERE lower(email) = ANY ($1) ORDER BY id FOR KEY SHARE"#,
        emails
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.email, ContactId(row.id))).collect())
}

async fn contacts_of(db: impl PgExecutor<'_>, emails: &[String]) -> sqlx::Result<Vec<ContactId>> {
    let ids = sqlx::query_scalar!("SELECT id FROM contacts WHERE lower(email) = ANY ($1)", emails)
        .fetch_all(db)
        .await?;
    Ok(ids.into_iter().map(ContactId).collect())
}
