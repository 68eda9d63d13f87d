//! Relays: SMTP servers that take our mail.

use chrono::{DateTime, Utc};
use sebar_domain::id::RelayId;
use sebar_domain::{Address, Authentication, Phase, RelayTrouble, Security, retry};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgExecutor};

use crate::campaigns::CONTROL_CHANNEL;
use crate::keys::{KeyError, MasterKey};

/// What a user says about a relay. The secret is kept apart ([`Secret`]).
#[derive(Clone, Debug, PartialEq)]
pub struct RelaySettings {
    /// How it is called here.
    pub name: String,
    /// The preset that its form began with.
    pub preset: String,
    /// Host name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// How we log in.
    pub authentication: Authentication,
    /// With which name.
    pub username: String,
    /// Certificate authorities of its own, in PEM, instead of this machine's.
    pub ca_pem: Option<String>,
    /// Addresses or `@domain`s that it may send from; empty: any. Compared in lower case.
    pub from_allowed: Vec<String>,
    /// Most messages in a second, all senders together.
    pub per_second: Option<f64>,
    /// Most messages in any hour.
    pub per_hour: Option<u32>,
    /// Most messages in any 24 hours.
    pub per_day: Option<u32>,
    /// Most connections at once, all senders together.
    pub connections: u32,
}

/// A relay as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Relay {
    /// Its key.
    pub id: RelayId,
    /// What a user said about it.
    pub settings: RelaySettings,
    /// Whether a password is stored.
    pub has_secret: bool,
    /// Whether a user wants it used.
    pub enabled: bool,
    /// Why and until when the sender leaves it alone, or is careful with it.
    pub pause: Option<Pause>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its settings were changed last.
    pub updated_at: DateTime<Utc>,
}

/// A relay's rest after a fault of its own. Past `until` one message tries it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Pause {
    /// When the trouble began.
    pub since: DateTime<Utc>,
    /// When it is tried again.
    pub until: DateTime<Utc>,
    /// What was wrong.
    pub reason: PauseReason,
    /// How many times in a row.
    pub faults: u32,
}

/// What was wrong with a relay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PauseReason {
    /// In a word of ours.
    pub kind: RelayTrouble,
    /// Where in the conversation.
    pub phase: Phase,
    /// The reply code, if it answered.
    pub code: Option<u16>,
    /// Its answer, or the fault in English.
    pub text: String,
}

/// What to do with the stored password.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// Leave it as it is.
    Keep,
    /// Store this one.
    Set(&'a str),
    /// Forget it.
    Clear,
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Set(_) => "Set(…)",
            Self::Clear => "Clear",
        })
    }
}

/// Why a relay could not be stored or its password not be read.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// Another relay has this name.
    #[error("another relay has this name")]
    NameTaken,
    /// The password could not be sealed or opened.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database.
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for RelayError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.constraint()) {
            Some("relays_name") => Self::NameTaken,
            _ => Self::Database(error),
        }
    }
}

impl Relay {
    /// Whether this relay may send from the address.
    pub fn may_send_from(&self, from: &Address) -> bool {
        may_send_from(&self.settings.from_allowed, from)
    }

    /// Whether it is used now: wanted by the user and not resting at `now`.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.enabled && self.pause.as_ref().is_none_or(|pause| pause.until <= now)
    }

    /// Whether any limit makes senders reserve slots.
    pub fn is_paced(&self) -> bool {
        let of = &self.settings;
        of.per_second.is_some() || of.per_hour.is_some() || of.per_day.is_some()
    }
}

/// Whether a list of addresses and `@domain`s covers an address; an empty one covers all.
pub fn may_send_from(allowed: &[String], from: &Address) -> bool {
    allowed.is_empty()
        || allowed.iter().any(|entry| match entry.strip_prefix('@') {
            Some(domain) => domain.eq_ignore_ascii_case(from.domain()),
            None => entry.to_lowercase() == from.key(),
        })
}

