//! What a benchmark stands on: a folder of its own on disk, and a durable Postgres in it. Both are
//! gone at its end.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sebar_postgres::{Cluster, Options};
use serde::Serialize;

/// Runs `work` with the URL of an empty database and the folder, and prints what came out: on one line
/// for programs, or on several for people.
pub(crate) fn run<T: Serialize>(json: bool, work: impl AsyncFnOnce(&str, &Path) -> Result<T>) -> Result<T> {
    let home = Home::new()?;
    // On the main thread: the server ends with the thread that started it.
    let cluster = Cluster::start(&Options::durable(home.0.join("postgres")))?;
    cluster.ensure_database("bench")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(work(&cluster.url("bench"), &home.0));
    cluster.stop()?;
    let outcome = outcome?;
    let text = if json { serde_json::to_string(&outcome)? } else { serde_json::to_string_pretty(&outcome)? };
    println!("{text}");
    Ok(outcome)
}

struct Home(PathBuf);

impl Home {
    fn new() -> Result<Self> {
        let home = std::env::temp_dir().join(format!("sebar-bench-{}", std::process::id()));
        fs::create_dir_all(&home)?;
        Ok(Self(home))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
