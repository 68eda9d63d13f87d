//! The web app as its visitors see it: over HTTP, on a real Postgres. One subject a module; one
//! binary, so that it is linked once.

mod access;
mod accounts;
mod campaigns;
mod common;
mod imports;
mod public;
mod relays;
mod templates;
mod texts;
