//! Signed words in public URLs: short, without personal data, proven without a look-up.
//!
//! A token is its kind and its fields in binary, followed by 12 bytes of HMAC-SHA256 over them,
//! in base64url. Twelve bytes are out of reach of guessing against a server and keep a click's
//! URL path below 50 characters.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sebar_domain::id::MessageId;
use uuid::Uuid;

use crate::message_id::MessageIdKey;

const MAC_BYTES: usize = 12;
/// Longer than the longest token; what exceeds it is refused before it is decoded.
const LONGEST: usize = 80;

const OPEN: u8 = 1;
const CLICK: u8 = 2;
const UNSUBSCRIBE: u8 = 3;
const OPEN_ANONYMOUS: u8 = 4;
const CLICK_ANONYMOUS: u8 = 5;

/// The installation's key for [`Token`]s, and with it the one for the Message-IDs of the same mails. It
/// must outlive the mails that were signed with it.
#[derive(Clone)]
pub struct TokenKey {
    tokens: hmac::Key,
    message_ids: MessageIdKey,
}

impl TokenKey {
    /// Takes 32 secret bytes. The key is bound to this purpose, so that the same secret may
    /// serve others by other names.
    pub fn new(secret: &[u8; 32]) -> Self {
        let master = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&master, b"sebar public url tokens");
        let tokens = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Self { tokens, message_ids: MessageIdKey::new(secret) }
    }

    /// The key for the mails' Message-IDs.
    pub fn message_ids(&self) -> &MessageIdKey {
        &self.message_ids
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// What a public URL asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Token {
    /// The recipient of this message opened it.
    Open {
        /// The message.
        message: MessageId,
    },
    /// The recipient of this message followed a link.
    Click {
        /// The message.
        message: MessageId,
        /// The content's number: where to find the link's target without asking for the message.
        content_no: i64,
        /// The index in [`Compiled::links`](crate::Compiled::links).
        link: u32,
    },
    /// The recipient of this message wants no more of them.
    Unsubscribe {
        /// The message.
        message: MessageId,
    },
    /// Somebody opened a mail of this content.
    OpenAnonymous {
        /// The content's number.
        content_no: i64,
    },
    /// Somebody followed a link of this content.
    ClickAnonymous {
        /// The content's number.
        content_no: i64,
        /// The index in [`Compiled::links`](crate::Compiled::links).
        link: u32,
    },
}

impl Token {
    /// Writes the token, fit for a URL's path as it is.
    pub fn sign(&self, key: &TokenKey) -> String {
        let mut bytes = Vec::with_capacity(48);
        match *self {
            Self::Open { message } => {
                bytes.push(OPEN);
                bytes.extend_from_slice(message.0.as_bytes());
            }
            Self::Click { message, content_no, link } => {
                bytes.push(CLICK);
                bytes.extend_from_slice(message.0.as_bytes());
                put(&mut bytes, content_no.cast_unsigned());
                put(&mut bytes, link.into());
            }
            Self::Unsubscribe { message } => {
                bytes.push(UNSUBSCRIBE);
                bytes.extend_from_slice(message.0.as_bytes());
            }
            Self::OpenAnonymous { content_no } => {
                bytes.push(OPEN_ANONYMOUS);
                put(&mut bytes, content_no.cast_unsigned());
            }
            Self::ClickAnonymous { content_no, link } => {
                bytes.push(CLICK_ANONYMOUS);
                put(&mut bytes, content_no.cast_unsigned());
                put(&mut bytes, link.into());
            }
        }
        let mac = hmac::sign(&key.tokens, &bytes);
        bytes.extend_from_slice(&mac.as_ref()[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token back, or nothing if it was not signed with this key exactly so.
    pub fn verify(key: &TokenKey, text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        // The decoder refuses stray bits in the last character, so a token has one spelling only.
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (fields, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        let expected = hmac::sign(&key.tokens, fields);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..MAC_BYTES], mac).ok()?;
        let (&kind, mut rest) = fields.split_first()?;
        let token = match kind {
            OPEN => Self::Open { message: take_message(&mut rest)? },
            CLICK => Self::Click {
                message: take_message(&mut rest)?,
                content_no: take(&mut rest)?.cast_signed(),
                link: take(&mut rest)?.try_into().ok()?,
            },
            UNSUBSCRIBE => Self::Unsubscribe { message: take_message(&mut rest)? },
            OPEN_ANONYMOUS => Self::OpenAnonymous { content_no: take(&mut rest)?.cast_signed() },
            CLICK_ANONYMOUS => Self::ClickAnonymous {
                content_no: take(&mut rest)?.cast_signed(),
                link: take(&mut rest)?.try_into().ok()?,
            },
            _ => return None,
        };
        rest.is_empty().then_some(token)
    }
}

/// Writes a number in groups of seven bits, lowest first (LEB128).
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take_message(bytes: &mut &[u8]) -> Option<MessageId> {
    let (id, rest) = bytes.split_first_chunk::<16>()?;
    *bytes = rest;
    Some(MessageId(Uuid::from_bytes(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_token() -> impl Strategy<Value = Token> {
        let message = any::<u128>().prop_map(|n| MessageId(Uuid::from_u128(n)));
        prop_oneof![
            message.clone().prop_map(|message| Token::Open { message }),
            message.clone().prop_map(|message| Token::Unsubscribe { message }),
            (message, any::<i64>(), any::<u32>()).prop_map(|(message, content_no, link)| Token::Click {
                message,
                content_no,
                link
            }),
            any::<i64>().prop_map(|content_no| Token::OpenAnonymous { content_no }),
            (any::<i64>(), any::<u32>())
                .prop_map(|(content_no, link)| Token::ClickAnonymous { content_no, link }),
        ]
    }

    proptest! {
        #[test]
        fn a_token_reads_back_as_itself(token in any_token(), secret in any::<[u8; 32]>()) {
            let key = TokenKey::new(&secret);
            let text = token.sign(&key);
            prop_assert!(text.len() <= LONGEST);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(Token::verify(&key, &text), Some(token));
        }

        #[test]
        fn any_changed_character_is_refused(token in any_token(), at in any::<prop::sample::Index>(), to in "[A-Za-z0-9_-]") {
            let key = TokenKey::new(&[7; 32]);
            let mut text = token.sign(&key);
            let at = at.index(text.len());
            prop_assume!(text[at..=at] != to);
            text.replace_range(at..=at, &to);
            prop_assert_eq!(Token::verify(&key, &text), None);
        }

        #[test]
        fn noise_is_refused_without_a_panic(text in "\\PC{0,100}|[A-Za-z0-9_-]{0,90}") {
            prop_assert_eq!(Token::verify(&TokenKey::new(&[7; 32]), &text), None);
        }
    }

    #[test]
    fn another_key_and_a_cut_or_grown_token_are_refused() {
        let key = TokenKey::new(&[1; 32]);
        let token = Token::Unsubscribe { message: MessageId(Uuid::from_u128(5)) };
        let text = token.sign(&key);
        assert_eq!(Token::verify(&TokenKey::new(&[2; 32]), &text), None);
        for end in 0..text.len() {
            assert_eq!(Token::verify(&key, &text[..end]), None);
        }
        assert_eq!(Token::verify(&key, &format!("{text}A")), None);
        assert_eq!(Token::verify(&key, &format!("{text}=")), None);
    }

    #[test]
    fn a_click_stays_short() {
        let message = MessageId(Uuid::from_u128(u128::MAX));
        let text = Token::Click { message, content_no: 1000, link: 20 }.sign(&TokenKey::new(&[1; 32]));
        assert!(text.len() <= 44, "{}", text.len());
    }
}
