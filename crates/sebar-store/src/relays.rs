//! Relays: SMTP servers that take our mail.

mod rest;
mod row;
mod secrets;
mod slow;

use chrono::{DateTime, Utc};
use sebar_domain::id::RelayId;
use sebar_domain::{Address, Authentication, Security, WarmUp};
use sqlx::{PgConnection, PgExecutor};

use crate::control;
use crate::keys::{KeyError, MasterKey};

pub use rest::{Pause, PauseReason, recovered, rest, unpause};
pub use secrets::{OAuth, OAuthSecrets, Secret, keep_refresh_token, oauth_secrets, password, set_oauth};
pub use slow::{Slowed, slow_down, speed_up};

use row::Row;
use secrets::place;

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
    /// Most messages in any minute, all senders together.
    pub per_minute: Option<u32>,
    /// Most messages in any hour.
    pub per_hour: Option<u32>,
    /// Most messages in any 24 hours.
    pub per_day: Option<u32>,
    /// What a new sending address may send in 24 hours, below the limit for a day.
    pub warm_up: Option<WarmUp>,
    /// Most connections at once, all senders together.
    pub connections: u32,
    /// A connection is renewed after so many messages: many servers allow no more, and balancers in
    /// front of them see only connections.
    pub per_connection: u32,
}

/// After how many messages a connection is renewed unless a user says otherwise.
pub const PER_CONNECTION: u32 = 1000;

/// A relay as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Relay {
    /// Its key.
    pub id: RelayId,
    /// What a user said about it.
    pub settings: RelaySettings,
    /// Where its access tokens are had, if it is logged in to by them.
    pub oauth: Option<OAuth>,
    /// Whether a password or a refresh token is stored.
    pub has_secret: bool,
    /// Whether a user wants it used.
    pub enabled: bool,
    /// Why and until when the sender leaves it alone, or is careful with it.
    pub pause: Option<Pause>,
    /// Until when it can take nothing because a quota is used up.
    pub parked_until: Option<DateTime<Utc>>,
    /// That it is sent less for a while, at its own wish.
    pub slowed: Option<Slowed>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its settings were changed last.
    pub updated_at: DateTime<Utc>,
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

    /// Whether it takes mail now for all that is known: wanted by the user, not in trouble since it was
    /// last tried, with room in its quotas.
    pub fn is_well(&self, now: DateTime<Utc>) -> bool {
        self.enabled && self.pause.is_none() && self.parked_until.is_none_or(|until| until <= now)
    }

    /// Most messages in a second at the moment: by its settings, and by its own wish.
    pub fn rate(&self) -> Option<f64> {
        let slowed = self.slowed.map(|slowed| slowed.rate);
        rate(self.settings.per_second, self.settings.per_minute, slowed)
    }
}

impl RelaySettings {
    /// Most messages in a second by the limits for a second and a minute.
    pub fn rate(&self) -> Option<f64> {
        rate(self.per_second, self.per_minute, None)
    }

    /// Whether any limit makes senders reserve slots.
    pub fn is_paced(&self) -> bool {
        self.rate().is_some() || self.per_hour.is_some() || self.per_day.is_some() || self.warm_up.is_some()
    }
}

/// The finest of the limits, in messages a second.
pub(crate) fn rate(per_second: Option<f64>, per_minute: Option<u32>, slowed: Option<f64>) -> Option<f64> {
    let per_minute = per_minute.map(|n| f64::from(n) / 60.0);
    [per_second, per_minute, slowed].into_iter().flatten().min_by(f64::total_cmp)
}

/// The plan as it is stored: whole, or not at all.
pub(crate) fn warm_up(
    start: Option<i32>,
    growth: Option<f64>,
    cap: Option<i32>,
    since: Option<DateTime<Utc>>,
) -> Option<WarmUp> {
    let number = |n: i32| u32::try_from(n).unwrap_or(1);
    Some(WarmUp { start: number(start?), growth: growth?, cap: number(cap?), since: since? })
}

/// Whether a list of addresses and `@domain`s covers an address; an empty one covers all.
pub fn may_send_from(allowed: &[String], from: &Address) -> bool {
    allowed.is_empty()
        || allowed.iter().any(|entry| match entry.strip_prefix('@') {
            Some(domain) => domain.eq_ignore_ascii_case(from.domain()),
            None => entry.to_lowercase() == from.key(),
        })
}

/// All relays, by name.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<Relay>> {
    find(db, None).await
}

/// One relay.
pub async fn get(db: impl PgExecutor<'_>, id: RelayId) -> sqlx::Result<Option<Relay>> {
    Ok(find(db, Some(id)).await?.pop())
}

/// One relay, or all by name.
async fn find(db: impl PgExecutor<'_>, id: Option<RelayId>) -> sqlx::Result<Vec<Relay>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, name, preset, host, port, security, authentication, username,
                  secret IS NOT NULL AS "has_secret!", ca_pem, from_allowed, per_second, per_hour, per_day,
                  connections, per_minute, per_connection, token_url, token_scope, client_id,
                  client_secret IS NOT NULL AS "has_client_secret!", enabled, paused_at, paused_until, pause_reason, faults,
                  parked_until, slow_rate, slow_from, warmup_start, warmup_growth, warmup_cap, warmup_since,
                  created_at, updated_at
             FROM relays WHERE $1::uuid IS NULL OR id = $1 ORDER BY lower(name), id"#,
        id.map(|id| id.0)
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Relay::from).collect())
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
                             from_allowed, per_second, per_hour, per_day, connections, per_minute, per_connection,
                             warmup_start, warmup_growth, warmup_cap, warmup_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                 $18, $19, $20, $21)",
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
        signed(settings.connections),
        settings.per_minute.map(signed),
        signed(settings.per_connection),
        settings.warm_up.map(|plan| signed(plan.start)),
        settings.warm_up.map(|plan| plan.growth),
        settings.warm_up.map(|plan| signed(plan.cap)),
        settings.warm_up.map(|plan| plan.since)
    )
    .execute(&mut *db)
    .await?;
    control::tell(db).await?;
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
                per_minute = $17, per_connection = $18,
                warmup_start = $19, warmup_growth = $20, warmup_cap = $21, warmup_since = $22,
                paused_at = NULL, paused_until = NULL, pause_reason = NULL, faults = 0,
                parked_until = NULL, slow_rate = NULL, slow_from = NULL, slowed_at = NULL, next_slot = now(), updated_at = now()
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
        signed(settings.connections),
        settings.per_minute.map(signed),
        signed(settings.per_connection),
        settings.warm_up.map(|plan| signed(plan.start)),
        settings.warm_up.map(|plan| plan.growth),
        settings.warm_up.map(|plan| signed(plan.cap)),
        settings.warm_up.map(|plan| plan.since)
    )
    .execute(&mut *db)
    .await?;
    control::tell(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Lets the senders use a relay, or not.
pub async fn set_enabled(db: &mut PgConnection, id: RelayId, enabled: bool) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("UPDATE relays SET enabled = $2, updated_at = now() WHERE id = $1", id.0, enabled)
            .execute(&mut *db)
            .await?;
    control::tell(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Removes a relay. What was sent over it keeps its id.
pub async fn delete(db: &mut PgConnection, id: RelayId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM relays WHERE id = $1", id.0).execute(&mut *db).await?;
    control::tell(db).await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) fn signed(n: u32) -> i32 {
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
