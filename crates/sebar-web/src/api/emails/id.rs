//! Ids as programs see them.

use sebar_domain::id::MessageId;

use crate::api::error::{Refusal, Result};

/// What stands before them.
const PREFIX: &str = "msg_";

/// An email's id.
pub(super) fn public(id: MessageId) -> String {
    format!("{PREFIX}{}", id.0.simple())
}

/// Reads an email's id, with or without what stands before it.
pub(super) fn read(text: &str) -> Result<MessageId> {
    text.strip_prefix(PREFIX).unwrap_or(text).parse().map_err(|_| Refusal::not_found("email"))
}
