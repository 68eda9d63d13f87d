//! The protocol over real sockets: one file per misfortune, named by it.
//!
//! `cfg(test)` tells clippy that helpers may unwrap as tests may.
#![cfg(test)]

mod big_message;
mod certificate;
mod chunks;
mod common;
mod dot_stuffing;
mod dropped_connection;
mod eight_bit;
mod foreign_clients;
mod happy_paths;
mod mechanisms;
mod one_byte_writes;
mod password_refused;
mod pipelining;
mod recipient_refused;
mod server_limits;
mod service_unavailable_421;
mod shutdown;
mod smuggling;
mod starttls_injection;
mod starttls_stripped;
mod timeouts;
mod wrong_greeting;
