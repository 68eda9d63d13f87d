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
mod marks;
mod pop3;
mod stream;

use std::time::Duration;

use sebar_domain::Address;
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
pub use marks::Marks;

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
        let secret = self.key.token_key();
        let (sender, marks) = watch::channel(Marks::new(&secret, []));
        // The listener greets with the return path's domain.
        read_marks(&self.db, &secret, &sender).await;
        let intake = Intake::new(&self.db, marks.clone());
        let watch = watch_marks(self.db.clone(), secret, sender, shutdown.clone());
        let polling = mailboxes::poll(self.db, self.key, intake.clone(), shutdown.clone());
        let listening = async {
            match self.listener {
                Some(listener) => listener::serve(listener, self.limits, intake, marks, shutdown).await,
                None => Ok(()),
            }
        };
        let ((), (), listened) = tokio::join!(watch, polling, listening);
        listened
    }
}

/// Keeps the return path as the settings have it.
async fn watch_marks(db: PgPool, secret: [u8; 32], marks: watch::Sender<Marks>, shutdown: CancellationToken) {
    loop {
        tokio::select! { () = shutdown.cancelled() => return, () = tokio::time::sleep(PERIOD) => {} }
        read_marks(&db, &secret, &marks).await;
    }
}

async fn read_marks(db: &PgPool, secret: &[u8; 32], marks: &watch::Sender<Marks>) {
    match return_paths(db).await {
        Ok(paths) => {
            marks.send_replace(Marks::new(secret, paths));
        }
        Err(fault) => tracing::warn!(%fault, "the return path cannot be read"),
    }
}

/// Where mail comes back to: now, and to return paths that were left some weeks ago.
async fn return_paths(db: &PgPool) -> sqlx::Result<Vec<Address>> {
    let now = settings::returns(db).await?.return_path;
    let former = settings::former_return_paths(db).await?;
    Ok(now.into_iter().chain(former.into_iter().map(|(address, _)| address)).collect())
}
