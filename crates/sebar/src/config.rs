//! Settings: the environment (`SEBAR_…`, `DATABASE_URL`) over `sebar.toml` over what suits a laptop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::certificate;

/// Everything that can be set. Names in the environment are the same in capitals: `SEBAR_LISTEN`.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Postgres to use. Also read from `DATABASE_URL`. Without it: a private one in `state_dir`.
    pub(crate) database_url: Option<String>,
    /// 64 hexadecimal digits; signs tokens and seals relay passwords. Without it: made once and kept in `state_dir`.
    pub(crate) secret: Option<String>,
    /// The address under which people reach us, as it stands in the links of mails.
    pub(crate) public_url: Option<String>,
    /// Where the web app listens.
    pub(crate) listen: SocketAddr,
    /// Where the mail catcher listens.
    pub(crate) catcher_listen: SocketAddr,
    /// Where we listen for mail that comes back to our return path; unset: nowhere.
    pub(crate) inbound_listen: Option<SocketAddr>,
    /// Mails that this listener takes in a minute from one address; 0: any number.
    pub(crate) inbound_per_minute: u32,
    /// Where programs hand in mail by SMTP with STARTTLS, usually port 587; unset: nowhere.
    pub(crate) submit_listen: Option<SocketAddr>,
    /// The same over TLS from the first octet, usually port 465.
    pub(crate) submit_tls_listen: Option<SocketAddr>,
    /// Whether they may log in without TLS: for networks of one's own.
    pub(crate) submit_plain_text: bool,
    /// Whether webhooks may have addresses of one's own network, and without TLS.
    pub(crate) webhook_private: bool,
    /// Certificate chain of our SMTP listeners (PEM), for STARTTLS. Read again when it changes.
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub(crate) tls_key: Option<PathBuf>,
    /// Where the private Postgres and generated secrets live.
    pub(crate) state_dir: PathBuf,
    /// Whether a reverse proxy in front of us sets `X-Forwarded-For`.
    pub(crate) behind_proxy: bool,
    /// The largest file that is taken for an import, in MB (10⁶ bytes).
    pub(crate) max_upload_mb: u64,
    /// How logs are written.
    pub(crate) log: Log,
}

/// How logs are written; what is logged is set by `RUST_LOG`.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Log {
    /// For people.
    Text,
    /// One JSON object a line, for log collectors.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: None,
            secret: None,
            public_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            catcher_listen: SocketAddr::from(([127, 0, 0, 1], 2525)),
            inbound_listen: None,
            inbound_per_minute: sebar_intake::Limits::default().per_minute,
            submit_listen: None,
            submit_tls_listen: None,
            submit_plain_text: false,
            webhook_private: false,
            tls_certificate: None,
            tls_key: None,
            state_dir: ".sebar".into(),
            behind_proxy: false,
            max_upload_mb: sebar_web::Config::MAX_UPLOAD / 1_000_000,
            log: Log::Text,
        }
    }
}

impl Config {
    /// Reads `sebar.toml` (or the file that `SEBAR_CONFIG` names) and the environment.
    pub(crate) fn load() -> Result<Self> {
        let named = std::env::var("SEBAR_CONFIG").ok();
        let file = config::File::new(named.as_deref().unwrap_or("sebar.toml"), config::FileFormat::Toml)
            .required(named.is_some());
        // What steers other programs of ours stands in the environment under the same prefix.
        let known = |name: &str| {
            [
                "database_url",
                "secret",
                "public_url",
                "listen",
                "catcher_listen",
                "inbound_listen",
                "inbound_per_minute",
                "submit_listen",
                "submit_tls_listen",
                "submit_plain_text",
                "webhook_private",
                "tls_certificate",
                "tls_key",
                "state_dir",
                "behind_proxy",
                "max_upload_mb",
                "log",
            ]
            .contains(&name)
        };
        let environment = std::env::vars().filter_map(|(name, value)| {
            let name = name.strip_prefix("SEBAR_")?.to_lowercase();
            known(&name).then_some((name, value))
        });
        let mut settings = config::Config::builder().add_source(file);
        for (name, value) in environment.filter(|(_, value)| !value.is_empty()) {
            settings = settings.set_override(name, value)?;
        }
        let mut loaded: Self = settings
            .build()
            .and_then(config::Config::try_deserialize)
            .context("the configuration cannot be read")?;
        if loaded.database_url.is_none() {
            loaded.database_url = std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty());
        }
        if let Some(url) = &mut loaded.public_url {
            url.truncate(url.trim_end_matches('/').len());
        }
        Ok(loaded)
    }

    /// The TLS of our SMTP listeners, if a certificate is named.
    pub(crate) fn tls(&self) -> Result<Option<Arc<rustls::ServerConfig>>> {
        match (&self.tls_certificate, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => certificate::server(certificate.clone(), key.clone()).map(Some),
            _ => anyhow::bail!("SEBAR_TLS_CERTIFICATE and SEBAR_TLS_KEY belong together: set both"),
        }
    }

    /// The public address, or the one on this machine.
    pub(crate) fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }
}
