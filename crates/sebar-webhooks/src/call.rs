//! One call.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use crate::secret::sign;
use crate::target::{Guard, Targets};

/// How long a program may take: the standard names 15 to 30 seconds.
const PATIENCE: Duration = Duration::from_secs(15);
const CONNECT: Duration = Duration::from_secs(5);
/// So much of an answer is kept.
const KEPT: usize = 2000;

/// Calls webhooks.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    targets: Targets,
}

/// How a call went.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) at: DateTime<Utc>,
    pub(crate) duration: Duration,
    /// The status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// The answer's beginning, or what went wrong.
    pub(crate) answer: String,
    /// So long it wishes to be let alone.
    pub(crate) wish: Option<Duration>,
}

impl Outcome {
    pub(crate) fn is_well(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// What went wrong, for people.
    pub(crate) fn fault(&self) -> String {
        self.status.map_or_else(|| self.answer.clone(), |status| format!("HTTP {status}"))
    }
}

impl Caller {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(targets: Targets) -> reqwest::Result<Self> {
        let http = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .connect_timeout(CONNECT)
            .dns_resolver(Guard(targets))
            .user_agent(concat!("Sebar-Webhooks/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, targets })
    }

    pub(crate) async fn call(&self, url: &str, secrets: &[String], id: &str, body: &str) -> Outcome {
        let (at, begun) = (Utc::now(), Instant::now());
        let (status, answer, wish) = match self.ask(url, secrets, id, at.timestamp(), body).await {
            Ok(response) => {
                let wish =
                    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                let status = response.status().as_u16();
                (Some(status), beginning(response).await, wish.map(Duration::from_secs))
            }
            Err(fault) => (None, fault, None),
        };
        Outcome { at, duration: begun.elapsed(), status, answer, wish }
    }

    async fn ask(
        &self,
        url: &str,
        secrets: &[String],
        id: &str,
        timestamp: i64,
        body: &str,
    ) -> Result<Response, String> {
        // Each time anew: the rules may have changed since it was entered.
        let url = self.targets.check(url).map_err(|fault| fault.to_string())?;
        self.http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", sign(secrets, id, timestamp, body))
            .body(body.to_owned())
            .send()
            .await
            .map_err(|fault| cause(&fault))
    }
}

/// The innermost cause: the outer ones repeat the address.
fn cause(fault: &reqwest::Error) -> String {
    if fault.is_timeout() {
        return format!("no answer within {} seconds", PATIENCE.as_secs());
    }
    let mut inner: &dyn std::error::Error = fault;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

/// The first characters of an answer; what comes after is not read.
async fn beginning(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < KEPT
        && let Ok(Some(chunk)) = response.chunk().await
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(KEPT)]);
    }
    bytes.truncate(KEPT);
    String::from_utf8_lossy(&bytes).replace('\0', "")
}
