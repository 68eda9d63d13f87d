//! Contacts: added, changed, found, unsubscribed, deleted.

mod change;
mod check;
mod list;
mod show;
mod upsert;

pub(super) use change::{__path_change, __path_resubscribe, change, resubscribe};
pub(super) use check::address;
pub(super) use list::{__path_list, list};
pub(super) use show::{__path_remove, __path_show, __path_unsubscribe, remove, show, unsubscribe};
pub(super) use upsert::{__path_many, __path_one, many, one};
