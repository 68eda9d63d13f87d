//! The built-in mail catcher: takes every mail, delivers none; the dashboard shows them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use mail_parser::MessageParser;
use sebar_smtp::server::{Answer, Config, Handler, Received};
use sebar_store::caught::{self, NewCaught};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The store is trimmed after so many mails.
const TRIM_EVERY: u64 = 500;

struct Catcher {
    db: PgPool,
    taken: AtomicU64,
}

/// Serves until shutdown.
pub(crate) async fn serve(listener: TcpListener, db: PgPool, shutdown: CancellationToken) -> Result<()> {
    let mut config = Config::new("catcher.sebar.invalid");
    config.keep_bare_newlines = true;
    let catcher = Arc::new(Catcher { db, taken: AtomicU64::new(0) });
    sebar_smtp::server::serve(listener, config, catcher, shutdown).await.context("the mail catcher failed")
}

impl Handler for Catcher {
    async fn message(&self, received: Received) -> Answer {
        // Only the headers are read here: the subject for the list.
        let subject = MessageParser::new()
            .parse_headers(&received.data[..])
            .and_then(|mail| mail.subject().map(str::to_owned))
            .unwrap_or_default();
        let mail = NewCaught {
            mail_from: received.mail_from.unwrap_or_default(),
            rcpt_to: received.rcpt_to,
            subject: subject.replace('\0', "\u{fffd}"),
            raw: received.data.into(),
        };
        let stored = caught::add(&self.db, &mail).await;
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        if taken.is_multiple_of(TRIM_EVERY)
            && let Err(fault) = caught::trim(&self.db).await
        {
            tracing::warn!(%fault, "old caught mails could not be dropped");
        }
        match stored {
            Ok(()) => Answer::new(250, "2.0.0", "Caught; it goes no further"),
            Err(fault) => {
                tracing::warn!(%fault, "a mail could not be stored");
                Answer::new(451, "4.3.0", "The catcher cannot store mail now")
            }
        }
    }
}
