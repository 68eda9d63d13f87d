//! Programs hand in mail by SMTP, as real clients do.
//!
//! `cfg(test)` tells clippy that helpers may unwrap as tests may.
#![cfg(test)]

mod bodies;
mod clients;
mod hostile;
mod mails;
mod server;
