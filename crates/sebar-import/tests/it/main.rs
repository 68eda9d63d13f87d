//! Whole imports on a real Postgres. One subject a module; one binary, so that it is linked once.

mod common;
mod consent;
mod counts;
mod hostile;
mod restart;
