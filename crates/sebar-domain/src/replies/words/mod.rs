//! What servers say, in lower case and in parts: a line applies where all its parts stand in the text.
//!
//! The sentences are those that the providers document or that their source shows (addresses in
//! `docs/replies.md`), cut to the part that does not change between versions.
mod common;
mod exim;
mod gmail;
mod microsoft;
mod postfix;
mod ses;
mod yahoo;

use super::line::Line;

pub(super) use common::TABLE as COMMON;

/// The providers and servers that have words of their own. Those whose lines name a code or a mark
/// of theirs stand before those that speak plain English.
pub(super) const PROVIDERS: &[&[Line]] =
    &[ses::TABLE, yahoo::TABLE, microsoft::TABLE, gmail::TABLE, postfix::TABLE, exim::TABLE];
