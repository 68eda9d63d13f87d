use serde_json::Value;

use crate::id::ContentId;
use crate::{Address, Tracking};

/// Content as it was when its campaign began: what messages are composed from, then and ever after.
///
/// It never changes, so that the archive can compose a message again and prove it by its digest.
#[derive(Clone, Debug)]
pub struct FrozenContent {
    /// Its key.
    pub id: ContentId,
    /// Its short name in tracking tokens.
    pub no: i64,
    /// The version of the composing rules that it was frozen under.
    pub composer: i16,
    /// Subject, a template.
    pub subject: String,
    /// Preheader, a template.
    pub preheader: String,
    /// HTML part, a template.
    pub html: String,
    /// Plain-text part, a template; `None`: made from the HTML.
    pub text: Option<String>,
    /// The sender's name.
    pub from_name: String,
    /// The sender's address.
    pub from_email: Address,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Address>,
    /// What is recorded of opens and clicks.
    pub tracking: Tracking,
    /// Our public address, the company and so on as they were (`sebar_compose::Site`).
    pub site: Value,
}
