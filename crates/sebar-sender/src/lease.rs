//! The lease: proof that this sender lives, and the end of those that do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sebar_store::senders::{self, FENCE};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::recover;
use crate::shared::Shared;

/// From one heartbeat to the next.
const BEAT: Duration = Duration::from_secs(3);

/// Until when deliveries may begin. Measured by a clock that goes on while the process is stopped.
#[derive(Debug)]
pub(crate) struct Lease {
    start: Instant,
    /// Milliseconds from `start` to the last heartbeat that Postgres acknowledged: to the moment
    /// before it was sent, so that the lease seems shorter to us than to the others, never longer.
    renewed: AtomicU64,
}

impl Lease {
    /// A lease that was renewed just now.
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), renewed: AtomicU64::new(0) }
    }

    /// Whether deliveries may begin. A sender that was cut off from Postgres, or was frozen and wakes
    /// up, sees here that others may have taken its messages.
    pub(crate) fn holds(&self) -> bool {
        let renewed = Duration::from_millis(self.renewed.load(Ordering::Acquire));
        self.start.elapsed().saturating_sub(renewed) < FENCE
    }

    fn renew(&self, asked_at: Instant) {
        let at = asked_at.duration_since(self.start).as_millis();
        self.renewed.store(u64::try_from(at).unwrap_or(u64::MAX), Ordering::Release);
    }
}

/// Renews the lease until `stop`, which it sets itself when the lease is lost, and goes on renewing
/// it while deliveries end. Takes over from senders that died.
pub(crate) async fn keep(shared: Arc<Shared>, stop: CancellationToken) {
    let mut ticks = interval(BEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let asked_at = Instant::now();
        match senders::beat(&shared.db, shared.id).await {
            Ok(true) => shared.lease.renew(asked_at),
            Ok(false) => {
                stop.cancel();
                return;
            }
            Err(fault) => error!(%fault, "the lease could not be renewed"),
        }
        if !stop.is_cancelled()
            && let Err(fault) = bury(&shared).await
        {
            warn!(%fault, "cannot look for senders that died");
        }
    }
}

async fn bury(shared: &Shared) -> sqlx::Result<()> {
    let journals = shared.options.journals.as_deref();
    if let Some(journals) = journals {
        recover::dead_neighbours(&shared.db, journals).await?;
    }
    loop {
        let mut tx = shared.db.begin().await?;
        let Some(dead) = senders::bury_one(&mut tx).await? else { return Ok(()) };
        // Of this host, and frozen: its journal can be read all the same.
        let in_doubt = recover::settle(&mut tx, journals, dead).await?;
        tx.commit().await?;
        warn!(%dead, in_doubt, "a sender died");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_that_was_frozen_past_its_lease_begins_nothing() {
        let now = Instant::now();
        let long_ago = now.checked_sub(FENCE * 2).unwrap();
        let lease = Lease { start: long_ago, renewed: AtomicU64::new(0) };
        assert!(!lease.holds());
        lease.renew(now);
        assert!(lease.holds());
    }
}
