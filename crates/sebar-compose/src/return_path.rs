//! The return path (RFC 5321 §4.4), with a mark of each message in it: what cannot be delivered comes
//! back to an address that names the message, whatever the bounce itself says (VERP).
//!
//! A mark is the message's id and 10 bytes of HMAC-SHA256 over it, in base32 without padding
//! (RFC 4648 §6) and in lower case: mail systems on the way may change the case of a local part.

use aws_lc_rs::hmac;
use data_encoding::BASE32_NOPAD;
use sebar_domain::Address;
use sebar_domain::id::MessageId;
use uuid::Uuid;

const MAC_BYTES: usize = 10;
/// 26 bytes, five bits in each character.
const MARK_LEN: usize = 42;
/// RFC 5321 §4.5.3.1.1.
const LONGEST_LOCAL: usize = 64;

/// The installation's return path, and the key that signs the marks in it.
#[derive(Clone)]
pub struct ReturnPath {
    base: Address,
    key: Option<hmac::Key>,
}

impl std::fmt::Debug for ReturnPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnPath").field("base", &self.base).finish_non_exhaustive()
    }
}

impl ReturnPath {
    /// A return path; `secret` signs the marks, and without it there are none. It must outlive the
    /// mails that bear them. A base that leaves no room for a mark has none either.
    pub fn new(base: Address, secret: Option<&[u8; 32]>) -> Self {
        let has_room = Self::has_room(&base);
        let key = secret.filter(|_| has_room).map(|secret| {
            let master = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let derived = hmac::sign(&master, b"sebar return path marks");
            hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
        });
        Self { base, key }
    }

    /// The longest local part that leaves room for a mark, in octets.
    pub const LONGEST: usize = LONGEST_LOCAL - MARK_LEN - 1;

    /// Whether the local part leaves room for a mark.
    pub fn has_room(base: &Address) -> bool {
        local(base).len() <= Self::LONGEST
    }

    /// The return path without a mark.
    pub fn base(&self) -> &Address {
        &self.base
    }

    /// The domain at which mail comes back.
    pub fn domain(&self) -> &str {
        self.base.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// What stands before a mark in the local part: `bounces+`.
    pub fn prefix(&self) -> String {
        format!("{}+", local(&self.base))
    }

    /// The address to which a message comes back.
    pub fn of(&self, message: MessageId) -> Address {
        let Some(key) = &self.key else { return self.base.clone() };
        let mac = hmac::sign(key, message.0.as_bytes());
        let bytes = [message.0.as_bytes(), &mac.as_ref()[..MAC_BYTES]].concat();
        let marked =
            format!("{}{}@{}", self.prefix(), BASE32_NOPAD.encode(&bytes).to_lowercase(), self.domain());
        marked.parse().unwrap_or_else(|_| self.base.clone())
    }

    /// The message that a mark names, or nothing if we did not sign it.
    pub fn verify(&self, mark: &str) -> Option<MessageId> {
        if mark.len() != MARK_LEN {
            return None;
        }
        // Stray bits in the last character are refused, so a mark has one spelling but for its case.
        let bytes = BASE32_NOPAD.decode(mark.to_ascii_uppercase().as_bytes()).ok()?;
        let (id, mac) = bytes.split_first_chunk::<16>()?;
        let expected = hmac::sign(self.key.as_ref()?, id);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..MAC_BYTES], mac).ok()?;
        Some(MessageId(Uuid::from_bytes(*id)))
    }
}

fn local(address: &Address) -> &str {
    address.as_str().rsplit_once('@').map_or("", |(local, _)| local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn path() -> ReturnPath {
        ReturnPath::new("bounces@mail.toko.example".parse().unwrap(), Some(&[7; 32]))
    }

    fn mark(address: &Address) -> &str {
        address.as_str().strip_prefix("bounces+").unwrap().split_once('@').unwrap().0
    }

    proptest! {
        #[test]
        fn a_mark_names_its_message_in_any_case(id in any::<u128>(), upper in any::<bool>()) {
            let message = MessageId(Uuid::from_u128(id));
            let address = path().of(message);
            prop_assert!(address.as_str().split_once('@').unwrap().0.len() <= LONGEST_LOCAL);
            let text = if upper { mark(&address).to_uppercase() } else { mark(&address).to_owned() };
            prop_assert_eq!(path().verify(&text), Some(message));
        }

        #[test]
        fn another_mark_is_refused(id in any::<u128>(), at in 0..MARK_LEN, to in "[a-z2-7]") {
            let address = path().of(MessageId(Uuid::from_u128(id)));
            let mut text = mark(&address).to_owned();
            prop_assume!(text[at..=at] != to);
            text.replace_range(at..=at, &to);
            prop_assert_eq!(path().verify(&text), None);
        }

        #[test]
        fn noise_is_refused(text in "\\PC{0,60}|[a-z2-7]{42}") {
            prop_assert_eq!(path().verify(&text), None);
        }
    }

    #[test]
    fn without_a_key_or_room_there_is_no_mark() {
        let plain = ReturnPath::new("bounces@mail.toko.example".parse().unwrap(), None);
        assert_eq!(plain.of(MessageId::new()).as_str(), "bounces@mail.toko.example");
        let long = format!("{}@mail.toko.example", "b".repeat(30));
        let long = ReturnPath::new(long.parse().unwrap(), Some(&[7; 32]));
        assert_eq!(long.of(MessageId::new()), *long.base());
        let other = ReturnPath::new("bounces@mail.toko.example".parse().unwrap(), Some(&[8; 32]));
        assert_eq!(other.verify(mark(&path().of(MessageId::new()))), None);
    }
}
