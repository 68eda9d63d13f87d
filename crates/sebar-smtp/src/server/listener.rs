use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::config::Config;
use super::handler::Handler;
use super::places::{Full, Places};
use super::session::serve_connection;

/// How long to wait after the system could not give us a connection (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Holds sessions with all who connect to `listener`, until `shutdown`.
///
/// Then nobody is let in any more, idle sessions are told `421`, and transactions that are under way
/// have [`Config::drain`] to end. Returns when the last session is over. The error is one of the
/// listener's own address; faults of single connections end only those.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    config: Config,
    handler: Arc<H>,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let config = Arc::new(config);
    let places = Arc::new(Places::new(config.max_connections, config.max_connections_of_one));
    let sessions = TaskTracker::new();
    // Cancelled when the time for draining is over, or when this future is dropped.
    let abort = CancellationToken::new();
    let abort_on_drop = abort.clone().drop_guard();
    tracing::info!(address = %listener.local_addr()?, "listening for SMTP");
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let place = match places.take(address.ip()) {
            Ok(place) => place,
            Err(full) => {
                sessions.spawn(send_away(stream, Arc::clone(&config), full));
                continue;
            }
        };
        let (config, handler) = (Arc::clone(&config), Arc::clone(&handler));
        let (shutdown, abort) = (shutdown.clone(), abort.clone());
        sessions.spawn(async move {
            let session = async {
                stream.set_nodelay(true)?;
                serve_connection(stream, address, &config, &*handler, &shutdown).await
            };
            tokio::select! {
                () = abort.cancelled() => {}
                ended = session => if let Err(error) = ended {
                    tracing::debug!(%address, %error, "SMTP session broke off");
                }
            }
            drop(place);
        });
    }
    drop(listener);
    sessions.close();
    if tokio::time::timeout(config.drain, sessions.wait()).await.is_err() {
        drop(abort_on_drop);
        sessions.wait().await;
    }
    Ok(())
}

/// Tells a client for whom there is no place to come again later.
async fn send_away(mut stream: TcpStream, config: Arc<Config>, full: Full) {
    if config.implicit_tls {
        // It would not understand plain text, and a handshake is what we cannot afford now.
        return;
    }
    let why = match full {
        Full::Here => "Too many connections, try again later",
        Full::ForYou => "Too many connections from your address, try again later",
    };
    let word = format!("421 4.3.2 {} {why}\r\n", config.hostname);
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.write_all(word.as_bytes())).await;
}
