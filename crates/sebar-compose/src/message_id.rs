//! Our Message-IDs (RFC 5322 §3.6.4): a [mark](crate::mark) before the `@`, so that a bounce that quotes
//! one proves that it knows the mail. Up to version 2 of our rules it was the message's bare id, which
//! stands in links too and proves nothing.

use sebar_domain::id::MessageId;
use uuid::Uuid;

use crate::mark::MarkKey;

/// The installation's key for Message-IDs. It must outlive the mails that bear them.
#[derive(Clone)]
pub struct MessageIdKey(MarkKey);

/// What a Message-ID of ours tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnMessageId {
    /// The message; of a mail to several the first.
    pub message: MessageId,
    /// Whether it is signed: only who knows the mail can quote it.
    pub signed: bool,
}

impl std::fmt::Debug for MessageIdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MessageIdKey(…)")
    }
}

impl MessageIdKey {
    /// Takes 32 secret bytes. The key is bound to this purpose, so that the same secret may
    /// serve others by other names.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(MarkKey::new(secret, b"sebar message ids"))
    }

    /// The Message-ID of a message, without brackets.
    pub fn of(&self, message: MessageId, domain: &str) -> String {
        format!("{}@{domain}", self.0.sign(message))
    }

    /// Reads a Message-ID, with or without brackets; nothing if it is not ours, or was changed.
    pub fn read(&self, message_id: &str) -> Option<OwnMessageId> {
        let (local, _) = message_id.trim().trim_matches(['<', '>']).split_once('@')?;
        match local.len() {
            32 => Uuid::try_parse(local).ok().map(|id| OwnMessageId { message: id.into(), signed: false }),
            _ => self.0.verify(local).map(|message| OwnMessageId { message, signed: true }),
        }
    }
}

/// The Message-ID that mails had before they were signed, without brackets.
pub(crate) fn unsigned(message: MessageId, domain: &str) -> String {
    format!("{}@{domain}", message.0.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_id_of_ours_names_its_message_and_what_was_changed_names_none() {
        let key = MessageIdKey::new(&[7; 32]);
        let message = MessageId::new();
        let signed = key.of(message, "shop.example");
        for text in [signed.clone(), signed.to_uppercase(), format!(" <{signed}> ")] {
            assert_eq!(key.read(&text), Some(OwnMessageId { message, signed: true }), "{text}");
        }
        let plain = unsigned(message, "shop.example");
        for text in [plain.clone(), plain.to_uppercase(), format!("<{plain}>")] {
            assert_eq!(key.read(&text), Some(OwnMessageId { message, signed: false }), "{text}");
        }
        let forged = MessageIdKey::new(&[8; 32]).of(message, "shop.example");
        let hyphened = format!("{}@shop.example", message.0);
        for other in
            ["", "@", "abc@shop.example", &"z".repeat(32), &hyphened, &signed[1..], &signed[..41], &forged]
        {
            assert_eq!(key.read(other), None, "{other}");
        }
    }

    #[test]
    fn the_mark_of_a_return_path_is_no_message_id() {
        let message = MessageId::new();
        let base = "bounces@mail.toko.example".parse().unwrap();
        let path = crate::ReturnPath::new(base, Some(&[7; 32])).of(message);
        let mark = path.as_str().strip_prefix("bounces+").unwrap();
        assert_eq!(MessageIdKey::new(&[7; 32]).read(mark), None);
    }
}
