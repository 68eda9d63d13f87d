//! Where mail comes back to: our own listener at the return path, and mailboxes that are looked into
//! by IMAP and POP3.
//!
//! All of them hand mails to one [`Intake`], which understands them (`sebar_inbound`) and records them
//! (`sebar_store::returned`), many in one transaction; a mail is answered for when that has been
//! committed. Begin with [`Inbound::run`]. What providers call about is recorded by [`record_call`].
mod arrival;
mod called;
mod fault;
mod imap;
mod intake;
mod listener;
mod look;
mod mailboxes;
mod pop3;
mod stream;

use std::time::Duration;

use sebar_compose::ReturnPath;
use sebar_store::keys::MasterKey;
use sebar_store::settings;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use arrival::Arrival;
pub use called::record_call;
pub use fault::Fault;
pub use intake::Intake;
pub use listener::Limits;
pub use mailboxes::look;

/// A change of the return path takes effect after this long.
const PERIOD: Duration = Duration::from_secs(5);

/// What a process of `sebar inbound` does.
#[derive(Debug)]
pub struct Inbound {
    /// The database.
    pub db: PgPool,
    /// Opens the passwords of mailboxes, and signs the marks of return paths.
    pub key: MasterKey,
    /// Our listener, if there is to be one.
    pub listener: Option<TcpListener>,
    /// What the listener bears.
    pub limits: Limits,
}

impl Inbound {
    /// Listens and looks into mailboxes until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) -> std::io::Result<()> {
        let (path, paths) = watch::channel(None);
        // The listener greets with its domain.
        read_path(&self.db, &self.key.token_key(), &path).await;
        let intake = Intake::new(self.db.clone(), paths.clone());
        let watch = watch_path(self.db.clone(), self.key.token_key(), path, shutdown.clone());
        let polling = mailboxes::poll(self.db, self.key, intake.clone(), shutdown.clone());
        let listening = async {
            match self.listener {
                Some(listener) => listener::serve(listener, self.limits, intake, paths, shutdown).await,
                None => Ok(()),
            }
        };
        let ((), (), listened) = tokio::join!(watch, polling, listening);
        listened
    }
}

/// Keeps the return path as the settings have it.
async fn watch_path(
    db: PgPool,
    secret: [u8; 32],
    path: watch::Sender<Option<ReturnPath>>,
    shutdown: CancellationToken,
) {
    loop {
        tokio::select! { () = shutdown.cancelled() => return, () = tokio::time::sleep(PERIOD) => {} }
        read_path(&db, &secret, &path).await;
    }
}

async fn read_path(db: &PgPool, secret: &[u8; 32], path: &watch::Sender<Option<ReturnPath>>) {
    match settings::returns(db).await {
        Ok(returns) => {
            // Marks are known also when no new ones are made: bounces of earlier mails are on their way.
            path.send_replace(returns.return_path.map(|base| ReturnPath::new(base, Some(secret))));
        }
        Err(fault) => tracing::warn!(%fault, "the return path cannot be read"),
    }
}
