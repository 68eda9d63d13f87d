//! The receiving side: a listener that holds SMTP sessions and hands whole messages to a [`Handler`].
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use std::sync::Arc;
//! use sebar_smtp::server::{Answer, Config, Handler, Received, serve};
//! use tokio_util::sync::CancellationToken;
//!
//! struct Print;
//! impl Handler for Print {
//!     async fn message(&self, received: Received) -> Answer {
//!         println!("{} octets for {:?}", received.data.len(), received.rcpt_to);
//!         Answer::new(250, "2.0.0", "Thank you")
//!     }
//! }
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:2525").await?;
//! serve(listener, Config::new("catcher.example"), Arc::new(Print), CancellationToken::new()).await
//! # }
//! ```
mod auth;
mod chunks;
mod command;
mod config;
mod handler;
mod listener;
mod places;
mod session;
mod wire;

pub use config::{AuthPolicy, Config};
pub use handler::{Answer, Handler, Peer, Received};
pub use listener::serve;
pub use places::subscriber;
pub use session::serve_connection;
