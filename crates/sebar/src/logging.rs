//! Logs by `tracing`, to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Starts logging; `RUST_LOG` says what (else `default`), `log` how.
pub(crate) fn start(log: Log, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match log {
        Log::Text => lines.compact().init(),
        Log::Json => lines.json().init(),
    }
}
