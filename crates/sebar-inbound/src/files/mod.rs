//! Mails from files, Maildirs, mboxes and standard input, and what `sebar classify` prints of each.
mod line;
mod sources;

pub use line::Line;
pub use sources::{each, mbox};
