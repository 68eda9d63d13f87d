//! Marks: a message's id that we have signed, in letters whose case does not count. What bears one can
//! only have been written by us.
//!
//! A mark is the id and 10 bytes of HMAC-SHA256 over it, in base32 without padding (RFC 4648 §6) and in
//! lower case: mail systems on the way may change the case of a local part.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use sebar_domain::id::MessageId;
use uuid::Uuid;

const MAC_BYTES: usize = 10;
/// The length of a mark: 26 bytes, five bits in each character.
pub(crate) const MARK_LEN: usize = 42;

/// The key of the marks for one purpose: those for another are none of its.
#[derive(Clone)]
pub(crate) struct MarkKey(hmac::Key);

impl MarkKey {
    /// Derives the key for a purpose from the installation's secret.
    pub(crate) fn new(secret: &[u8; 32], purpose: &[u8]) -> Self {
        let master = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&master, purpose);
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// The mark of a message.
    pub(crate) fn sign(&self, message: MessageId) -> String {
        let mac = hmac::sign(&self.0, message.0.as_bytes());
        let bytes = [message.0.as_bytes(), &mac.as_ref()[..MAC_BYTES]].concat();
        BASE32_NOPAD.encode(&bytes).to_lowercase()
    }

    /// The message that a mark names, or nothing if we did not sign it for this purpose.
    pub(crate) fn verify(&self, mark: &str) -> Option<MessageId> {
        if mark.len() != MARK_LEN {
            return None;
        }
        // Stray bits in the last character are refused, so a mark has one spelling but for its case.
        let bytes = BASE32_NOPAD.decode(mark.to_ascii_uppercase().as_bytes()).ok()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        let expected = hmac::sign(&self.0, id);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..MAC_BYTES], mac).ok()?;
        Some(MessageId(Uuid::from_bytes(*id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> MarkKey {
        MarkKey::new(&[7; 32], b"this")
    }

    proptest! {
        #[test]
        fn a_mark_names_its_message_in_any_case(id in any::<u128>(), upper in any::<bool>()) {
            let message = MessageId(Uuid::from_u128(id));
            let mark = key().sign(message);
            prop_assert_eq!(mark.len(), MARK_LEN);
            let text = if upper { mark.to_uppercase() } else { mark };
            prop_assert_eq!(key().verify(&text), Some(message));
            prop_assert_eq!(MarkKey::new(&[7; 32], b"that").verify(&text), None, "for another purpose");
            prop_assert_eq!(MarkKey::new(&[8; 32], b"this").verify(&text), None, "of another installation");
        }

        #[test]
        fn another_mark_is_refused(id in any::<u128>(), at in 0..MARK_LEN, to in "[a-z2-7]") {
            let mut mark = key().sign(MessageId(Uuid::from_u128(id)));
            prop_assert_eq!(key().verify(&mark[..at]), None);
            prop_assume!(mark[at..=at] != to);
            mark.replace_range(at..=at, &to);
            prop_assert_eq!(key().verify(&mark), None);
        }

        #[test]
        fn noise_is_refused(text in "\\PC{0,60}|[a-z2-7]{42}") {
            prop_assert_eq!(key().verify(&text), None);
        }
    }
}
