//! Relays and pools, to look at: what changes them is for owners, in the dashboard.

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_domain::Pool;
use sebar_domain::id::{PoolId, RelayId};
use sebar_store::relays::{self, Relay};
use sebar_store::routing;
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{OfOne, Usual};
use super::error::{Refusal, Result};
use super::shapes::Page;
use crate::foundation::app::App;

/// A relay.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Relay)]
pub(crate) struct Shown {
    /// Always `relay`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RelayId,
    /// Its name.
    name: String,
    /// Its host name.
    host: String,
    /// Its port.
    port: u16,
    /// `none`, `starttls` or `tls`.
    security: String,
    /// `active`, `disabled`, `resting` (it failed), `parked` (a quota is used up) or `slowed` (at its own wish).
    state: &'static str,
    /// Until when it rests or is parked.
    until: Option<DateTime<Utc>>,
    /// Why it rests, in a word.
    reason: Option<String>,
    /// Addresses or `@domain`s that it may send from; empty: any.
    from_allowed: Vec<String>,
    /// What it may be given at most.
    limits: Limits,
}

/// A relay's limits; `null`: none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RelayLimits)]
pub(crate) struct Limits {
    /// Messages a second.
    per_second: Option<f64>,
    /// Messages a minute.
    per_minute: Option<u32>,
    /// Messages an hour.
    per_hour: Option<u32>,
    /// Messages in 24 hours.
    per_day: Option<u32>,
    /// Connections at once.
    connections: u32,
    /// Messages over one connection.
    per_connection: u32,
}

impl Shown {
    fn new(relay: Relay, now: DateTime<Utc>) -> Self {
        let pause = relay.pause.filter(|pause| pause.until > now);
        let parked = relay.parked_until.filter(|until| *until > now);
        let (state, until) = match (relay.enabled, &pause, parked) {
            (false, ..) => ("disabled", None),
            (true, Some(pause), _) => ("resting", Some(pause.until)),
            (true, None, Some(until)) => ("parked", Some(until)),
            (true, None, None) if relay.slowed.is_some() => ("slowed", None),
            (true, None, None) => ("active", None),
        };
        let of = relay.settings;
        Self {
            object: "relay",
            id: relay.id,
            name: of.name,
            host: of.host,
            port: of.port,
            security: of.security.to_string(),
            state,
            until,
            reason: pause.map(|pause| pause.reason.kind.to_string()),
            from_allowed: of.from_allowed,
            limits: Limits {
                per_second: of.per_second,
                per_minute: of.per_minute,
                per_hour: of.per_hour,
                per_day: of.per_day,
                connections: of.connections,
                per_connection: of.per_connection,
            },
        }
    }
}

/// List relays
///
/// All of them, with how they fare.
#[utoipa::path(
    get, path = "/relays", tag = "Relays", operation_id = "listRelays",
    responses((status = 200, description = "The relays.", body = Page<Shown>), Usual),
)]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Page<Shown>>> {
    let now = Utc::now();
    let all = relays::all(&app.db).await?;
    Ok(Json(Page::new(all.into_iter().map(|relay| Shown::new(relay, now)).collect(), false)))
}

/// Retrieve a relay
#[utoipa::path(
    get, path = "/relays/{id}", tag = "Relays", operation_id = "getRelay",
    params(("id" = String, Path, description = "The relay's id.")),
    responses((status = 200, description = "The relay.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Shown>> {
    let found = match id.parse() {
        Ok(id) => relays::get(&app.db, id).await?,
        Err(_) => None,
    };
    Ok(Json(Shown::new(found.ok_or_else(|| Refusal::not_found("relay"))?, Utc::now())))
}

/// A pool of relays.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pool)]
pub(crate) struct ShownPool {
    /// Always `pool`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: PoolId,
    /// Its name: what `pool` of an email or campaign names.
    name: String,
    /// Whether relays of one rank share the mail by their weights.
    by_weight: bool,
    /// Its relays, by rank.
    relays: Vec<Member>,
}

/// A relay in a pool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PoolRelay)]
pub(crate) struct Member {
    /// Which.
    #[schema(value_type = uuid::Uuid)]
    id: RelayId,
    /// 1 carries; 2 when none of rank 1 can; and so on.
    rank: u8,
    /// Its share among those of its rank.
    weight: u8,
}

impl From<Pool> for ShownPool {
    fn from(pool: Pool) -> Self {
        let member = |member: &sebar_domain::Member| Member {
            id: member.relay,
            rank: member.rank,
            weight: member.weight,
        };
        Self {
            object: "pool",
            id: pool.id,
            name: pool.name,
            by_weight: pool.by_weight,
            relays: pool.members.iter().map(member).collect(),
        }
    }
}

/// List pools
///
/// All of them, by name.
#[utoipa::path(
    get, path = "/pools", tag = "Relays", operation_id = "listPools",
    responses((status = 200, description = "The pools.", body = Page<ShownPool>), Usual),
)]
pub(crate) async fn pools(State(app): State<App>) -> Result<Json<Page<ShownPool>>> {
    let routing = routing::all(&mut *app.db.acquire().await?).await?;
    Ok(Json(Page::all(routing.pools)))
}
