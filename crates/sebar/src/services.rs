//! The services of a process: started together, stopped together.

use anyhow::{Context as _, Result};
use sebar_compose::MessageIdKey;
use sebar_intake::Inbound;
use sebar_sender::Sender;
use sebar_submission::Door;
use sebar_web::{App, Config as WebConfig, Targets};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::catcher;
use crate::config::Config;
use crate::database::{Database, master_key};

/// What a process can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Dashboard, public pages, imports.
    Web,
    /// Planning and delivering.
    Sender,
    /// What comes back.
    Inbound,
    /// Mail that programs hand in by SMTP.
    Submission,
    /// The mail catcher.
    Catcher,
}

impl Part {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Web, Self::Sender, Self::Inbound, Self::Submission, Self::Catcher];
}

/// Runs the parts until SIGINT or SIGTERM, or until one of them fails.
pub(crate) async fn run(config: &Config, database: &Database, parts: &[Part]) -> Result<()> {
    let db = database.connect(20).await?;
    run_on(config, db, parts).await
}

/// As [`run`], on a pool that is open already.
pub(crate) async fn run_on(config: &Config, db: PgPool, parts: &[Part]) -> Result<()> {
    let shutdown = CancellationToken::new();
    let mut services = JoinSet::new();
    for part in parts {
        start(config, &db, *part, &shutdown, &mut services).await?;
    }
    let mut ended = Ok(());
    tokio::select! {
        signal = wait_for_signal() => {
            tracing::info!(signal = signal?, "stopping");
        }
        Some(done) = services.join_next() => {
            ended = done.context("a service panicked").and_then(|done| done);
        }
    }
    shutdown.cancel();
    while let Some(done) = services.join_next().await {
        let done = done.context("a service panicked").and_then(|done| done);
        ended = ended.and(done);
    }
    db.close().await;
    ended
}

async fn start(
    config: &Config,
    db: &PgPool,
    part: Part,
    shutdown: &CancellationToken,
    services: &mut JoinSet<Result<()>>,
) -> Result<()> {
    match part {
        Part::Web => {
            if !sebar_web::assets_are_built() {
                tracing::warn!("the style sheet and scripts are missing: run `make assets` and build again");
            }
            let listener = listen(config.listen, "SEBAR_LISTEN").await?;
            let web = WebConfig {
                public_url: config.public_url(),
                behind_proxy: config.behind_proxy,
                max_upload: config.max_upload_mb.saturating_mul(1_000_000),
                webhook_targets: if config.webhook_private { Targets::Any } else { Targets::Public },
            };
            let app = App::new(db.clone(), web, master_key(config)?, shutdown.clone());
            services
                .spawn(async move { sebar_web::serve(listener, app).await.context("the web app failed") });
            tracing::info!(address = %config.listen, "the dashboard listens");
        }
        Part::Sender => {
            let sender = Sender {
                db: db.clone(),
                key: master_key(config)?,
                options: sebar_sender::Options {
                    journals: Some(config.state_dir.join("journal")),
                    ..sebar_sender::Options::default()
                },
            };
            let shutdown = shutdown.clone();
            services.spawn(async move {
                sender.run(shutdown).await;
                Ok(())
            });
        }
        Part::Inbound => {
            let listener = match config.inbound_listen {
                Some(address) => Some(listen(address, "SEBAR_INBOUND_LISTEN").await?),
                None => None,
            };
            let limits = sebar_intake::Limits {
                per_minute: config.inbound_per_minute,
                tls: config.tls()?,
                ..sebar_intake::Limits::default()
            };
            let inbound = Inbound { db: db.clone(), key: master_key(config)?, listener, limits };
            let shutdown = shutdown.clone();
            services
                .spawn(async move { inbound.run(shutdown).await.context("the listener for bounces failed") });
            if let Some(address) = config.inbound_listen {
                tracing::info!(%address, "we listen for mail that comes back");
            }
        }
        Part::Submission => submit(config, db, shutdown, services).await?,
        Part::Catcher => {
            let listener = listen(config.catcher_listen, "SEBAR_CATCHER_LISTEN").await?;
            services.spawn(catcher::serve(listener, db.clone(), shutdown.clone()));
            tracing::info!(address = %config.catcher_listen, "the mail catcher listens");
        }
    }
    Ok(())
}

/// Opens the doors that the settings name, if any.
async fn submit(
    config: &Config,
    db: &PgPool,
    shutdown: &CancellationToken,
    services: &mut JoinSet<Result<()>>,
) -> Result<()> {
    let mut doors = Vec::new();
    for (address, setting, implicit_tls) in [
        (config.submit_listen, "SEBAR_SUBMIT_LISTEN", false),
        (config.submit_tls_listen, "SEBAR_SUBMIT_TLS_LISTEN", true),
    ] {
        if let Some(address) = address {
            doors.push(Door { listener: listen(address, setting).await?, implicit_tls });
            tracing::info!(%address, implicit_tls, "programs hand in mail here");
        }
    }
    if doors.is_empty() {
        return Ok(());
    }
    let tls = config.tls()?;
    if tls.is_none() && (config.submit_tls_listen.is_some() || !config.submit_plain_text) {
        anyhow::bail!(
            "programs hand in mail over TLS only: set SEBAR_TLS_CERTIFICATE and SEBAR_TLS_KEY (or, on a \
             network of your own, SEBAR_SUBMIT_PLAIN_TEXT=true)"
        );
    }
    let hostname =
        url::Url::parse(&config.public_url()).ok().and_then(|url| url.host_str().map(str::to_owned));
    let options = sebar_submission::Options {
        hostname: hostname.unwrap_or_else(|| "localhost".to_owned()),
        tls,
        plain_text: config.submit_plain_text,
        sessions: 500,
        sessions_of_one: 100,
    };
    let message_ids = MessageIdKey::new(&master_key(config)?.token_key());
    let (db, shutdown) = (db.clone(), shutdown.clone());
    services.spawn(async move {
        sebar_submission::serve(db, message_ids, doors, options, shutdown)
            .await
            .context("the SMTP server for programs failed")
    });
    Ok(())
}

async fn listen(address: std::net::SocketAddr, setting: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "cannot listen on {address}: is it taken by another program? Set {setting} to another address"
        )
    })
}

async fn wait_for_signal() -> Result<&'static str> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
    })
}
