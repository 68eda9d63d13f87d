//! What the links in mails lead to: open to anybody who holds a token, and to nobody else.
pub(crate) mod hooks;
pub(crate) mod links;
pub(crate) mod track;
pub(crate) mod unsubscribe;
