//! The installation's one secret, and the keys made from it.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

/// The master key from `SEBAR_SECRET`. Each purpose gets a key of its own by HKDF (RFC 5869), so
/// that what is learnt of one tells nothing of another.
pub struct MasterKey([u8; 32]);

/// Why a text is no master key, or a sealed secret cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 64 hexadecimal digits.
    #[error("SEBAR_SECRET must be 64 hexadecimal digits; make one with `openssl rand -hex 32`")]
    Malformed,
    /// Sealed with another key, for another place, or damaged.
    #[error("a stored secret was sealed with another SEBAR_SECRET; enter it again")]
    NotOurs,
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

impl MasterKey {
    /// Takes the bytes of the key as they are.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let text = text.trim().as_bytes();
        if text.len() != 64 {
            return Err(KeyError::Malformed);
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(KeyError::Malformed);
            // Two digits of 0..=15 make a byte.
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).map_err(|_| KeyError::Malformed)?;
        }
        Ok(Self(key))
    }

    /// The key that signs the tokens in links of mails.
    pub fn token_key(&self) -> [u8; 32] {
        self.derive(b"sebar tokens 1")
    }

    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        let mut key = [0; 32];
        let derived = Salt::new(HKDF_SHA256, b"sebar").extract(&self.0);
        // `expand` and `fill` fail only for more than 255 × 32 bytes.
        if let Ok(okm) = derived.expand(&[purpose], Bytes32) {
            let _ = okm.fill(&mut key);
        }
        key
    }

    fn sealing_key(&self) -> Result<RandomizedNonceKey, KeyError> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.derive(b"sebar sealing 1"))
            .map_err(|_| KeyError::NoRandomness)
    }

    /// Encrypts a secret for one place (`relay:<id>`): elsewhere it cannot be opened.
    pub fn seal(&self, place: &str, secret: &str) -> Result<Vec<u8>, KeyError> {
        let mut sealed = secret.as_bytes().to_vec();
        let nonce = self
            .sealing_key()?
            .seal_in_place_append_tag(Aad::from(place), &mut sealed)
            .map_err(|_| KeyError::NoRandomness)?;
        sealed.splice(0..0, *nonce.as_ref());
        Ok(sealed)
    }

    /// Decrypts what [`seal`](Self::seal) made for the same place.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<String, KeyError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(KeyError::NotOurs)?;
        let mut sealed = sealed.to_vec();
        let secret = self
            .sealing_key()?
            .open_in_place(Nonce::from(nonce), Aad::from(place), &mut sealed)
            .map_err(|_| KeyError::NotOurs)?;
        String::from_utf8(secret.to_vec()).map_err(|_| KeyError::NotOurs)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_in_its_place() {
        let key = MasterKey::new([7; 32]);
        let sealed = key.seal("relay:1", "hunter2").unwrap();
        assert!(!sealed.windows(7).any(|w| w == b"hunter2"));
        assert_ne!(sealed, key.seal("relay:1", "hunter2").unwrap());
        assert_eq!(key.open("relay:1", &sealed).as_deref(), Ok("hunter2"));
        assert_eq!(key.open("relay:2", &sealed), Err(KeyError::NotOurs));
        assert_eq!(MasterKey::new([8; 32]).open("relay:1", &sealed), Err(KeyError::NotOurs));
        for i in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[i] ^= 1;
            assert_eq!(key.open("relay:1", &damaged), Err(KeyError::NotOurs), "byte {i}");
        }
        assert_eq!(key.open("relay:1", b""), Err(KeyError::NotOurs));
    }

    #[test]
    fn only_64_hexadecimal_digits_make_a_key() {
        assert!(MasterKey::from_hex(&"0f".repeat(32)).is_ok());
        for text in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"é".repeat(32)] {
            assert_eq!(MasterKey::from_hex(text).err(), Some(KeyError::Malformed), "{text}");
        }
        assert_ne!(MasterKey::new([1; 32]).token_key(), MasterKey::new([2; 32]).token_key());
    }
}
