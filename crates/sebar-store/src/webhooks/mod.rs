//! Webhooks: addresses of programs that are told of events, and the calls that tell them.
//!
//! An event is written down in the transaction that makes it true, one row for each webhook that asked
//! for it. Contacts' and campaigns' events are written by triggers, where their history stands; those of
//! mail by the statements that record what became of it, and by [`tell`].

mod calls;
mod forget;
mod log;
mod tell;

pub use calls::{Call, Called, Health, Lease, Subjects, due, finish, hold, lease, release, subjects};
pub use forget::{delete, forget_deleted, forget_old};
pub use log::{Earlier, Entry, earlier, entry, listing, replay, replay_failed, send_test};
pub use tell::{NewEvent, tell};

use chrono::{DateTime, Utc};
use sebar_domain::EventKind;
use sebar_domain::id::WebhookId;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::keys::{KeyError, MasterKey};

/// For so long the secret before the last signs as well.
const OVERLAP_HOURS: i32 = 24;

/// What a person or a program says of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it is called.
    pub url: String,
    /// What people call it.
    pub description: String,
    /// What it is told of; not empty.
    pub events: Vec<EventKind>,
    /// Whether it is told of campaigns' mails too.
    pub campaigns: bool,
}

/// A webhook, and how it fares.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it is called, and of what it is told.
    pub settings: Settings,
    /// Whether it is called.
    pub enabled: bool,
    /// Why it is not: `failing`, `gone`; `None`: somebody turned it off.
    pub disabled_why: Option<String>,
    /// Until when the secret before the last signs as well.
    pub old_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Calls that failed since the last that went well.
    pub failures: i32,
    /// Since when they fail.
    pub failing_since: Option<DateTime<Utc>>,
    /// When a call went well last.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// What went wrong last, in English; empty: nothing.
    pub fault: String,
    sealed: Vec<u8>,
    old_sealed: Option<Vec<u8>>,
}

impl Webhook {
    /// Its secret: `whsec_…`.
    pub fn secret(&self, key: &MasterKey) -> Result<String, KeyError> {
        key.open(&place(self.id), &self.sealed)
    }

    /// The secrets that sign now, the newest first.
    pub fn secrets(&self, key: &MasterKey) -> Result<Vec<String>, KeyError> {
        let mut secrets = vec![self.secret(key)?];
        if let Some(sealed) = &self.old_sealed
            && self.old_until.is_some_and(|until| until > Utc::now())
        {
            secrets.push(key.open(&place(self.id), sealed)?);
        }
        Ok(secrets)
    }
}

fn place(id: WebhookId) -> String {
    format!("webhook:{id}")
}

struct Row {
    id: Uuid,
    url: String,
    description: String,
    events: Vec<String>,
    campaigns: bool,
    secret: Vec<u8>,
    old_secret: Option<Vec<u8>>,
    old_until: Option<DateTime<Utc>>,
    enabled: bool,
    disabled_why: Option<String>,
    created_at: DateTime<Utc>,
    failures: i32,
    failing_since: Option<DateTime<Utc>>,
    succeeded_at: Option<DateTime<Utc>>,
    fault: String,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Self {
        Self {
            id: WebhookId(row.id),
            settings: Settings {
                url: row.url,
                description: row.description,
                events: row.events.iter().filter_map(|word| word.parse().ok()).collect(),
                campaigns: row.campaigns,
            },
            enabled: row.enabled,
            disabled_why: row.disabled_why,
            old_until: row.old_until,
            created_at: row.created_at,
            failures: row.failures,
            failing_since: row.failing_since,
            succeeded_at: row.succeeded_at,
            fault: row.fault,
            sealed: row.secret,
            old_sealed: row.old_secret,
        }
    }
}

/// All webhooks, the oldest first.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Webhook>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, url, description, events, campaigns, secret, old_secret, old_until, enabled, disabled_why,
                created_at, failures, failing_since, succeeded_at, fault
           FROM webhooks ORDER BY id"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Webhook::from).collect())
}

/// One webhook.
pub async fn find(db: impl PgExecutor<'_>, id: WebhookId) -> sqlx::Result<Option<Webhook>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, url, description, events, campaigns, secret, old_secret, old_until, enabled, disabled_why,
                created_at, failures, failing_since, succeeded_at, fault
           FROM webhooks WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Webhook::from))
}

/// The webhooks that were turned off because their calls failed.
pub async fn given_up(db: impl PgExecutor<'_>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM webhooks WHERE NOT enabled AND disabled_why IS NOT NULL"#
    )
    .fetch_one(db)
    .await
}

/// Why a webhook could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Its secret could not be sealed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

fn words(events: &[EventKind]) -> Vec<String> {
    events.iter().map(ToString::to_string).collect()
}

/// Adds a webhook with its secret.
///
/// # Errors
/// When the secret cannot be sealed, or by the database.
pub async fn add(
    db: &mut PgConnection,
    key: &MasterKey,
    settings: &Settings,
    secret: &str,
) -> Result<WebhookId, StoreError> {
    let id = WebhookId::new();
    sqlx::query!(
        "INSERT INTO webhooks (id, url, description, events, campaigns, secret) VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        settings.url,
        settings.description,
        &words(&settings.events),
        settings.campaigns,
        key.seal(&place(id), secret)?
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Changes a webhook. `false`: there is none such. At another address it begins anew.
pub async fn change(db: &mut PgConnection, id: WebhookId, settings: &Settings) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE webhooks
            SET failures = CASE WHEN url = $2 THEN failures ELSE 0 END,
                failing_since = CASE WHEN url = $2 THEN failing_since END,
                not_before = CASE WHEN url = $2 THEN not_before END,
                fault = CASE WHEN url = $2 THEN fault ELSE '' END,
                url = $2, description = $3, events = $4, campaigns = $5
          WHERE id = $1",
        id.0,
        settings.url,
        settings.description,
        &words(&settings.events),
        settings.campaigns
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Turns a webhook on or off. `false`: there is none such. What waits is kept; what happens while it is
/// off it is never told of.
pub async fn set_enabled(db: &mut PgConnection, id: WebhookId, enabled: bool) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE webhooks
            SET enabled = $2, disabled_why = NULL, failures = 0, failing_since = NULL, not_before = NULL, fault = ''
          WHERE id = $1",
        id.0,
        enabled
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Gives a webhook another secret; the one before signs as well for a day. `false`: there is none such.
///
/// # Errors
/// When the secret cannot be sealed, or by the database.
pub async fn rotate(
    db: &mut PgConnection,
    key: &MasterKey,
    id: WebhookId,
    secret: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "UPDATE webhooks SET old_secret = secret, old_until = now() + make_interval(hours => $3), secret = $2
          WHERE id = $1",
        id.0,
        key.seal(&place(id), secret)?,
        OVERLAP_HOURS
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
