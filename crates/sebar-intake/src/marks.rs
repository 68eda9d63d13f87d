//! What our mails are known by when they come back.

use sebar_compose::{MessageIdKey, ReturnPath};
use sebar_domain::id::MessageId;
use sebar_inbound::{Report, find_token};
use sebar_store::returned::Quoted;

/// The return paths, with the marks in them, and our Message-IDs.
#[derive(Clone, Debug)]
pub struct Marks {
    /// Where mail comes back to now; none: no return path is set up.
    path: Option<ReturnPath>,
    message_ids: MessageIdKey,
}

impl Marks {
    /// The marks of an installation; `path` is where mail comes back to now.
    pub fn new(secret: &[u8; 32], path: Option<ReturnPath>) -> Self {
        Self { path, message_ids: MessageIdKey::new(secret) }
    }

    /// Where mail comes back to now.
    pub(crate) fn path(&self) -> Option<&ReturnPath> {
        self.path.as_ref()
    }

    /// The message whose mark a mail bears: where it was sent to, or in what it returns.
    pub(crate) fn message_of(&self, envelope_to: &[String], report: &mut Report) -> Option<MessageId> {
        let path = self.path.as_ref()?;
        let prefix = path.prefix();
        let envelope = find_token(envelope_to.iter().map(String::as_str), &prefix);
        let message = envelope.and_then(|mark| path.verify(&mark));
        message.or_else(|| path.verify(report.find_token(&prefix)?))
    }

    /// The message whose Message-ID it quotes.
    pub(crate) fn quoted(&self, report: &Report) -> Option<Quoted> {
        let message_id = report.original.as_ref()?.message_id.as_ref()?;
        quoted(&self.message_ids, message_id)
    }
}

/// What a Message-ID names, if it is ours.
pub(crate) fn quoted(key: &MessageIdKey, message_id: &str) -> Option<Quoted> {
    key.read(message_id).map(|own| Quoted { message: own.message, signed: own.signed })
}