struct Row {
    id: uuid::Uuid,
    name: String,
    preset: String,
    host: String,
    port: i32,
    security: String,
    authentication: String,
    username: String,
    has_secret: bool,
    ca_pem: Option<String>,
    from_allowed: Vec<String>,
    per_second: Option<f64>,
    per_hour: Option<i32>,
    per_day: Option<i32>,
    connections: i32,
    enabled: bool,
    paused_at: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    pause_reason: Option<serde_json::Value>,
    faults: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Relay {
    fn from(row: Row) -> Self {
        // CHECKs keep the words and the numbers in their ranges; what stands in for them is harmless.
        let positive = |n: i32| u32::try_from(n).unwrap_or(1);
        let pause = row.paused_until.map(|until| Pause {
            since: row.paused_at.unwrap_or(until),
            until,
            reason: row.pause_reason.and_then(|reason| serde_json::from_value(reason).ok()).unwrap_or(
                PauseReason {
                    kind: RelayTrouble::Unreachable,
                    phase: Phase::Connect,
                    code: None,
                    text: String::new(),
                },
            ),
            faults: positive(row.faults),
        });
        Self {
            id: row.id.into(),
            settings: RelaySettings {
                name: row.name,
                preset: row.preset,
                host: row.host,
                port: u16::try_from(row.port).unwrap_or(25),
                security: row.security.parse().unwrap_or(Security::ImplicitTls),
                authentication: row.authentication.parse().unwrap_or(Authentication::None),
                username: row.username,
                ca_pem: row.ca_pem,
                from_allowed: row.from_allowed,
                per_second: row.per_second,
                per_hour: row.per_hour.map(positive),
                per_day: row.per_day.map(positive),
                connections: positive(row.connections),
            },
            has_secret: row.has_secret,
            enabled: row.enabled,
            pause,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// All relays, by name.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Relay>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, name, preset, host, port, security, authentication, username,
                  secret IS NOT NULL AS "has_secret!", ca_pem, from_allowed, per_second, per_hour, per_day,
                  connections, enabled, paused_at, paused_until, pause_reason, faults, created_at, updated_at
             FROM relays ORDER BY lower(name), id"#
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Relay::from).collect())
}

/// One relay.
pub async fn get(db: impl PgExecutor<'_>, id: RelayId) -> sqlx::Result<Option<Relay>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, name, preset, host, port, security, authentication, username,
                  secret IS NOT NULL AS "has_secret!", ca_pem, from_allowed, per_second, per_hour, per_day,
                  connections, enabled, paused_at, paused_until, pause_reason, faults, created_at, updated_at
             FROM relays WHERE id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Relay::from))
}

/// The enabled relays that may send from an address, by name.
pub async fn for_address(db: impl PgExecutor<'_>, from: &Address) -> sqlx::Result<Vec<Relay>> {
    let mut relays = all(db).await?;
    relays.retain(|relay| relay.enabled && relay.may_send_from(from));
    Ok(relays)
}

/// Stores a new relay; `password` is sealed.
pub async fn create(
    db: &mut PgConnection,
    key: &MasterKey,
    settings: &RelaySettings,
    password: Option<&str>,
) -> Result<RelayId, RelayError> {
    let id = RelayId::new();
    let secret = password.map(|password| key.seal(&place(id), password)).transpose()?;
    sqlx::query!(
        "INSERT INTO relays (id, name, preset, host, port, security, authentication, username, secret, ca_pem,
                             from_allowed, per_second, per_hour, per_day, connections)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        id.0,
        settings.name,
        settings.preset,
        settings.host,
        i32::from(settings.port),
        settings.security.as_str(),
        settings.authentication.as_str(),
        settings.username,
        secret,
        settings.ca_pem,
        &settings.from_allowed,
        settings.per_second,
        settings.per_hour.map(signed),
        settings.per_day.map(signed),
        signed(settings.connections)
    )
    .execute(&mut *db)
    .await?;
    changed(db).await?;
    Ok(id)
}

