//! What came back: bounces and complaints, and the mails that said so.
mod export;
mod list;
mod mails;
mod show;

pub(crate) use export::download as export;
pub(crate) use list::page as list;
pub(crate) use mails::{html, list as mails, mail, raw};
pub(crate) use show::page as show;

use sebar_domain::{BounceKind, BounceReason};
use sebar_store::returned::Bounce;

use crate::foundation::i18n::Text;
use crate::foundation::page::Page;

/// What a kind is called.
pub(crate) fn kind_text(page: &Page, kind: BounceKind) -> Text {
    page.t(&format!("bounces-kind-{}", kind.as_str().replace('_', "-")))
}

/// What a reason is called.
pub(crate) fn reason_text(page: &Page, reason: BounceReason) -> Text {
    page.t(&format!("bounces-reason-{}", reason.as_str().replace('_', "-")))
}

/// The badge of a kind.
pub(crate) fn kind_tone(kind: BounceKind) -> &'static str {
    match kind {
        BounceKind::Hard | BounceKind::Complaint => "bad",
        BounceKind::Soft | BounceKind::Blocked | BounceKind::Other => "warn",
        BounceKind::Delivered => "good",
        BounceKind::Delayed | BounceKind::AutoReply | BounceKind::NotBounce => "still",
    }
}

/// What was answered, in one line: codes and words.
pub(crate) fn answer(bounce: &Bounce) -> String {
    let code = bounce.reply_code.map(|code| code.to_string()).unwrap_or_default();
    let enhanced = bounce.enhanced_code.clone().unwrap_or_default();
    // The words often begin with the codes.
    let is_told = |part: &&str| !part.is_empty() && !bounce.reply.contains(*part);
    let codes = [code.as_str(), enhanced.as_str()].into_iter().filter(is_told);
    codes.chain([bounce.reply.as_str()]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
