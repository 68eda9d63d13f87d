//! The one binary of Sebar: `sebar run` does everything; `serve`, `send`, `inbound`, `submit` and
//! `catch` do one part each.
//! Beside them are commands for those who run it: `migrate`, `doctor`, `classify`.
mod catcher;
mod certificate;
mod classify;
mod config;
mod database;
mod demo;
mod doctor;
mod logging;
mod services;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

use config::Config;
use database::{Database, Private};
use services::Part;

/// A quarter of the sender's time went by in libc's: with this one it sends 6 % more (docs/decisions/0014).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Sends email campaigns and transactional mail through your own relays.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything in one process: dashboard, sender, what comes back, submission, mail catcher. Starts a private
    /// Postgres where no database is named.
    Run,
    /// The dashboard and the public pages.
    Serve,
    /// The sender: plans campaigns and delivers messages. Any number may run.
    Send,
    /// What comes back: our listener for bounces (where `SEBAR_INBOUND_LISTEN` says so) and mailboxes.
    /// Any number may run.
    Inbound,
    /// Takes mail that programs hand in by SMTP with an API key (where `SEBAR_SUBMIT_LISTEN` or
    /// `SEBAR_SUBMIT_TLS_LISTEN` says so). Any number may run.
    Submit,
    /// The mail catcher: an SMTP server that keeps what it gets and delivers nothing.
    Catch,
    /// `run`, with sample data and a login to begin with.
    Demo,
    /// Brings the database's schema up to date.
    Migrate,
    /// Checks configuration, database, key and relays, and says what to mend.
    Doctor {
        /// Count anew what counters keep (of campaigns, lists, the queue), and say which are wrong.
        #[arg(long)]
        recount: bool,
    },
    /// Tells what mails say that came back: bounces, complaints, delays, automatic answers. Prints one
    /// JSON object for each; needs no database.
    Classify {
        /// A mail, an mbox, a Maildir or another folder of mails; `-` reads standard input.
        #[arg(required = true)]
        path: Vec<PathBuf>,
        /// What stands before our token in a return path's local part, such as `bounce+`.
        #[arg(long)]
        token_prefix: Option<String>,
    },
}

fn main() -> ExitCode {
    match start(&Arguments::parse().command) {
        Ok(code) => code,
        Err(fault) => {
            // One line that says what is missing, without a backtrace.
            eprintln!("sebar: {fault:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: &Command) -> Result<ExitCode> {
    if let Command::Classify { path, token_prefix } = command {
        return classify::run(path, token_prefix.as_deref());
    }
    let config = Config::load()?;
    // The demo speaks for itself; only what goes wrong belongs between its lines.
    let quiet = matches!(command, Command::Demo);
    logging::start(config.log, if quiet { "warn" } else { "info,tower_http=warn,sqlx=warn" });
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("TLS was set up twice"))?;

    // A private Postgres ends with the thread that started it, so it starts here, on the main
    // thread, before there are others.
    let private = match command {
        Command::Run | Command::Demo => Private::Start,
        _ => Private::Find,
    };
    let database = Database::open(&config, private)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    let done = runtime.block_on(async {
        match command {
            Command::Run => services::run(&config, &database, &Part::ALL).await,
            Command::Serve => services::run(&config, &database, &[Part::Web]).await,
            Command::Send => services::run(&config, &database, &[Part::Sender]).await,
            Command::Inbound => services::run(&config, &database, &[Part::Inbound]).await,
            Command::Submit if config.submit_listen.or(config.submit_tls_listen).is_none() => {
                anyhow::bail!("say where to listen: SEBAR_SUBMIT_LISTEN or SEBAR_SUBMIT_TLS_LISTEN")
            }
            Command::Submit => services::run(&config, &database, &[Part::Submission]).await,
            Command::Catch => services::run(&config, &database, &[Part::Catcher]).await,
            Command::Demo => demo::run(&config, &database).await,
            Command::Migrate => {
                database.connect(2).await?;
                println!("The schema is up to date.");
                Ok(())
            }
            Command::Doctor { recount: true } => return doctor::recount(&database).await,
            Command::Classify { .. } => Ok(()), // It has run above, without a database.
            Command::Doctor { recount: false } => return doctor::run(&config, &database).await,
        }
        .map(|()| ExitCode::SUCCESS)
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    database.close()?;
    done
}
