//! The SMTP protocol, both ways: a client connection to relays and a server for what comes in.
//!
//! **Sending.** Describe the relay by a [`Target`], open a [`Connection`], and [`send`](Connection::send)
//! over it as often as the relay lets you. A [`SendError`] says in which
//! [`Phase`](sebar_domain::Phase) it went wrong, whether the server [refused](Fault::Refused) or the
//! connection failed, and above all whether the message [may have been taken](SendError::in_doubt)
//! all the same. [`probe`] does it once and keeps the whole conversation, for "Test this relay".
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use sebar_domain::Security;
//! use sebar_smtp::{Connection, Credentials, Envelope, Target};
//!
//! let target = Target::new("smtp.example.com", 587, Security::StartTls)
//!     .with_credentials(Credentials::password("budi", "secret"));
//! let mut connection = Connection::connect(&target).await?;
//! let (from, to) = ("news@example.com".parse()?, "ana@example.org".parse()?);
//! let envelope = Envelope { mail_from: Some(&from), rcpt_to: &to };
//! let reply = connection.send(&envelope, b"Subject: Halo\r\n\r\nApa kabar?\r\n").await?;
//! println!("{reply}");
//! connection.quit().await;
//! # Ok(()) }
//! ```
//!
//! **Receiving.** Implement [`server::Handler`] and give it to [`server::serve`] with a listener.
mod client;
mod dot;
mod reply;
pub mod server;

mod stream;

pub use client::{
    Connection, Credentials, Entry, Envelope, Event, Fault, Probe, SendError, Target, Timeouts, Tls,
    TlsFault, Transcript, Trust, probe,
};
pub use reply::{MAX_REPLY_LINE, MAX_REPLY_LINES, ReplyError, parse_reply};
