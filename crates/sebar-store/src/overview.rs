//! What Home shows of the whole installation. Reads counters, never messages.

use chrono::{DateTime, Utc};
use sebar_domain::id::ImportId;
use sqlx::PgExecutor;

/// What the campaigns that began in a span of days came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Campaigns.
    pub campaigns: i64,
    /// Messages that a relay took.
    pub sent: i64,
    /// Of these, with opens and clicks recorded by person.
    pub tracked: i64,
    /// People who opened.
    pub opened: i64,
    /// People who clicked.
    pub clicked: i64,
    /// People who unsubscribed.
    pub unsubscribed: i64,
}

/// What the campaigns came to that began between `from` and `until`.
pub async fn total(
    db: impl PgExecutor<'_>,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<Total> {
    sqlx::query_as!(
        Total,
        r#"SELECT count(*) AS "campaigns!", coalesce(sum(n.sent), 0)::bigint AS "sent!",
                  coalesce(sum(n.sent) FILTER (WHERE c.tracking = 'individual'), 0)::bigint AS "tracked!",
                  coalesce(sum(n.opened), 0)::bigint AS "opened!", coalesce(sum(n.clicked), 0)::bigint AS "clicked!",
                  coalesce(sum(n.unsubscribed), 0)::bigint AS "unsubscribed!"
             FROM campaigns c JOIN campaign_counts n ON n.campaign_id = c.id
            WHERE c.started_at >= $1 AND c.started_at < $2"#,
        from,
        until
    )
    .fetch_one(db)
    .await
}

/// Which first steps of a new installation are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstSteps {
    /// There is a relay.
    pub relay: bool,
    /// There is a contact.
    pub contacts: bool,
    /// There is a template.
    pub template: bool,
    /// A campaign was started once.
    pub campaign: bool,
}

impl FirstSteps {
    /// Whether nothing is left to do.
    pub fn are_done(&self) -> bool {
        self.relay && self.contacts && self.template && self.campaign
    }
}

/// How far a new installation is.
pub async fn first_steps(db: impl PgExecutor<'_>) -> sqlx::Result<FirstSteps> {
    sqlx::query_as!(
        FirstSteps,
        r#"SELECT EXISTS (SELECT FROM relays) AS "relay!",
                  EXISTS (SELECT FROM tallies WHERE name = 'contacts' AND value > 0) AS "contacts!",
                  EXISTS (SELECT FROM templates WHERE archived_at IS NULL) AS "template!",
                  EXISTS (SELECT FROM campaigns WHERE started_at IS NOT NULL) AS "campaign!""#
    )
    .fetch_one(db)
    .await
}

/// An import that did not come to its end.
#[derive(Clone, Debug)]
pub struct FailedImport {
    /// Its key.
    pub id: ImportId,
    /// Name of the uploaded file.
    pub file_name: String,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Imports that failed since a moment, the latest first, five at most.
pub async fn failed_imports(
    db: impl PgExecutor<'_>,
    since: DateTime<Utc>,
) -> sqlx::Result<Vec<FailedImport>> {
    sqlx::query_as!(
        FailedImport,
        "SELECT id, file_name, finished_at FROM imports
          WHERE state = 'failed' AND finished_at >= $1 ORDER BY id DESC LIMIT 5",
        since
    )
    .fetch_all(db)
    .await
}

/// How many contacts there are.
pub async fn contacts(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    Ok(sqlx::query_scalar!("SELECT value FROM tallies WHERE name = 'contacts'")
        .fetch_optional(db)
        .await?
        .unwrap_or(0))
}
