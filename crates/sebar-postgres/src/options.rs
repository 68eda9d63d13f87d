//! Which cluster to start, and for how long.

use std::{path::PathBuf, time::Duration};

/// How long a server that we start lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until [`Cluster::stop`](crate::Cluster::stop), the end of the `Cluster` value, or the end of
    /// this process, however it ends.
    Process,
    /// Beyond this process, until nobody has called [`Cluster::start`](crate::Cluster::start) for
    /// this long. For tests, which come and go as processes of their own.
    Idle(Duration),
}

/// Which cluster to start, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The cluster's folder: password, lock, log, and the data unless the account that runs
    /// Postgres cannot reach it (then a file `place` in it says where they are). Made when missing.
    pub data_dir: PathBuf,
    /// The port on 127.0.0.1 to insist on. `None` keeps the port of the last start while it is
    /// free, else takes any free one.
    pub port: Option<u16>,
    /// Whether what was committed survives a power cut (fsync). Only tests can do without.
    pub durable: bool,
    /// When a server that we start is stopped.
    pub lifetime: Lifetime,
    /// Whether missing server binaries may be installed (by apt-get as root on Debian) or
    /// downloaded (with the feature `download`). The variable `SEBAR_PG_INSTALL=never` forbids it too.
    pub may_install: bool,
    /// Connections that the server allows.
    pub max_connections: u16,
}

impl Options {
    /// A cluster for data that somebody wants to keep, which runs as long as this process.
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: None,
            durable: true,
            lifetime: Lifetime::Process,
            may_install: true,
            max_connections: 100,
        }
    }

    /// A cluster for tests: no fsync, and what an earlier server left behind is thrown away.
    pub fn disposable(data_dir: impl Into<PathBuf>, lifetime: Lifetime) -> Self {
        Self { durable: false, lifetime, max_connections: 300, ..Self::durable(data_dir) }
    }
}
