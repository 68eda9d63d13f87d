//! The return path (RFC 5321 §4.4), with a mark of each message in it: what cannot be delivered comes
//! back to an address that names the message, whatever the bounce itself says (VERP).

use sebar_domain::Address;
use sebar_domain::id::MessageId;

use crate::mark::{MARK_LEN, MarkKey};

/// RFC 5321 §4.5.3.1.1.
const LONGEST_LOCAL: usize = 64;

/// The installation's return path, and the key that signs the marks in it.
#[derive(Clone)]
pub struct ReturnPath {
    base: Address,
    key: Option<MarkKey>,
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
        let key = secret.filter(|_| has_room).map(|secret| MarkKey::new(secret, b"sebar return path marks"));
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
        let marked = format!("{}{}@{}", self.prefix(), key.sign(message), self.domain());
        marked.parse().unwrap_or_else(|_| self.base.clone())
    }

    /// The message that a mark names, or nothing if we did not sign it.
    pub fn verify(&self, mark: &str) -> Option<MessageId> {
        self.key.as_ref()?.verify(mark)
    }
}

fn local(address: &Address) -> &str {
    address.as_str().rsplit_once('@').map_or("", |(local, _)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> ReturnPath {
        ReturnPath::new("bounces@mail.toko.example".parse().unwrap(), Some(&[7; 32]))
    }

    fn mark(address: &Address) -> &str {
        address.as_str().strip_prefix("bounces+").unwrap().split_once('@').unwrap().0
    }

    #[test]
    fn a_marked_address_fits_and_names_its_message() {
        let message = MessageId::new();
        let address = path().of(message);
        assert!(local(&address).len() <= LONGEST_LOCAL);
        assert_eq!(path().verify(mark(&address)), Some(message));
        assert_eq!(path().verify(&mark(&address).to_uppercase()), Some(message));
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
