//! Passwords, hashed by argon2id.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

use tokio::sync::Semaphore;

use super::error::{Error, Result};

/// The shortest password that is taken, in characters (NIST SP 800-63B §3.1.1).
pub(crate) const MIN_LENGTH: usize = 10;
/// The longest, in bytes: hashing more would only cost us.
pub(crate) const MAX_LENGTH: usize = 1000;

/// A password could not be hashed: no memory, or no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

impl From<HashError> for Error {
    fn from(fault: HashError) -> Self {
        Self::internal(fault)
    }
}

/// Hashes a password to a PHC string. Takes some 20 ms of a core, on a thread for such work.
pub async fn hash(password: String) -> Result<String, HashError> {
    hashing(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()))
        .await?
        .map_err(|fault| HashError(fault.to_string()))
}

/// How many are hashed at the same time: each takes 19 MB of memory and a core. The others wait.
static HASHING: Semaphore = Semaphore::const_new(4);

/// Does it on a thread for such work, not too often at once.
async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, HashError> {
    // It is never closed.
    let _place = HASHING.acquire().await.map_err(|fault| HashError(fault.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|fault| HashError(fault.to_string()))
}

/// Whether the password is the one that was hashed. Without a hash (no such user) it takes as long
/// and says no, so that the time does not tell who has an account.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    let right = hashing(move || {
        let argon2 = Argon2::default();
        match hash.as_deref().map(PasswordHash::new) {
            Some(Ok(hash)) => argon2.verify_password(password.as_bytes(), &hash).is_ok(),
            _ => {
                let _ = argon2.hash_password(password.as_bytes());
                false
            }
        }
    })
    .await?;
    Ok(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let stored = hash("rahasia sekali".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("rahasia sekali".into(), Some(stored.clone())).await.unwrap());
        assert!(!verify("rahasia sekalI".into(), Some(stored)).await.unwrap());
        assert!(!verify("rahasia sekali".into(), None).await.unwrap());
        assert!(!verify("rahasia sekali".into(), Some("not a hash".into())).await.unwrap());
    }
}
