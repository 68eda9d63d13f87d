//! Pools of relays, and the rules that lead mail to them.

use sebar_domain::id::{CampaignId, PoolId, RouteId};
use sebar_domain::{Member, Pool, Route, Routing, Stream};
use sqlx::{PgConnection, PgExecutor};

use crate::control;

/// What a user says about a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// How it is called.
    pub name: String,
    /// Whether relays of one rank share the mail by their weights.
    pub by_weight: bool,
    /// Its relays.
    pub members: Vec<Member>,
}

/// Why a pool or a rule could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum RoutingError {
    /// Another pool has this name.
    #[error("another pool has this name")]
    NameTaken,
    /// There is a rule for the same mail.
    #[error("there is a rule for the same mail")]
    RuleTaken,
    /// A relay or a pool is not there any more.
    #[error("it is not there any more")]
    Gone,
    /// The database.
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for RoutingError {
    fn from(error: sqlx::Error) -> Self {
        let database = error.as_database_error();
        match database.and_then(|error| error.constraint()) {
            Some("pools_name") => Self::NameTaken,
            Some("routes_stream_from_domain_key") => Self::RuleTaken,
            _ if database.is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation) => Self::Gone,
            _ => Self::Database(error),
        }
    }
}

/// All pools and rules.
pub async fn all(db: &mut PgConnection) -> sqlx::Result<Routing> {
    let pools = sqlx::query!("SELECT id, name, by_weight FROM pools ORDER BY lower(name), id")
        .fetch_all(&mut *db)
        .await?;
    let members =
        sqlx::query!("SELECT pool_id, relay_id, rank, weight FROM pool_relays ORDER BY rank, relay_id")
            .fetch_all(&mut *db)
            .await?;
    let routes = sqlx::query!("SELECT id, stream, from_domain, pool_id FROM routes").fetch_all(db).await?;
    // CHECKs keep the numbers and words in their ranges.
    let small = |n: i16| u8::try_from(n).unwrap_or(1);
    let pools = pools.into_iter().map(|pool| Pool {
        id: pool.id.into(),
        name: pool.name,
        by_weight: pool.by_weight,
        members: members
            .iter()
            .filter(|member| member.pool_id == pool.id)
            .map(|of| Member { relay: of.relay_id.into(), rank: small(of.rank), weight: small(of.weight) })
            .collect(),
    });
    let routes = routes.into_iter().map(|route| Route {
        id: route.id.into(),
        stream: route.stream.and_then(|stream| stream.parse().ok()),
        from_domain: route.from_domain,
        pool: route.pool_id.into(),
    });
    Ok(Routing { pools: pools.collect(), routes: routes.collect() })
}

/// The pool of this name, whatever its capital letters.
pub async fn pool_named(db: impl PgExecutor<'_>, name: &str) -> sqlx::Result<Option<PoolId>> {
    let id = sqlx::query_scalar!("SELECT id FROM pools WHERE lower(name) = lower($1)", name);
    Ok(id.fetch_optional(db).await?.map(PoolId))
}

/// Stores a new pool. Call it in a transaction.
pub async fn create_pool(db: &mut PgConnection, settings: &PoolSettings) -> Result<PoolId, RoutingError> {
    let id = PoolId::new();
    sqlx::query!(
        "INSERT INTO pools (id, name, by_weight) VALUES ($1, $2, $3)",
        id.0,
        settings.name,
        settings.by_weight
    )
    .execute(&mut *db)
    .await?;
    set_members(db, id, &settings.members).await?;
    Ok(id)
}

/// Changes a pool. Call it in a transaction. `false`: there is no such pool.
pub async fn update_pool(
    db: &mut PgConnection,
    id: PoolId,
    settings: &PoolSettings,
) -> Result<bool, RoutingError> {
    let done = sqlx::query!(
        "UPDATE pools SET name = $2, by_weight = $3, updated_at = now() WHERE id = $1",
        id.0,
        settings.name,
        settings.by_weight
    )
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    set_members(db, id, &settings.members).await?;
    Ok(true)
}

async fn set_members(db: &mut PgConnection, id: PoolId, members: &[Member]) -> Result<(), RoutingError> {
    sqlx::query!("DELETE FROM pool_relays WHERE pool_id = $1", id.0).execute(&mut *db).await?;
    let relays: Vec<_> = members.iter().map(|member| member.relay.0).collect();
    let ranks: Vec<_> = members.iter().map(|member| i16::from(member.rank)).collect();
    let weights: Vec<_> = members.iter().map(|member| i16::from(member.weight)).collect();
    sqlx::query!(
        "INSERT INTO pool_relays (pool_id, relay_id, rank, weight)
         SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::smallint[])",
        id.0,
        &relays,
        &ranks,
        &weights
    )
    .execute(&mut *db)
    .await?;
    Ok(control::tell(db).await?)
}

/// The campaigns that are not over and go over a pool by their own choice.
pub async fn campaigns_of(db: impl PgExecutor<'_>, pool: PoolId) -> sqlx::Result<Vec<(CampaignId, String)>> {
    let rows = sqlx::query!(
        "SELECT id, name FROM campaigns WHERE pool_id = $1 AND state NOT IN ('sent', 'cancelled') ORDER BY id LIMIT 100",
        pool.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
}

/// Removes a pool with the rules that lead to it, unless a campaign that is not over goes over it.
/// Call it in a transaction. `false`: it is still needed, or gone already.
pub async fn delete_pool(db: &mut PgConnection, id: PoolId) -> sqlx::Result<bool> {
    // The row first: nobody chooses the pool from here on.
    let is_there = sqlx::query_scalar!("SELECT id FROM pools WHERE id = $1 FOR UPDATE", id.0)
        .fetch_optional(&mut *db)
        .await?
        .is_some();
    if !is_there || !campaigns_of(&mut *db, id).await?.is_empty() {
        return Ok(false);
    }
    sqlx::query!("UPDATE campaigns SET pool_id = NULL WHERE pool_id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!("DELETE FROM pools WHERE id = $1", id.0).execute(&mut *db).await?;
    control::tell(db).await?;
    Ok(true)
}

/// Adds a rule.
pub async fn add_route(
    db: &mut PgConnection,
    stream: Option<Stream>,
    from_domain: Option<&str>,
    pool: PoolId,
) -> Result<RouteId, RoutingError> {
    let id = RouteId::new();
    sqlx::query!(
        "INSERT INTO routes (id, stream, from_domain, pool_id) VALUES ($1, $2, lower($3), $4)",
        id.0,
        stream.map(Stream::as_str),
        from_domain,
        pool.0
    )
    .execute(&mut *db)
    .await?;
    control::tell(db).await?;
    Ok(id)
}

/// Removes a rule. `false`: it was gone already.
pub async fn delete_route(db: &mut PgConnection, id: RouteId) -> sqlx::Result<bool> {
    let done = sqlx::query!("DELETE FROM routes WHERE id = $1", id.0).execute(&mut *db).await?;
    control::tell(db).await?;
    Ok(done.rows_affected() == 1)
}
