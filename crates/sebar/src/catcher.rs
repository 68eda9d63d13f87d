//! The built-in mail catcher: takes every mail, delivers none, shows them in the dashboard.

use anyhow::Result;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves until shutdown.
pub(crate) async fn serve(_listener: TcpListener, _db: PgPool, shutdown: CancellationToken) -> Result<()> {
    shutdown.cancelled().await;
    Ok(())
}
