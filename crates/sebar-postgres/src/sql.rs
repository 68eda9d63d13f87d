//! The few statements about the cluster itself, from blocking code.

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use crate::blocking::blocking;

/// The cluster's superuser.
pub(crate) const USER: &str = "sebar";

/// Connects with TCP and the password.
pub(crate) fn options(port: u16, password: &str, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username(USER)
        .password(password)
        .database(database)
        // Loopback only, and the server has no certificate.
        .ssl_mode(PgSslMode::Disable)
}

/// Proves that the server on `port` is the cluster with this password.
pub(crate) fn prove(port: u16, password: &str) -> sqlx::Result<()> {
    let options = options(port, password, "postgres");
    blocking(async move { PgConnection::connect_with(&options).await?.close().await })?
}

/// Makes `name` unless it exists.
pub(crate) fn ensure_database(port: u16, password: &str, name: &str) -> sqlx::Result<()> {
    let options = options(port, password, "postgres");
    let statement = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
    blocking(async move {
        let mut connection = PgConnection::connect_with(&options).await?;
        match connection.execute(AssertSqlSafe(statement)).await {
            // duplicate_database; unique_violation when two create it at the same moment
            Err(sqlx::Error::Database(error))
                if matches!(error.code().as_deref(), Some("42P04" | "23505")) => {}
            other => {
                other?;
            }
        }
        connection.close().await
    })?
}
