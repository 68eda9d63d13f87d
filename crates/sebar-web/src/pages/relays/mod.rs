//! Relays: list, form, test.
pub(crate) mod conversations;
pub(crate) mod edit;
mod explain;
mod form;
pub(crate) mod list;
mod presets;
pub(crate) mod test;
mod warm_up;

pub(crate) use form::{whole, within};
