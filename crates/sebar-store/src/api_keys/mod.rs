//! Keys by which programs call the API. A key itself is shown once and never stored.

mod secret;

pub use secret::{NoRandomness, Secret};

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sebar_domain::id::{ApiKeyId, UserId};
use sebar_domain::{Network, Scope};
use sqlx::PgExecutor;

/// What a user says about a key.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// From which domains it may send, in lower case; empty: any.
    pub from_domains: Vec<String>,
    /// From where it may be used; empty: anywhere.
    pub networks: Vec<Network>,
    /// Most requests in a minute. `None`: as many as come.
    pub per_minute: Option<i32>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A stored key.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What a user said about it.
    pub settings: NewApiKey,
    /// How the key begins.
    pub prefix: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it, if they are still there.
    pub created_by: Option<String>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When a user ended it.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether it opens anything at `now`.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && !self.has_expired(now)
    }

    /// Whether its time is over at `now`.
    pub fn has_expired(&self, now: DateTime<Utc>) -> bool {
        self.settings.expires_at.is_some_and(|end| end <= now)
    }
}

struct Row {
    id: uuid::Uuid,
    name: String,
    prefix: String,
    scopes: Vec<String>,
    from_domains: Vec<String>,
    networks: Vec<String>,
    per_minute: Option<i32>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    created_by: Option<String>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ApiKey {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> sqlx::Result<Self> {
        // An entry that could not be read must not be left out: without it the key could do more.
        let decode = |fault| sqlx::Error::Decode(Box::new(fault));
        let networks = row.networks.iter().map(|text| text.parse()).collect::<Result<_, _>>();
        Ok(Self {
            id: row.id.into(),
            prefix: row.prefix,
            settings: NewApiKey {
                name: row.name,
                // A scope that only a newer version knows opens nothing here.
                scopes: row.scopes.iter().filter_map(|word| word.parse().ok()).collect(),
                from_domains: row.from_domains,
                networks: networks.map_err(decode)?,
                per_minute: row.per_minute,
                expires_at: row.expires_at,
            },
            created_at: row.created_at,
            created_by: row.created_by,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Stores a new key.
pub async fn create(
    db: impl PgExecutor<'_>,
    secret: &Secret,
    key: &NewApiKey,
    by: UserId,
) -> sqlx::Result<ApiKeyId> {
    let id = ApiKeyId::new();
    let scopes: Vec<String> = key.scopes.iter().map(ToString::to_string).collect();
    let networks: Vec<String> = key.networks.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "INSERT INTO api_keys (id, name, prefix, hash, scopes, from_domains, networks, per_minute, expires_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id.0,
        key.name,
        secret.prefix(),
        secret.hash(),
        &scopes,
        &key.from_domains,
        &networks,
        key.per_minute,
        key.expires_at,
        by.0
    )
    .execute(db)
    .await?;
    Ok(id)
}

/// The keys that programs show, in their order, whether or not they still open anything. Asked for each
/// request (those of one moment together), so that a revocation holds at once, in every process.
pub async fn find(db: impl PgExecutor<'_>, secrets: &[Secret]) -> sqlx::Result<Vec<Option<ApiKey>>> {
    let hashes: Vec<Vec<u8>> = secrets.iter().map(Secret::hash).collect();
    let mut distinct: Vec<&[u8]> = hashes.iter().map(Vec::as_slice).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let rows = sqlx::query!(
        r#"SELECT hash, id, name, prefix, scopes, from_domains, networks, per_minute, expires_at, created_at,
                  last_used_at, revoked_at
             FROM api_keys WHERE hash = ANY($1)"#,
        &distinct as &[&[u8]]
    )
    .fetch_all(db)
    .await?;
    let mut keys = HashMap::new();
    for row in rows {
        let key = ApiKey::try_from(Row {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes,
            from_domains: row.from_domains,
            networks: row.networks,
            per_minute: row.per_minute,
            expires_at: row.expires_at,
            created_at: row.created_at,
            created_by: None,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })?;
        keys.insert(row.hash, key);
    }
    Ok(hashes.iter().map(|hash| keys.get(hash).cloned()).collect())
}

/// One key by its id.
pub async fn get(db: impl PgExecutor<'_>, id: ApiKeyId) -> sqlx::Result<Option<ApiKey>> {
    sqlx::query_as!(
        Row,
        r#"SELECT k.id, k.name, k.prefix, k.scopes, k.from_domains, k.networks, k.per_minute, k.expires_at,
                  k.created_at, u.name AS "created_by?", k.last_used_at, k.revoked_at
             FROM api_keys k LEFT JOIN users u ON u.id = k.created_by
            WHERE k.id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?
    .map(ApiKey::try_from)
    .transpose()
}

/// All keys: those that a user has not ended first, the newest first.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<ApiKey>> {
    sqlx::query_as!(
        Row,
        r#"SELECT k.id, k.name, k.prefix, k.scopes, k.from_domains, k.networks, k.per_minute, k.expires_at,
                  k.created_at, u.name AS "created_by?", k.last_used_at, k.revoked_at
             FROM api_keys k LEFT JOIN users u ON u.id = k.created_by
            ORDER BY k.revoked_at IS NOT NULL, k.id DESC LIMIT 500"#
    )
    .fetch_all(db)
    .await?
    .into_iter()
    .map(ApiKey::try_from)
    .collect()
}

/// Notes that a key was used, once a minute at most.
pub async fn touch(db: impl PgExecutor<'_>, id: ApiKeyId) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE api_keys SET last_used_at = now()
          WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
        id.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a key for good; `false` if it had ended already or there is none.
pub async fn revoke(db: impl PgExecutor<'_>, id: ApiKeyId) -> sqlx::Result<bool> {
    let revoked = sqlx::query!(
        "UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL RETURNING id",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(revoked.is_some())
}
