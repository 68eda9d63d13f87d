//! A private Postgres cluster: found, initialised, started and stopped for demo and tests.
//!
//! ```no_run
//! use sebar_postgres::{Cluster, Options};
//!
//! # fn main() -> Result<(), sebar_postgres::Error> {
//! let cluster = Cluster::start(&Options::durable(".sebar/postgres"))?;
//! cluster.ensure_database("sebar")?;
//! println!("{}", cluster.url("sebar"));
//! cluster.stop()?;
//! # Ok(())
//! # }
//! ```
//!
//! Begin with [`Options`] (whose data, for how long) and [`Cluster::start`]. All calls block: they
//! start processes and wait for them; from async code use `tokio::task::spawn_blocking` or call
//! them before serving begins.
mod account;
mod binaries;
mod blocking;
mod cluster;
#[cfg(feature = "download")]
mod download;
mod error;
mod install;
mod options;
mod pid_file;
mod scratch;
mod server;
mod sql;
mod state;

pub use cluster::Cluster;
pub use error::{Error, Result};
pub use options::{Lifetime, Options};
pub use scratch::{Scratch, test_folder};