/// Stores other settings. They may have mended what it was paused for, so a rest ends.
/// `false`: there is no such relay.
pub async fn update(
    db: &mut PgConnection,
    key: &MasterKey,
    id: RelayId,
    settings: &RelaySettings,
    secret: Secret<'_>,
) -> Result<bool, RelayError> {
    let sealed = match secret {
        Secret::Set(password) => Some(key.seal(&place(id), password)?),
        Secret::Keep | Secret::Clear => None,
    };
    let done = sqlx::query!(
        "UPDATE relays
            SET name = $2, preset = $3, host = $4, port = $5, security = $6, authentication = $7, username = $8,
                secret = CASE WHEN $9 THEN secret ELSE $10 END, ca_pem = $11, from_allowed = $12,
                per_second = $13, per_hour = $14, per_day = $15, connections = $16,
                paused_at = NULL, paused_until = NULL, pause_reason = NULL, faults = 0,
                next_slot = now(), updated_at = now()
          WHERE id = $1",
        id.0,
        settings.name,
        settings.preset,
        settings.host,
        i32::from(settings.port),
        settings.security.as_str(),
        settings.authentication.as_str(),
        settings.username,
        matches!(secret, Secret::Keep),
        sealed,
        settings.ca_pem,
        &settings.from_allowed,
        settings.per_second,
        settings.per_hour.map(signed),
        settings.per_day.map(signed),
        signed(settings.connections)
    )
    .execute(&mut *db)
    .await?;
    changed(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Lets the senders use a relay, or not.
pub async fn set_enabled(db: &mut PgConnection, id: RelayId, enabled: bool) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("UPDATE relays SET enabled = $2, updated_at = now() WHERE id = $1", id.0, enabled)
            .execute(&mut *db)
            .await?;
    changed(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a relay. What was sent over it keeps its id.
pub async fn delete(db: &mut PgConnection, id: RelayId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM relays WHERE id = $1", id.0).execute(&mut *db).await?;
    changed(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a relay's rest at a user's wish: it is tried again at once.
pub async fn unpause(db: &mut PgConnection, id: RelayId) -> sqlx::Result<bool> {
    let paused = recovered(&mut *db, id).await?;
    changed(db).await?;
    Ok(paused)
}

/// The password of a relay, opened. `None`: there is no such relay or it has none.
pub async fn password(
    db: impl PgExecutor<'_>,
    key: &MasterKey,
    id: RelayId,
) -> Result<Option<String>, RelayError> {
    let sealed =
        sqlx::query_scalar!("SELECT secret FROM relays WHERE id = $1", id.0).fetch_optional(db).await?;
    Ok(sealed.flatten().map(|sealed| key.open(&place(id), &sealed)).transpose()?)
}

/// Lets a relay rest after a fault of its own, twice as long each time. Of several that report the
/// same fault only the first counts. Call it in a transaction. Returns until when it rests.
pub async fn rest(
    db: &mut PgConnection,
    id: RelayId,
    reason: &PauseReason,
) -> sqlx::Result<Option<DateTime<Utc>>> {
    let faults = sqlx::query_scalar!(
        "UPDATE relays SET faults = faults + 1, paused_at = coalesce(paused_at, now())
          WHERE id = $1 AND (paused_until IS NULL OR paused_until <= now())
         RETURNING faults",
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(faults) = faults else { return Ok(None) };
    let rest = retry::relay_rest(u32::try_from(faults).unwrap_or(1));
    let until = sqlx::query_scalar!(
        r#"UPDATE relays SET paused_until = now() + $2::float8 * interval '1 second', pause_reason = $3
            WHERE id = $1 RETURNING paused_until AS "until!""#,
        id.0,
        rest.as_secs_f64(),
        serde_json::json!(reason)
    )
    .fetch_one(&mut *db)
    .await?;
    changed(db).await?;
    Ok(Some(until))
}

/// Notes that a relay works again. `false`: it was not in trouble.
pub async fn recovered(db: impl PgExecutor<'_>, id: RelayId) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE relays SET faults = 0, paused_at = NULL, paused_until = NULL, pause_reason = NULL
          WHERE id = $1 AND (faults > 0 OR paused_until IS NOT NULL)",
        id.0
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Tells the senders; they hear it when the transaction commits.
async fn changed(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SELECT pg_notify($1, '')", CONTROL_CHANNEL).execute(db).await?;
    Ok(())
}

/// Where a relay's secret is sealed for.
fn place(id: RelayId) -> String {
    format!("relay:{id}")
}

fn signed(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_addresses_are_allowed_by_themselves_or_by_their_domain() {
        let from: Address = "News@Example.com".parse().unwrap();
        for (allowed, may) in [
            (vec![], true),
            (vec!["news@example.com"], true),
            (vec!["@EXAMPLE.com"], true),
            (vec!["other@example.com", "@example.org"], false),
            (vec!["@ample.com"], false),
        ] {
            let allowed: Vec<String> = allowed.into_iter().map(str::to_owned).collect();
            assert_eq!(may_send_from(&allowed, &from), may, "{allowed:?}");
        }
    }
}
