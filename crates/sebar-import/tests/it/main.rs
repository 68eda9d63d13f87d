//! Whole imports on a real Postgres. One subject a module; one binary, so that it is linked once.
#![expect(clippy::unwrap_used, reason = "a test that finds something missing fails there")]

mod common;
mod consent;
mod counts;
mod hostile;
mod restart;
