//! Opening a connection to a relay: where, how encrypted, and with which proof of who we are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sebar_domain::{Authentication, Phase, RelayTrouble};
use sebar_oauth::{Account, Token, TokenError, Tokens};
use sebar_smtp::{Connection, Credentials, SendError, Target, Tls, Trust};
use sebar_store::relays::{self, PauseReason, Relay};
use tracing::warn;

use crate::judge;
use crate::shared::Shared;

/// What the connections of one sender share: access tokens, and loaded authorities.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    /// Made at the first relay that needs one: most installations have none.
    tokens: tokio::sync::OnceCell<Tokens>,
    /// By the PEM text of a relay's own authorities; `None`: those of this machine.
    trusted: Mutex<HashMap<Option<String>, Tls>>,
}

impl Logins {
    fn tls(&self, authorities: Option<&String>) -> Tls {
        let mut trusted = self.trusted.lock().unwrap_or_else(PoisonError::into_inner);
        let tls = trusted
            .entry(authorities.cloned())
            .or_insert_with_key(|pem| Tls::new(pem.clone().map_or(Trust::Platform, Trust::Authorities)));
        tls.clone()
    }
}

/// Opens a connection to a relay and logs in. An access token that the relay refuses is replaced
/// by a new one, once.
pub(crate) async fn open(shared: &Shared, relay: &Relay) -> Result<Connection, PauseReason> {
    match relay.settings.authentication {
        Authentication::None => Connection::connect(&target(shared, relay)).await.map_err(of),
        Authentication::Password => {
            let password = relays::password(&shared.db, &shared.key, relay.id)
                .await
                .map_err(|fault| settings(fault.to_string()))?;
            let credentials = Credentials::password(&relay.settings.username, password.unwrap_or_default());
            Connection::connect(&target(shared, relay).with_credentials(credentials)).await.map_err(of)
        }
        Authentication::OAuth2 => {
            let kept = token(shared, relay, None).await?;
            match with_token(shared, relay, &kept).await {
                Err(error) if is_refused(&error) && !kept.is_new => {
                    let new = token(shared, relay, Some(&kept.access)).await?;
                    with_token(shared, relay, &new).await.map_err(of)
                }
                outcome => outcome.map_err(of),
            }
        }
    }
}

fn target(shared: &Shared, relay: &Relay) -> Target {
    let of = &relay.settings;
    Target::new(of.host.as_str(), of.port, of.security)
        .with_hello(shared.options.hello.as_str())
        .with_timeouts(shared.options.timeouts)
        .with_tls(shared.logins.tls(of.ca_pem.as_ref()))
}

async fn with_token(shared: &Shared, relay: &Relay, token: &Token) -> Result<Connection, SendError> {
    let credentials = Credentials::bearer(&relay.settings.username, &token.access);
    Connection::connect(&target(shared, relay).with_credentials(credentials)).await
}

/// Whether the relay did not want this login, as it says when a token has ended.
fn is_refused(error: &SendError) -> bool {
    error.phase == Phase::Auth && error.reply().is_some_and(|reply| !reply.is_temporary())
}

/// A token for the relay; `refused` is one that it has just refused.
async fn token(shared: &Shared, relay: &Relay, refused: Option<&str>) -> Result<Token, PauseReason> {
    let tokens = shared.logins.tokens.get_or_try_init(async || Tokens::new()).await.map_err(no_token)?;
    let version = relay.updated_at.timestamp_micros();
    let account = async || account(shared, relay).await;
    let token = tokens.get(&relay.id.to_string(), version, refused, account).await.map_err(|why| why.0)?;
    if let Some(newest) = &token.new_refresh_token {
        let (db, key) = (&shared.db, &shared.key);
        // Without it the old one is asked with again, which providers take for a while.
        if let Err(fault) = relays::keep_refresh_token(db, key, relay.id, relay.updated_at, newest).await {
            warn!(%fault, relay = %relay.settings.name, "the new refresh token could not be kept");
        }
    }
    Ok(token)
}

/// Why there is no token, as the relay's fault.
struct NoToken(PauseReason);

impl From<TokenError> for NoToken {
    fn from(fault: TokenError) -> Self {
        Self(no_token(fault))
    }
}

async fn account(shared: &Shared, relay: &Relay) -> Result<Account, NoToken> {
    let missing = || NoToken(settings("the relay has no refresh token".to_owned()));
    let oauth = relay.oauth.as_ref().ok_or_else(missing)?;
    let secrets = relays::oauth_secrets(&shared.db, &shared.key, relay.id)
        .await
        .map_err(|fault| NoToken(settings(fault.to_string())))?
        .ok_or_else(missing)?;
    Ok(Account {
        token_url: oauth.token_url.clone(),
        scope: oauth.scope.clone(),
        client_id: oauth.client_id.clone(),
        client_secret: secrets.client_secret,
        refresh_token: secrets.refresh_token,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped by")]
fn no_token(fault: TokenError) -> PauseReason {
    let kind = match &fault {
        TokenError::Server(_) => RelayTrouble::TokenServer,
        TokenError::Address(_) | TokenError::Tls(_) => RelayTrouble::Settings,
        TokenError::Grant(_) | TokenError::Client(_) | TokenError::Refused(_) => RelayTrouble::Token,
    };
    PauseReason { kind, phase: Phase::Auth, code: None, text: fault.to_string() }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what an error is mapped by")]
fn of(error: SendError) -> PauseReason {
    judge::trouble(&error, true)
}

fn settings(text: String) -> PauseReason {
    PauseReason { kind: RelayTrouble::Settings, phase: Phase::Connect, code: None, text }
}
