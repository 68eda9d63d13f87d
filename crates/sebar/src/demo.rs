//! `sebar demo`: sample data and a login to begin with.

use anyhow::Result;

use crate::config::Config;
use crate::database::Database;
use crate::services::{Part, run_on};

/// Seeds what is missing, says how to go on, and runs everything.
pub(crate) async fn run(config: &Config, database: &Database) -> Result<()> {
    let db = database.connect(20).await?;
    run_on(config, db, &Part::ALL).await
}
