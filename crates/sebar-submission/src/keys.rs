//! Which program hands mail in, and whether it may.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use sebar_domain::Scope;
use sebar_domain::id::ApiKeyId;
use sebar_smtp::server::Answer;
use sebar_store::api_keys::{self, ApiKey, Secret};
use sqlx::PgPool;

const MINUTE: Duration = Duration::from_secs(60);

/// Finds keys, and counts what they hand in.
pub(crate) struct Keys {
    db: PgPool,
    counted: Mutex<HashMap<ApiKeyId, (Instant, i32)>>,
}

impl Keys {
    pub(crate) fn new(db: PgPool) -> Self {
        Self { db, counted: Mutex::default() }
    }

    /// The key that is shown as the password.
    pub(crate) async fn log_in(&self, password: &str, from: IpAddr) -> Result<ApiKey, Answer> {
        let wrong = || Answer::new(535, "5.7.8", "The password must be an API key of ours (sbr_...)");
        let secret = Secret::read(password.trim()).ok_or_else(wrong)?;
        let found = api_keys::find(&self.db, &[secret]).await.map_err(unavailable)?;
        let key = found.into_iter().next().flatten().ok_or_else(wrong)?;
        check(&key, from)?;
        if key.last_used_at.is_none_or(|at| Utc::now() - at > TimeDelta::minutes(1)) {
            api_keys::touch(&self.db, key.id).await.map_err(unavailable)?;
        }
        Ok(key)
    }

    /// The key of a session as it is now: a revocation holds for the next mail. A mail is counted.
    pub(crate) async fn still_good(&self, name: Option<&str>, from: IpAddr) -> Result<ApiKey, Answer> {
        let gone = || Answer::new(530, "5.7.0", "Log in first");
        let id: ApiKeyId = name.and_then(|name| name.parse().ok()).ok_or_else(gone)?;
        let key = api_keys::get(&self.db, id).await.map_err(unavailable)?.ok_or_else(gone)?;
        check(&key, from)?;
        if self.is_too_much(&key) {
            return Err(Answer::new(
                450,
                "4.7.1",
                "This key has handed in as many mails as it may in a minute",
            ));
        }
        Ok(key)
    }

    fn is_too_much(&self, key: &ApiKey) -> bool {
        let Some(most) = key.settings.per_minute else { return false };
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, n) = counted.entry(key.id).or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= MINUTE {
            (*since, *n) = (Instant::now(), 0);
        }
        *n += 1;
        *n > most
    }
}

fn check(key: &ApiKey, from: IpAddr) -> Result<(), Answer> {
    let no = |text: &str| Err(Answer::new(535, "5.7.8", text));
    if key.revoked_at.is_some() {
        return no("This API key was revoked");
    }
    if key.has_expired(Utc::now()) {
        return no("This API key has expired");
    }
    let networks = &key.settings.networks;
    if !networks.is_empty() && !networks.iter().any(|network| network.contains(from)) {
        return no("This API key may not be used from this address");
    }
    if !key.settings.scopes.contains(&Scope::EmailsSend) {
        return no("This API key lacks the scope emails:send");
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(crate) fn unavailable(fault: sqlx::Error) -> Answer {
    tracing::warn!(%fault, "the database fails a mail that is handed in");
    Answer::new(451, "4.3.0", "We cannot take mail now, try again later")
}
