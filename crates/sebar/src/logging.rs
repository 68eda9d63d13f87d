//! Logs by `tracing`, to standard error.

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging; `RUST_LOG` says what, `log` how.
pub(crate) fn start(log: Log) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,tower_http=warn,sqlx=warn"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log {
        Log::Text => lines.compact().init(),
        Log::Json => lines.json().init(),
    }
}
