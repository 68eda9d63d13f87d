//! The secret of a key: made, read and hashed in one place.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;

/// How every key begins, so that people and scanners for leaked secrets know it for one of ours.
const START: &str = "sbr_";
/// Random characters after that: 40 of 62 are 238 bits.
const RANDOM: usize = 40;
/// How much of a key is shown later, to recognise it by.
const SHOWN: usize = START.len() + 8;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A key as its program shows it. Only its hash is stored.
pub struct Secret(String);

/// The system gave no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

impl Secret {
    /// A new one.
    pub fn new() -> Result<Self, NoRandomness> {
        let mut secret = String::from(START);
        let mut bytes = [0; 64];
        while secret.len() < START.len() + RANDOM {
            rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
            // 248 is the largest multiple of 62: every character is as likely as the others.
            let fair = bytes.iter().filter(|byte| **byte < 248).map(|byte| ALPHABET[usize::from(byte % 62)]);
            secret.extend(fair.map(char::from));
        }
        secret.truncate(START.len() + RANDOM);
        Ok(Self(secret))
    }

    /// Reads what somebody shows as a key; `None` if it cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let random = text.strip_prefix(START)?;
        let fits = random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The whole key, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is shown of it afterwards.
    pub fn prefix(&self) -> &str {
        &self.0[..SHOWN]
    }

    /// What is stored of it.
    pub(super) fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.0.as_bytes()).as_ref().to_vec()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_tells_nothing_by_accident() {
        let secret = Secret::new().unwrap();
        assert_eq!(secret.reveal().len(), 44);
        assert!(secret.reveal().starts_with(secret.prefix()) && secret.prefix().len() == 12);
        assert_eq!(Secret::read(secret.reveal()).unwrap().hash(), secret.hash());
        assert_ne!(Secret::new().unwrap().reveal(), secret.reveal());
        assert!(!format!("{secret:?}").contains(secret.prefix()));
        for text in ["", "sbr_", "re_123", "sbr_ABCDEFGHIJ", &format!("{}x", secret.reveal())] {
            assert!(Secret::read(text).is_none(), "{text}");
        }
    }
}
