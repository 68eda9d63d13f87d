//! Which Postgres: the one that was named, or a private one of our own.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::{Context as _, Result, bail};
use sebar_postgres::{Cluster, Options};
use sebar_store::keys::MasterKey;
use sqlx::PgPool;

use crate::config::Config;

const NAME: &str = "sebar";

/// What to do where no database was named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Private {
    /// Start our own.
    Start,
    /// Use our own if another process runs it.
    Find,
}

/// The database of this process, and the cluster that it started for it, if any.
pub(crate) struct Database {
    url: String,
    cluster: Option<Cluster>,
}

impl Database {
    /// Finds or starts the server. Call it on the main thread: the cluster ends with its starter.
    pub(crate) fn open(config: &Config, private: Private) -> Result<Self> {
        if let Some(url) = &config.database_url {
            return Ok(Self { url: url.clone(), cluster: None });
        }
        let options = Options::durable(config.state_dir.join("postgres"));
        let cluster = match private {
            Private::Start => Some(Cluster::start(&options)?),
            Private::Find => Cluster::find(&options)?,
        };
        let Some(cluster) = cluster else {
            bail!("no database: set DATABASE_URL, or keep `sebar run` running, which brings its own");
        };
        cluster.ensure_database(NAME)?;
        Ok(Self { url: cluster.url(NAME), cluster: Some(cluster) })
    }

    /// Where it is, without the password.
    pub(crate) fn describe(&self) -> String {
        if let Some(cluster) = &self.cluster {
            return format!("private Postgres on port {}", cluster.port());
        }
        let url = self.url.split_once('@').map_or(self.url.as_str(), |(_, place)| place);
        format!("Postgres at {url}")
    }

    /// Opens a pool and brings the schema up to date.
    pub(crate) async fn connect(&self, connections: u32) -> Result<PgPool> {
        let pool = sebar_store::connect(&self.url, connections)
            .await
            .with_context(|| format!("cannot reach the database ({})", self.describe()))?;
        sebar_store::migrate(&pool).await.context("cannot bring the schema up to date")?;
        Ok(pool)
    }

    /// Stops what [`open`](Self::open) started.
    pub(crate) fn close(self) -> Result<()> {
        match self.cluster {
            Some(cluster) if cluster.is_ours_to_stop() => cluster.stop().context("cannot stop Postgres"),
            _ => Ok(()),
        }
    }
}

/// The installation's key: from the configuration, else made once and kept beside the private database.
pub(crate) fn master_key(config: &Config) -> Result<MasterKey> {
    if let Some(secret) = &config.secret {
        return Ok(MasterKey::from_hex(secret)?);
    }
    let path = config.state_dir.join("secret");
    match fs::read_to_string(&path) {
        Ok(secret) => {
            return MasterKey::from_hex(&secret).with_context(|| format!("{} is damaged", path.display()));
        }
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {}
        Err(fault) => return Err(fault).with_context(|| format!("cannot read {}", path.display())),
    }
    if config.database_url.is_some() {
        bail!(
            "SEBAR_SECRET is not set; make one with `openssl rand -hex 32` and keep it: it seals relay passwords"
        );
    }
    let secret = random_hex(32)?;
    fs::create_dir_all(&config.state_dir)?;
    write_private(&path, &secret)?;
    Ok(MasterKey::from_hex(&secret)?)
}

/// Writes a file that only its owner can read; fails if it is there already.
pub(crate) fn write_private(path: &std::path::Path, content: &str) -> Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(content.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// So many random bytes as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> Result<String> {
    use std::fmt::Write as _;
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| anyhow::anyhow!("the system gives no random numbers"))?;
    Ok(random.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
