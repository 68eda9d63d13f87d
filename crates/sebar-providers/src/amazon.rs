use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use sebar_domain::HookFault;
use tokio::sync::Mutex;
use url::Url;

use crate::sns::{Certificate, Envelope};

/// How long Amazon may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// No certificate and no confirmation is longer.
const LONGEST: usize = 64 * 1024;
/// Regions are fewer, and each has one certificate at a time.
const MOST: usize = 100;

/// Asks Amazon SNS: for certificates, which are kept, and to begin what we subscribed to.
#[derive(Debug, Default)]
pub struct Amazon {
    /// Made when it is needed first; `None`: it could not be made.
    http: OnceLock<Option<Client>>,
    certificates: Mutex<HashMap<Url, Certificate>>,
}

impl Amazon {
    /// With another way to reach it, for tests and proxies. Redirects are never followed.
    pub fn with(builder: ClientBuilder) -> Self {
        Self { http: OnceLock::from(client(builder)), certificates: Mutex::default() }
    }

    /// Whether Amazon signed an envelope.
    ///
    /// # Errors
    /// When it did not, or its certificate cannot be had.
    pub async fn verify(&self, envelope: &Envelope, now: DateTime<Utc>) -> Result<(), HookFault> {
        let url = envelope.certificate_url()?;
        // Held while it is fetched: many calls come at once, and one asks for all.
        let mut known = self.certificates.lock().await;
        let kept = known.get(&url).filter(|kept| kept.check(now).is_ok()).cloned();
        let certificate = match kept {
            Some(kept) => kept,
            None => {
                let fetched = Certificate::read(&self.get(url.clone()).await?)?;
                if known.len() >= MOST {
                    known.clear();
                }
                known.insert(url, fetched.clone());
                fetched
            }
        };
        drop(known);
        envelope.verify(&certificate, now)
    }

    /// Begins the subscription that an envelope asks about.
    ///
    /// # Errors
    /// When its address is not Amazon's, or Amazon does not agree.
    pub async fn confirm(&self, envelope: &Envelope) -> Result<(), HookFault> {
        self.get(envelope.subscribe_url()?).await.map(|_| ())
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, HookFault> {
        let unreachable = |_| HookFault::Unreachable;
        let http = self.http.get_or_init(|| client(Client::builder()));
        let http = http.as_ref().ok_or(HookFault::Unreachable)?;
        let mut answer: Response = http.get(url).send().await.map_err(unreachable)?;
        if !answer.status().is_success() {
            return Err(HookFault::Unreachable);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST {
                return Err(HookFault::Unreachable);
            }
        }
        Ok(body)
    }
}

fn client(builder: ClientBuilder) -> Option<Client> {
    let made = builder.redirect(Policy::none()).timeout(PATIENCE).build();
    made.inspect_err(|fault| tracing::warn!(%fault, "no client for Amazon SNS")).ok()
}
