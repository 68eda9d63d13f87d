//! Tokens that are kept: one for each account, asked for once however many wait.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::{TokenError, http};

/// A token is not used any more so long before its end: it must last for the login.
const BEFORE_THE_END: Duration = Duration::from_secs(60);

/// By what a token is asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider's token endpoint (RFC 6749 §3.2).
    pub token_url: String,
    /// What the token is to be good for (RFC 6749 §3.3); empty: what was granted.
    pub scope: String,
    /// The program, as the provider knows it.
    pub client_id: String,
    /// Its secret, if it has one.
    pub client_secret: Option<String>,
    /// What the account's owner consented to.
    pub refresh_token: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("token_url", &self.token_url).finish_non_exhaustive()
    }
}

/// A token to log in with.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The access token.
    pub access: String,
    /// Whether it was asked for just now; another try would bring the same.
    pub is_new: bool,
    /// The refresh token that came with it in place of the one before: keep it.
    pub new_refresh_token: Option<String>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("is_new", &self.is_new).finish_non_exhaustive()
    }
}

/// The tokens of a process.
#[derive(Debug)]
pub struct Tokens {
    http: Client,
    by_key: StdMutex<HashMap<String, Entry>>,
}

/// One account's place.
#[derive(Debug)]
struct Entry {
    /// Of the account, when it was asked for last.
    version: i64,
    kept: Arc<Mutex<Kept>>,
}

/// What is known of one account.
#[derive(Default)]
struct Kept {
    access: Option<(String, Instant)>,
    /// The newest refresh token, where the provider changed it.
    refresh_token: Option<String>,
    refused: Option<(TokenError, Instant)>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Tokens {
    /// Keeps none yet.
    pub fn new() -> Result<Self, TokenError> {
        Ok(Self { http: http::client()?, by_key: StdMutex::default() })
    }

    /// A token of the account that `key` stands for. `account` is asked for its secrets only when the
    /// provider must be asked; another `version` forgets what was kept for the one before. `refused` is
    /// a token that a relay has just refused: it is not given again.
    pub async fn get<E: From<TokenError>>(
        &self,
        key: &str,
        version: i64,
        refused: Option<&str>,
        account: impl AsyncFnOnce() -> Result<Account, E>,
    ) -> Result<Token, E> {
        let entry = self.entry(key, version);
        let came = Instant::now();
        // Whoever comes while one asks waits for what it gets.
        let mut kept = entry.lock().await;
        let now = Instant::now();
        if let Some((access, until)) = &kept.access
            && *until > now
            && refused != Some(access)
        {
            return Ok(Token { access: access.clone(), is_new: false, new_refresh_token: None });
        }
        if let Some((fault, at)) = &kept.refused
            && *at >= came
        {
            return Err(fault.clone().into());
        }
        let mut account = account().await?;
        if let Some(newest) = &kept.refresh_token {
            account.refresh_token.clone_from(newest);
        }
        match http::ask(&self.http, &account).await {
            Ok(granted) => {
                let usable = granted.lasts.saturating_sub(BEFORE_THE_END.min(granted.lasts / 2));
                *kept = Kept {
                    access: Some((granted.access.clone(), now + usable)),
                    refresh_token: granted.refresh_token.clone().or_else(|| kept.refresh_token.take()),
                    refused: None,
                };
                let new_refresh_token =
                    granted.refresh_token.filter(|newest| *newest != account.refresh_token);
                Ok(Token { access: granted.access, is_new: true, new_refresh_token })
            }
            Err(fault) => {
                kept.access = None;
                kept.refused = Some((fault.clone(), Instant::now()));
                Err(fault.into())
            }
        }
    }

    fn entry(&self, key: &str, version: i64) -> Arc<Mutex<Kept>> {
        let mut all = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(key) {
            Some(entry) if entry.version == version => Arc::clone(&entry.kept),
            _ => {
                let kept = Arc::<Mutex<Kept>>::default();
                all.insert(key.to_owned(), Entry { version, kept: Arc::clone(&kept) });
                kept
            }
        }
    }
}
