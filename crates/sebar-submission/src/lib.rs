//! Mail that programs hand in by SMTP (RFC 6409): on 587 with STARTTLS, on 465 over TLS. Any user name
//! and an API key as the password; `250` is said when the mail is committed, with our id in it.
//!
//! The mail goes out as it came: only `Bcc`, `Return-Path` and our own `X-Sebar-…` fields are taken out,
//! and a Date and a Message-ID are put in where there are none ([`mail`]). Begin with [`serve`].
mod accepting;
mod handler;
mod keys;
mod mail;

use std::sync::Arc;
use std::time::Duration;

use sebar_compose::MessageIdKey;
use sebar_smtp::server::{AuthPolicy, Config, serve as serve_smtp};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use accepting::Accepting;
use handler::Submission;
use keys::Keys;

/// Octets of one mail: 25 MB, as by the REST API.
const SIZE: usize = 25 << 20;
/// Recipients of one mail, as by the REST API.
const RECIPIENTS: usize = 50;

/// Where we listen.
#[derive(Debug)]
pub struct Door {
    /// The listener.
    pub listener: TcpListener,
    /// Whether it speaks TLS from the first octet (RFC 8314 §3.3).
    pub implicit_tls: bool,
}

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Our name in the greeting.
    pub hostname: String,
    /// Certificate and key; without them nobody can log in, unless `plain_text` says otherwise.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Whether keys are taken on connections that are not encrypted: for networks of one's own.
    pub plain_text: bool,
    /// Sessions at once, at each door.
    pub sessions: usize,
    /// And of one client among them.
    pub sessions_of_one: usize,
}

/// Serves at all doors until `shutdown`; `message_ids` signs the Message-IDs that are put in.
///
/// # Errors
/// When a listener fails.
pub async fn serve(
    db: PgPool,
    message_ids: MessageIdKey,
    doors: Vec<Door>,
    options: Options,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let accepting = Accepting::new(&db);
    let handler = Arc::new(Submission { keys: Keys::new(db.clone()), db, message_ids, accepting });
    let mut serving = tokio::task::JoinSet::new();
    for door in doors {
        let mut config = Config::new(options.hostname.clone());
        config.max_message_size = SIZE;
        config.max_recipients = RECIPIENTS;
        config.max_connections = options.sessions;
        config.max_connections_of_one = options.sessions_of_one;
        // Who guesses keys has few tries.
        config.max_errors = 5;
        config.idle_timeout = Duration::from_mins(2);
        config.login_timeout = Duration::from_mins(1);
        config.auth = AuthPolicy::Required;
        config.auth_in_plain_text = options.plain_text;
        config.tls.clone_from(&options.tls);
        config.implicit_tls = door.implicit_tls;
        serving.spawn(serve_smtp(door.listener, config, Arc::clone(&handler), shutdown.clone()));
    }
    // At a fault the others are aborted with the set.
    while let Some(done) = serving.join_next().await {
        done.map_err(std::io::Error::other)??;
    }
    Ok(())
}
