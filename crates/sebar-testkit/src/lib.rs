//! For tests and benchmarks: a private Postgres, a database per test, fixtures.
//!
//! Begin with [`TestDatabase::new`]. The server behind it is shared by all test processes:
//! `make test` starts one for the run and stops it after; otherwise the first test that needs it
//! starts one in memory, which goes after a quarter of an hour without tests (at once by
//! `cargo run -p sebar-postgres -- stop`).
mod called;
mod database;
mod dovecot;
mod imap;
mod pop3;
mod postfix;
mod relay;
mod sns;
mod tokens;

pub use called::CalledProgram;
pub use database::TestDatabase;
pub use dovecot::Dovecot;
pub use imap::ImapServer;
pub use pop3::Pop3Server;
pub use postfix::Postfix;
pub use relay::{Act, HostileRelay, Login, Taken};
pub use sns::SnsServer;
pub use tokens::TokenServer;
