//! The sending side: one connection to one relay.
mod auth;
mod capabilities;
mod connection;
mod error;
mod probe;
mod send;
mod target;
mod tls;
mod transcript;
mod wire;

pub use connection::Connection;
pub use error::{Fault, SendError, TlsFault};
pub use probe::{Probe, probe};
pub use send::Envelope;
pub use target::{Credentials, Target, Timeouts};
pub use tls::{Tls, Trust};
pub use transcript::{Entry, Event, Transcript};
