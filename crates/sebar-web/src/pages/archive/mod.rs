//! The archive: every message, and one message with proof of what was sent.
mod list;
mod message;

pub(crate) use list::{midnight, page as list};
pub(crate) use message::{html, page as message, raw};

use crate::foundation::i18n::Text;
use crate::foundation::page::Page;

/// Why a message is where it is, for a person; `word` is one of `sebar_domain::Reason`.
pub(crate) fn reason(page: &Page, word: &str) -> Text {
    let known = word.parse::<sebar_domain::Reason>().is_ok();
    page.t(&format!("archive-reason-{}", if known { word } else { "unknown" }))
}
