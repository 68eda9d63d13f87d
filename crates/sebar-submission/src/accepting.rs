//! Mails that come together are stored together: one transaction, one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use sebar_store::blobs;
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

/// A mail, and its body, which is kept apart: once for all mails that bring it.
pub(crate) struct Handed {
    pub(crate) email: NewEmail,
    pub(crate) body: Bytes,
}

/// Stores mails.
pub(crate) struct Accepting {
    db: PgPool,
    storing: Arc<Together<Handed, bool>>,
}

impl Accepting {
    pub(crate) fn new(db: &PgPool) -> Self {
        let db = sebar_store::pool_with_fixed_plans(db, CONNECTIONS);
        let weigh = |handed: &Handed| BESIDE + handed.email.mime.len() + handed.body.len();
        Self { db, storing: Arc::new(Together::new(AT_ONCE, MOST, weigh)) }
    }

    /// Stores a mail; whether it is stored for good.
    pub(crate) async fn accept(&self, handed: Handed) -> bool {
        let db = self.db.clone();
        self.storing.ask(handed, move |group| store_all(db.clone(), group)).await.unwrap_or(false)
    }
}

/// Stores a group; if that does not succeed, its mails one by one.
async fn store_all(db: PgPool, group: Vec<Handed>) -> Vec<bool> {
    let together: Vec<&Handed> = group.iter().collect();
    let mut answers = vec![true; group.len()];
    if let Err(fault) = store(&db, &together).await {
        tracing::warn!(%fault, mails = group.len(), "mails cannot be stored together");
        for (handed, answer) in group.iter().zip(&mut answers) {
            if let Err(fault) = store(&db, &[handed]).await {
                tracing::warn!(%fault, "a mail cannot be stored");
                *answer = false;
            }
        }
    }
    answers
}

async fn store(db: &PgPool, group: &[&Handed]) -> sqlx::Result<()> {
    let bodies: BTreeMap<_, _> =
        group.iter().filter_map(|handed| Some((handed.email.body?, &*handed.body))).collect();
    let mails: Vec<&NewEmail> = group.iter().map(|handed| &handed.email).collect();
    let mut tx = db.begin().await?;
    blobs::keep(&mut tx, &bodies).await?;
    emails::accept(&mut tx, &mails).await?;
    tx.commit().await
}
