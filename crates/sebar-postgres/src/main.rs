//! Private clusters for the Makefile and for people at a terminal.
//!
//! - `sebar-postgres run [--migrated FOLDER] COMMAND…` runs a command with a cluster that lives as
//!   long as the command: `SEBAR_TEST_DATABASE_URL` is the server, `DATABASE_URL` (with
//!   `--migrated`) a database with the migrations of the folder.
//! - `sebar-postgres create NAME`, within such a run, makes an empty database and prints its URL.
//! - `sebar-postgres stop` stops the cluster that plain `cargo test` left running.
use std::{
    env,
    ffi::OsString,
    path::Path,
    process::{ExitCode, ExitStatus},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use sebar_postgres::{Cluster, Lifetime, Options, Scratch, test_folder};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool, migrate::Migrator,
    postgres::PgConnectOptions,
};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const USAGE: &str = "usage: sebar-postgres run [--migrated FOLDER] COMMAND… | create NAME | stop";

/// Names the server to a run's command.
const SERVER: &str = "SEBAR_TEST_DATABASE_URL";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let outcome = match arguments.split_first() {
        Some((verb, rest)) if verb == "run" => match rest {
            [flag, folder, command, rest @ ..] if flag == "--migrated" => {
                run(Some(Path::new(folder)), command, rest).await
            }
            [command, rest @ ..] if command != "--migrated" => run(None, command, rest).await,
            _ => Err(USAGE.into()),
        },
        Some((verb, [name])) if verb == "create" => create(&name.to_string_lossy()).await,
        Some((verb, [])) if verb == "stop" => stop(),
        _ => Err(USAGE.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("sebar-postgres: {error}");
        ExitCode::FAILURE
    })
}

async fn run(migrations: Option<&Path>, program: &OsString, arguments: &[OsString]) -> Outcome<ExitCode> {
    // Heard from here on, so that Ctrl-C ends the command and not the clearing away after it.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let scratch = Scratch::start()?;
    let cluster = scratch.cluster().ok_or("the cluster is gone")?;
    let mut command = Command::new(program);
    command.args(arguments).env(SERVER, cluster.url("postgres"));
    if let Some(folder) = migrations {
        cluster.ensure_database("scratch")?;
        let url = cluster.url("scratch");
        let pool = PgPool::connect(&url).await?;
        Migrator::new(folder).await?.run(&pool).await?;
        pool.close().await;
        command.env("DATABASE_URL", url);
    }
    let name = program.to_string_lossy();
    let mut child = command.spawn().map_err(|error| format!("cannot run {name}: {error}"))?;
    let pid = child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            // The terminal has told the command too.
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {
                pid.map(|pid| kill_process(pid, Signal::TERM));
            }
        }
    };
    Ok(code(status))
}

/// The command's own code; 128 + the signal that ended it, as a shell has it.
fn code(status: ExitStatus) -> ExitCode {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

async fn create(name: &str) -> Outcome<ExitCode> {
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err("a name has lower-case letters, digits and underscores".into());
    }
    let server: PgConnectOptions = env::var(SERVER).map_err(|_| format!("{SERVER} is not set"))?.parse()?;
    let mut connection = PgConnection::connect_with(&server).await?;
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    connection.close().await?;
    println!("{}", server.database(name).to_url_lossy());
    Ok(ExitCode::SUCCESS)
}

fn stop() -> Outcome<ExitCode> {
    let home = test_folder().join("idle");
    let options = Options::disposable(home, Lifetime::Idle(Duration::ZERO));
    if let Some(cluster) = Cluster::find(&options)? {
        cluster.stop_for_all()?;
    }
    std::fs::remove_dir_all(test_folder()).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    Ok(ExitCode::SUCCESS)
}
