//! A relay's secrets: sealed, opened only to log in, never shown again.

use chrono::{DateTime, Utc};
use sebar_domain::id::RelayId;
use sqlx::{PgConnection, PgExecutor};

use super::RelayError;
use crate::control;
use crate::keys::MasterKey;

/// What to do with the stored secret.
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

/// Where a relay's access tokens are had (RFC 6749 §6): for Gmail and Microsoft 365.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuth {
    /// The address that hands tokens out.
    pub token_url: String,
    /// What the token is to be good for; empty: what was granted.
    pub scope: String,
    /// Who asks: the program, as it is registered with the provider.
    pub client_id: String,
    /// Whether the program's own secret is stored; some have none.
    pub has_client_secret: bool,
}

/// What is needed for an access token, opened.
#[derive(Clone, PartialEq, Eq)]
pub struct OAuthSecrets {
    /// The program's secret, if it has one.
    pub client_secret: Option<String>,
    /// What the account's owner consented to.
    pub refresh_token: String,
}

impl std::fmt::Debug for OAuthSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OAuthSecrets(…)")
    }
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

/// Stores where a relay's tokens are had, and the program's secret. The refresh token is stored as
/// the relay's secret, by [`create`](super::create) and [`update`](super::update).
/// `false`: there is no such relay.
pub async fn set_oauth(
    db: &mut PgConnection,
    key: &MasterKey,
    id: RelayId,
    oauth: &OAuth,
    client_secret: Secret<'_>,
) -> Result<bool, RelayError> {
    let sealed = match client_secret {
        Secret::Set(secret) => Some(key.seal(&client_place(id), secret)?),
        Secret::Keep | Secret::Clear => None,
    };
    let done = sqlx::query!(
        "UPDATE relays
            SET token_url = $2, token_scope = $3, client_id = $4,
                client_secret = CASE WHEN $5 THEN client_secret ELSE $6 END, updated_at = now()
          WHERE id = $1",
        id.0,
        oauth.token_url,
        oauth.scope,
        oauth.client_id,
        matches!(client_secret, Secret::Keep),
        sealed
    )
    .execute(&mut *db)
    .await?;
    control::tell(db).await?;
    Ok(done.rows_affected() == 1)
}

/// What is needed for an access token, opened. `None`: there is no such relay, or it has no refresh token.
pub async fn oauth_secrets(
    db: impl PgExecutor<'_>,
    key: &MasterKey,
    id: RelayId,
) -> Result<Option<OAuthSecrets>, RelayError> {
    let row = sqlx::query!("SELECT secret, client_secret FROM relays WHERE id = $1", id.0)
        .fetch_optional(db)
        .await?;
    let Some((Some(sealed), client_secret)) = row.map(|row| (row.secret, row.client_secret)) else {
        return Ok(None);
    };
    let client_secret = client_secret.map(|sealed| key.open(&client_place(id), &sealed)).transpose()?;
    Ok(Some(OAuthSecrets { client_secret, refresh_token: key.open(&place(id), &sealed)? }))
}

/// Keeps the refresh token that a provider gave in place of the one before (RFC 6749 §6), unless a
/// user has changed the relay since it was read at `updated_at`. No change of the settings: who
/// works with the relay goes on.
pub async fn keep_refresh_token(
    db: impl PgExecutor<'_>,
    key: &MasterKey,
    id: RelayId,
    updated_at: DateTime<Utc>,
    refresh_token: &str,
) -> Result<bool, RelayError> {
    let sealed = key.seal(&place(id), refresh_token)?;
    let done = sqlx::query!(
        "UPDATE relays SET secret = $3
          WHERE id = $1 AND updated_at = $2 AND authentication = 'oauth2' AND secret IS NOT NULL",
        id.0,
        updated_at,
        sealed
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where a relay's secret is sealed for.
pub(super) fn place(id: RelayId) -> String {
    format!("relay:{id}")
}

/// Where its program's secret is.
fn client_place(id: RelayId) -> String {
    format!("relay-client:{id}")
}
