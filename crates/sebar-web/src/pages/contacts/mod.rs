//! Contacts: found, looked at, changed.
mod ask;
pub(crate) mod consent;
pub(crate) mod edit;
pub(crate) mod export;
mod find;
mod form;
mod history;
pub(crate) mod list;
pub(crate) mod many;
pub(crate) mod show;

pub(crate) use ask::{Ask, Typed as Answer};
pub(crate) use find::{Browse, Find, Listing, count_text};
pub(crate) use form::{MOST_ATTRIBUTES, NAME_LIMIT, VALUE_LIMIT};

/// The longest note that a user may leave with a change, in characters.
pub(crate) const NOTE_LIMIT: usize = 500;
