//! One look into a mailbox: what it brings, and how it is noted.

use std::collections::HashSet;

use bytes::Bytes;
use sebar_domain::Road;
use sebar_store::mailboxes::{self, Lease, Mailbox};
use sqlx::PgPool;

use crate::{Arrival, Fault, Intake};

/// So many mails one after the other that could not be stored end a look: it is not for the mails then.
const GIVE_UP: usize = 5;

/// A look into a mailbox.
pub(crate) struct Look<'a> {
    pub(crate) db: &'a PgPool,
    pub(crate) intake: &'a Intake,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) lease: &'a Lease,
    /// Mails that were taken.
    pub(crate) taken: i64,
    /// Whether there was one that could not be stored.
    failed: bool,
    /// How many such there were, one after the other.
    in_a_row: usize,
}

impl<'a> Look<'a> {
    pub(crate) fn new(db: &'a PgPool, intake: &'a Intake, mailbox: &'a Mailbox, lease: &'a Lease) -> Self {
        Self { db, intake, mailbox, lease, taken: 0, failed: false, in_a_row: 0 }
    }

    /// Stores mails, each with its id on the server; the ids of those that were. They are remembered, so that
    /// none is fetched again while it still stands there.
    pub(crate) async fn store(
        &mut self,
        road: Road,
        mails: Vec<(String, Bytes)>,
    ) -> Result<HashSet<String>, Fault> {
        let (ids, raws): (Vec<_>, Vec<_>) = mails.into_iter().unzip();
        let storing = raws.into_iter().map(|raw| {
            self.intake.take(Arrival {
                road,
                mailbox: Some(self.mailbox.id),
                source: self.mailbox.settings.name.clone(),
                envelope_to: Vec::new(),
                raw,
            })
        });
        let stored = futures::future::join_all(storing).await;
        for one in &stored {
            self.in_a_row = if one.is_err() { self.in_a_row + 1 } else { 0 };
            self.failed |= one.is_err();
        }
        let done: Vec<String> =
            ids.into_iter().zip(stored).filter_map(|(id, stored)| stored.is_ok().then_some(id)).collect();
        self.taken += i64::try_from(done.len()).unwrap_or_default();
        mailboxes::note_seen(self.db, self.mailbox.id, &done).await?;
        Ok(done.into_iter().collect())
    }

    /// Whether to go on: one mail that cannot be stored does not keep out those behind it, many do.
    pub(crate) fn go_on(&self) -> Result<(), Fault> {
        if self.in_a_row >= GIVE_UP { Err(Fault::NotStored) } else { Ok(()) }
    }

    /// How it went, when all was looked at.
    pub(crate) fn end(&self) -> Result<(), Fault> {
        if self.failed { Err(Fault::NotStored) } else { Ok(()) }
    }
}
