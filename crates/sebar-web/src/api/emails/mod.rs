//! Emails: handed in, looked up, changed while they wait.

mod accept;
mod batch;
mod change;
mod check;
mod events;
mod files;
mod headers;
mod id;
mod list;
mod request;
mod send;
mod show;
mod template;

pub(crate) use accept::{Accepting, accepting};
pub(super) use batch::{__path_batch, batch};
pub(super) use change::{__path_cancel, __path_reschedule, __path_resend, cancel, reschedule, resend};
pub(super) use list::{__path_list, list};
pub(super) use send::{__path_send, send};
pub(super) use show::{__path_show, show};
