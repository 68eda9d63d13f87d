//! A message on its way from the queue through a lane to the record.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use sebar_domain::id::CampaignId;
use sebar_store::queue::Claimed;
use sebar_store::record::{Attempt, Next, Outcome};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::error;

use crate::journal::Place;
use crate::receivers::{Pass, Receiver};

/// A claimed message with its slot.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) message: Claimed,
    /// When it may be sent; the relay's pace wants it neither earlier nor much later.
    pub(crate) slot: Instant,
    /// Its place in the relay's window, given up when its outcome is recorded. So what a sender
    /// holds is bounded, and with it what is in doubt if the sender dies.
    pub(crate) place: OwnedSemaphorePermit,
    /// The rule for its recipient's domain, if there is one.
    pub(crate) receiver: Option<Arc<Receiver>>,
    /// Held until its outcome is known, where that rule counts what is under way.
    pub(crate) pass: Option<Pass>,
    /// Its place in the journal, once it has begun.
    pub(crate) noted: Option<Place>,
}

/// A message whose outcome is known and not yet recorded.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) campaign: Option<CampaignId>,
    /// Held until the outcome is recorded.
    pub(crate) _place: OwnedSemaphorePermit,
    /// Held as long, if it had begun.
    _noted: Option<Place>,
}

impl Job {
    /// A message that has not begun.
    pub(crate) fn new(message: Claimed, slot: Instant, place: OwnedSemaphorePermit) -> Self {
        Self { message, slot, place, receiver: None, pass: None, noted: None }
    }

    pub(crate) fn done(self, next: Next, attempt: Option<Attempt>) -> Done {
        let outcome = Outcome { message: self.message.id, next, attempt };
        if let Some(noted) = &self.noted
            && let Err(fault) = noted.end(&outcome)
        {
            // Postgres is told all the same; only a crash before that would leave it in doubt.
            error!(%fault, "an outcome cannot be written to the journal");
        }
        Done { outcome, campaign: self.message.campaign, _place: self.place, _noted: self.noted }
    }

    /// Gives it back to wait for so long.
    pub(crate) fn held(self, wait: Duration) -> Done {
        self.done(Next::Held { due_at: Utc::now() + wait }, None)
    }

    /// Gives it back as it was.
    pub(crate) fn back(self) -> Done {
        self.done(Next::Back, None)
    }
}
