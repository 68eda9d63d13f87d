//! A mail's bytes as parts: RFC 5322, 2045–2047, 2231 as far as bounces need them.
//!
//! Written for broken mail. Whatever the bytes are, each is looked at a bounded number of times:
//! nesting ends at [`MAX_DEPTH`], a mail holds at most [`MAX_PARTS`] parts, and of a text only the
//! first [`MAX_TEXT`] bytes are decoded.
mod charset;
mod decode;
mod encoded_word;
mod headers;
mod html;
mod part;

pub(crate) use headers::Headers;
pub(crate) use part::{Part, parse};

/// How deep parts may lie in each other.
pub(crate) const MAX_DEPTH: usize = 10;
/// How many parts of a mail are looked at.
pub(crate) const MAX_PARTS: usize = 200;
/// How much of a part's text is read.
pub(crate) const MAX_TEXT: usize = 256 * 1024;
/// How many header fields of a part are looked at.
pub(crate) const MAX_FIELDS: usize = 1_000;
