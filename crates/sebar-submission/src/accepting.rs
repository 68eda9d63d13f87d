//! Mails that come together are stored together: one transaction, one commit.

use std::sync::Arc;

use sebar_store::emails::{self, NewEmail};
use sebar_together::Together;
use sqlx::PgPool;

/// Transactions at once. With more each would be smaller, and transactions that notify commit one after
/// the other.
const AT_ONCE: usize = 1;
/// Its connection, and one while that is made anew.
const CONNECTIONS: u32 = 2;
/// What one transaction brings at most, in octets, unless one mail alone brings more.
const MOST: usize = 8 << 20;
/// What a mail takes beside its own octets.
const BESIDE: usize = 32 << 10;

/// Stores mails.
pub(crate) struct Accepting {
    db: PgPool,
    storing: Arc<Together<NewEmail, bool>>,
}

impl Accepting {
    pub(crate) fn new(db: &PgPool) -> Self {
        let db = sebar_store::pool_with_fixed_plans(db, CONNECTIONS);
        Self { db, storing: Arc::new(Together::new(AT_ONCE, MOST, |email| BESIDE + email.mime.len())) }
    }

    /// Stores a mail; whether it is stored for good.
    pub(crate) async fn accept(&self, email: NewEmail) -> bool {
        let db = self.db.clone();
        self.storing.ask(email, move |group| store_all(db.clone(), group)).await.unwrap_or(false)
    }
}

/// Stores a group; if that does not succeed, its mails one by one.
async fn store_all(db: PgPool, group: Vec<NewEmail>) -> Vec<bool> {
    let together: Vec<&NewEmail> = group.iter().collect();
    let mut answers = vec![true; group.len()];
    if let Err(fault) = store(&db, &together).await {
        tracing::warn!(%fault, mails = group.len(), "mails cannot be stored together");
        for (email, answer) in group.iter().zip(&mut answers) {
            if let Err(fault) = store(&db, &[email]).await {
                tracing::warn!(%fault, "a mail cannot be stored");
                *answer = false;
            }
        }
    }
    answers
}

async fn store(db: &PgPool, mails: &[&NewEmail]) -> sqlx::Result<()> {
    emails::accept(&mut *db.acquire().await?, mails).await
}
