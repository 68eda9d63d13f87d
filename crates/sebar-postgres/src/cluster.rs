//! A running cluster.

use std::{
    fs::{self, File},
    path::PathBuf,
};

use sqlx::postgres::PgConnectOptions;

use crate::{
    account::Account,
    error::{Error, Result},
    install,
    options::{Lifetime, Options},
    pid_file::PidFile,
    server, sql,
    state::State,
};

/// A private Postgres server on 127.0.0.1 that lets in who has its password.
///
/// Dropping the value stops the server if this value started it (or took over one whose process
/// died) with [`Lifetime::Process`]; [`Cluster::stop`] does the same and tells what went wrong.
#[derive(Debug)]
pub struct Cluster {
    state: State,
    data: PathBuf,
    port: u16,
    password: String,
    /// Held by the one process that stops the server.
    keeper: Option<File>,
}

impl Cluster {
    /// Finds the running server of this cluster, else starts one; at the first start it makes the
    /// cluster. Calls from several processes at the same moment start one server between them.
    pub fn start(options: &Options) -> Result<Self> {
        let state = State::open(&options.data_dir)?;
        let _lock = state.lock()?;
        state.touch()?;
        let password = state.password()?;
        let data = state.data();
        if let Some(data) = &data {
            if let Some(server) = server::wait_for_other(&state, data)? {
                return Self::found(options, state, &server, password);
            }
            server::forget(data)?;
        }
        let keeper = match options.lifetime {
            Lifetime::Process => state.keep()?,
            Lifetime::Idle(_) => None,
        };
        let account = Account::choose()?;
        // What a disposable cluster left behind may be damaged (no fsync), and is of no use.
        let data = data.filter(|_| options.durable);
        let wanted = data.as_ref().and_then(|data| {
            let version = fs::read_to_string(data.join("PG_VERSION")).ok()?;
            version.trim().split('.').next()?.parse().ok()
        });
        let place = data.clone().unwrap_or_else(|| options.data_dir.clone());
        let binaries = install::provide(options, &state, &account, wanted, &place)?;
        let data = match data {
            Some(data) => data,
            None => server::initialise(options, &state, &account, &binaries, &password)?,
        };
        let server = server::start(options, &state, &account, &binaries, &data)?;
        let cluster = Self { state, data, port: server.port, password, keeper };
        cluster.prove(&server)?;
        cluster.state.keep_port(server.port)?;
        Ok(cluster)
    }

    /// The running server of this cluster, if there is one. Starts nothing.
    pub fn find(options: &Options) -> Result<Option<Self>> {
        if !options.data_dir.is_dir() {
            return Ok(None);
        }
        let state = State::open(&options.data_dir)?;
        let _lock = state.lock()?;
        let Some(data) = state.data() else { return Ok(None) };
        let Some(server) = server::wait_for_other(&state, &data)? else {
            return Ok(None);
        };
        let password = state.password()?;
        let cluster = Self { state, data: server.data.clone(), port: server.port, password, keeper: None };
        cluster.prove(&server)?;
        Ok(Some(cluster))
    }

    fn found(options: &Options, state: State, server: &PidFile, password: String) -> Result<Self> {
        // A server whose starter was killed is stopped by the next one who needs it.
        let keeper = match options.lifetime {
            Lifetime::Process => state.keep()?,
            Lifetime::Idle(_) => None,
        };
        let cluster = Self { state, data: server.data.clone(), port: server.port, password, keeper };
        cluster.prove(server)?;
        Ok(cluster)
    }

    fn prove(&self, server: &PidFile) -> Result<()> {
        sql::prove(self.port, &self.password).map_err(|error| Error::NotOurs {
            data: self.data.clone(),
            pid: server.pid,
            reason: error.to_string(),
        })
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether this value started the server, or took it over, and will stop it.
    pub fn is_ours_to_stop(&self) -> bool {
        self.keeper.is_some()
    }

    /// The connection URL of a database, with the password: not for logs.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://{}:{}@127.0.0.1:{}/{database}?sslmode=disable",
            sql::USER,
            self.password,
            self.port
        )
    }

    /// The same as options for sqlx.
    pub fn connect_options(&self, database: &str) -> PgConnectOptions {
        sql::options(self.port, &self.password, database)
    }

    /// Makes the database unless it exists.
    pub fn ensure_database(&self, name: &str) -> Result<()> {
        Ok(sql::ensure_database(self.port, &self.password, name)?)
    }

    /// Stops the server if it is ours to stop (a fast shutdown: open transactions are rolled back,
    /// everything committed is on disk) and waits for its end.
    pub fn stop(mut self) -> Result<()> {
        self.stop_if_ours()
    }

    /// Stops the server whoever started it.
    pub fn stop_for_all(mut self) -> Result<()> {
        let _lock = self.state.lock()?;
        self.keeper = None;
        server::stop(&self.state, &self.data)
    }

    /// Kills the server (SIGKILL), as a fault of the machine would; the next [`start`](Self::start)
    /// recovers it. For benchmarks and tests of what survives that.
    pub fn kill(mut self) -> Result<()> {
        let _lock = self.state.lock()?;
        self.keeper = None;
        server::kill(&self.data);
        Ok(())
    }

    fn stop_if_ours(&mut self) -> Result<()> {
        let Some(keeper) = self.keeper.take() else {
            return Ok(());
        };
        let _lock = self.state.lock()?;
        let stopped = server::stop(&self.state, &self.data);
        drop(keeper);
        stopped
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop_if_ours() {
            tracing::warn!(%error, "the private database was not stopped");
        }
    }
}
