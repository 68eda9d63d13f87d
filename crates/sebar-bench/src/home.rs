//! What a benchmark stands on: a folder of its own on disk, and a durable Postgres in it. Both are
//! gone at its end.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sebar_postgres::{Cluster, Options};
use serde::Serialize;

/// A benchmark's folder and Postgres.
pub(crate) struct Ground {
    // Stopped before its folder goes.
    cluster: Option<Cluster>,
    options: Options,
    folder: Folder,
}

impl Ground {
    fn new() -> Result<Self> {
        let folder = Folder::new()?;
        let options = Options::durable(folder.0.join("postgres"));
        // On the main thread: the server ends with the thread that started it.
        Ok(Self { cluster: Some(Cluster::start(&options)?), options, folder })
    }

    /// The URL of a database, made unless it exists.
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        let cluster = self.cluster.as_ref().context("Postgres is down")?;
        cluster.ensure_database(name)?;
        Ok(cluster.url(name))
    }

    /// Where files of the benchmark may stand.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// Kills Postgres and starts it again, on the same port.
    pub(crate) fn crash_postgres(&mut self) -> Result<()> {
        let cluster = self.cluster.take().context("Postgres is down")?;
        let port = cluster.port();
        cluster.kill()?;
        self.cluster = Some(Cluster::start(&Options { port: Some(port), ..self.options.clone() })?);
        Ok(())
    }
}

/// Runs `work` on fresh ground, and prints what came out: on one line for programs, or on several for
/// people.
pub(crate) fn run<T: Serialize>(json: bool, work: impl AsyncFnOnce(&mut Ground) -> Result<T>) -> Result<T> {
    let mut ground = Ground::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(work(&mut ground));
    if let Some(cluster) = ground.cluster.take() {
        cluster.stop()?;
    }
    let outcome = outcome?;
    let text = if json { serde_json::to_string(&outcome)? } else { serde_json::to_string_pretty(&outcome)? };
    println!("{text}");
    Ok(outcome)
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("sebar-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
