//! Mail of programs: the latest, how it fares, and how to begin.

mod examples;
mod list;
mod start;

pub(crate) use examples::{Example, examples};
pub(crate) use list::page as list;
pub(crate) use start::page as start;
