//! Addresses of ours that providers call when mail comes back to them.

use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use sebar_domain::id::HookId;
use sebar_domain::{HookFault, Proof, Provider};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::keys::{KeyError, MasterKey};

/// What somebody sets of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookSettings {
    /// Its name for people.
    pub name: String,
    /// The one topic of Amazon SNS that may call; empty: the first that is confirmed.
    pub topic: String,
    /// Whether calls are taken.
    pub enabled: bool,
}

/// A hook, and how it fares.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its id: the first part of its address.
    pub id: HookId,
    /// Who calls.
    pub provider: Provider,
    /// What was set.
    pub settings: HookSettings,
    /// When a call was taken last.
    pub called_at: Option<DateTime<Utc>>,
    /// Calls that were taken so far.
    pub calls: i64,
    /// Bounces and complaints that were new in them.
    pub events: i64,
    /// Why a call was refused last, and when.
    pub fault: Option<(HookFault, DateTime<Utc>)>,
    secret: Vec<u8>,
    credential: Option<Vec<u8>>,
}

impl Hook {
    /// The secret part of its address.
    pub fn secret(&self, key: &MasterKey) -> Result<String, KeyError> {
        key.open(&address_of(self.id), &self.secret)
    }

    /// The provider's key, or our token; empty where there is none yet.
    pub fn credential(&self, key: &MasterKey) -> Result<String, KeyError> {
        self.credential.as_ref().map_or(Ok(String::new()), |sealed| key.open(&credential_of(self.id), sealed))
    }

    /// Whether a key is there, where one is needed.
    pub fn is_complete(&self) -> bool {
        self.credential.is_some() || self.provider.proof() == Proof::Certificate
    }

    /// Whether the last call was refused.
    pub fn is_failing(&self) -> bool {
        self.fault.is_some_and(|(_, at)| self.called_at.is_none_or(|called| called < at))
    }
}

fn address_of(id: HookId) -> String {
    format!("hook:{id}:address")
}

fn credential_of(id: HookId) -> String {
    format!("hook:{id}:credential")
}

/// 128 random bits in hexadecimal digits.
fn random() -> Result<String, KeyError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

struct Row {
    id: Uuid,
    provider: String,
    name: String,
    secret: Vec<u8>,
    credential: Option<Vec<u8>>,
    topic: String,
    enabled: bool,
    called_at: Option<DateTime<Utc>>,
    calls: i64,
    events: i64,
    fault: String,
    fault_at: Option<DateTime<Utc>>,
}

impl From<Row> for Hook {
    fn from(row: Row) -> Self {
        Self {
            id: HookId(row.id),
            // The CHECK on the column allows no other words.
            provider: row.provider.parse().unwrap_or(Provider::Generic),
            settings: HookSettings { name: row.name, topic: row.topic, enabled: row.enabled },
            called_at: row.called_at,
            calls: row.calls,
            events: row.events,
            fault: row.fault.parse().ok().zip(row.fault_at),
            secret: row.secret,
            credential: row.credential,
        }
    }
}

/// All hooks, by name.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Hook>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, provider, name, secret, credential, topic, enabled, called_at, calls, events, fault, fault_at
           FROM provider_hooks ORDER BY lower(name), id"
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Hook::from).collect())
}

/// One hook.
pub async fn find(db: impl PgExecutor<'_>, id: HookId) -> sqlx::Result<Option<Hook>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, provider, name, secret, credential, topic, enabled, called_at, calls, events, fault, fault_at
           FROM provider_hooks WHERE id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Hook::from))
}

/// Why a hook could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A secret could not be made or sealed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Adds a hook with an address of its own, and with a token where the provider is to repeat one.
///
/// # Errors
/// When a secret cannot be made, or by the database.
pub async fn add(
    db: &mut PgConnection,
    key: &MasterKey,
    provider: Provider,
    settings: &HookSettings,
) -> Result<HookId, StoreError> {
    let id = HookId::new();
    let secret = key.seal(&address_of(id), &random()?)?;
    let credential = match provider.proof() {
        Proof::Token => Some(key.seal(&credential_of(id), &random()?)?),
        Proof::Key | Proof::Certificate => None,
    };
    sqlx::query!(
        "INSERT INTO provider_hooks (id, provider, name, secret, credential, topic, enabled)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id.0,
        provider.as_str(),
        settings.name,
        secret,
        credential,
        settings.topic,
        settings.enabled
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// Changes a hook; without a credential it keeps the one that it has. `false`: there is none such.
///
/// # Errors
/// When the credential cannot be sealed, or by the database.
pub async fn change(
    db: &mut PgConnection,
    key: &MasterKey,
    id: HookId,
    settings: &HookSettings,
    credential: Option<&str>,
) -> Result<bool, StoreError> {
    let sealed = credential.map(|credential| key.seal(&credential_of(id), credential)).transpose()?;
    let done = sqlx::query!(
        "UPDATE provider_hooks
            SET name = $2, topic = $3, enabled = $4, credential = coalesce($5, credential),
                fault = CASE WHEN $5::bytea IS NULL THEN fault ELSE '' END
          WHERE id = $1",
        id.0,
        settings.name,
        settings.topic,
        settings.enabled,
        sealed
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes a hook; what it brought stays. `false`: there is none such.
pub async fn delete(db: impl PgExecutor<'_>, id: HookId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM provider_hooks WHERE id = $1", id.0).execute(db).await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a topic for the one that may call, unless there is another already; whether it is that one.
pub async fn take_topic(db: impl PgExecutor<'_>, id: HookId, topic: &str) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("UPDATE provider_hooks SET topic = $2 WHERE id = $1 AND topic IN ('', $2)", id.0, topic)
            .execute(db)
            .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that a call was taken, and how much in it was new.
pub async fn note_taken(db: impl PgExecutor<'_>, id: HookId, events: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE provider_hooks SET calls = calls + 1, events = events + $2, called_at = now() WHERE id = $1",
        id.0,
        events
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes why a call was refused; the same reason once in ten seconds, so that whoever calls in vain does
/// not write without end.
pub async fn note_fault(db: impl PgExecutor<'_>, id: HookId, fault: HookFault) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE provider_hooks SET fault = $2, fault_at = now()
          WHERE id = $1
            AND (fault <> $2 OR fault_at IS NULL OR fault_at < now() - interval '10 seconds' OR fault_at < called_at)",
        id.0,
        fault.as_str()
    )
    .execute(db)
    .await?;
    Ok(())
}
