//! Limits for mail to some domains, over all relays and senders together.

use std::time::Duration;

use sebar_domain::DomainRule;
use sebar_domain::id::DomainRuleId;
use sqlx::{PgConnection, PgExecutor};

use crate::control;
use crate::pace::{HEADROOM, Slots};

/// Why a rule could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum DomainRuleError {
    /// Another rule has this name.
    #[error("another rule has this name")]
    NameTaken,
    /// The database.
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for DomainRuleError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.constraint()) {
            Some("domain_rules_name") => Self::NameTaken,
            _ => Self::Database(error),
        }
    }
}

/// All rules, by name. Of several that concern a domain the first counts.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<DomainRule>> {
    let rows = sqlx::query!(
        "SELECT id, name, domains, connections, per_second FROM domain_rules ORDER BY lower(name), id"
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DomainRule {
            id: row.id.into(),
            name: row.name,
            domains: row.domains,
            connections: row.connections.and_then(|n| u32::try_from(n).ok()),
            per_second: row.per_second,
        })
        .collect())
}

/// Stores a rule, new or changed.
pub async fn save(db: &mut PgConnection, rule: &DomainRule) -> Result<(), DomainRuleError> {
    sqlx::query!(
        "INSERT INTO domain_rules (id, name, domains, connections, per_second) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE
            SET name = $2, domains = $3, connections = $4, per_second = $5, next_slot = now()",
        rule.id.0,
        rule.name,
        &rule.domains,
        rule.connections.map(|n| i32::try_from(n).unwrap_or(i32::MAX)),
        rule.per_second
    )
    .execute(&mut *db)
    .await?;
    Ok(control::tell(db).await?)
}

/// Removes a rule. `false`: it was gone already.
pub async fn delete(db: &mut PgConnection, id: DomainRuleId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM domain_rules WHERE id = $1", id.0).execute(&mut *db).await?;
    control::tell(db).await?;
    Ok(done.rows_affected() == 1)
}

/// Reserves up to `wanted` slots of a rule, of those that come within `horizon`; perhaps none. `None`:
/// it has no rate, or is gone. Call it in a transaction, and commit at once.
pub async fn reserve(
    db: &mut PgConnection,
    id: DomainRuleId,
    wanted: u32,
    horizon: Duration,
) -> sqlx::Result<Option<Slots>> {
    let row = sqlx::query!(
        r#"SELECT per_second AS "per_second!",
                  greatest(0, extract(epoch FROM next_slot - clock_timestamp()))::float8 AS "first_in!"
             FROM domain_rules WHERE id = $1 AND per_second IS NOT NULL FOR NO KEY UPDATE"#,
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let slots = Slots::within(horizon, wanted, row.first_in, 1.0 / (row.per_second * HEADROOM));
    if slots.granted > 0 {
        sqlx::query!(
            "UPDATE domain_rules
                SET next_slot = greatest(next_slot, clock_timestamp()) + $2::float8 * interval '1 second'
              WHERE id = $1",
            id.0,
            slots.interval.as_secs_f64() * f64::from(slots.granted)
        )
        .execute(db)
        .await?;
    }
    Ok(Some(slots))
}
