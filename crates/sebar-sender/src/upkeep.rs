//! What is to be done now and then: next month's partitions, and forgetting what nobody needs.

use std::sync::Arc;
use std::time::Duration;

use sebar_store::{blobs, emails, pace, partitions, returned, senders, settings, suppressions};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::shared::Shared;

const PERIOD: Duration = Duration::from_hours(6);
/// Blobs that are forgotten by one statement.
const AT_ONCE: i64 = 1_000;
/// Suppressions end so exactly, and unrecognised mail keeps to its bounds.
const SHORT: Duration = Duration::from_mins(1);

pub(crate) async fn upkeep(shared: Arc<Shared>, stop: CancellationToken) {
    let mut last: Option<Instant> = None;
    loop {
        if last.is_none_or(|last| last.elapsed() >= PERIOD) {
            last = Some(Instant::now());
            if let Err(fault) = once(&shared).await {
                warn!(%fault, "upkeep failed");
            }
        }
        if let Err(fault) = suppressions::expire(&shared.db).await {
            warn!(%fault, "suppressions whose time is over stay for now");
        }
        // So often, as whoever floods us with mail needs no longer.
        if let Err(fault) = returned::forget_unrecognised(&shared.db).await {
            warn!(%fault, "unrecognised mail stays for now");
        }
        tokio::select! { () = stop.cancelled() => return, () = sleep(SHORT) => {} }
    }
}

async fn once(shared: &Shared) -> sqlx::Result<()> {
    partitions::make(&shared.db).await?;
    senders::forget_old(&shared.db).await?;
    pace::forget_old(&shared.db).await?;
    emails::forget_old_answers(&shared.db).await?;
    settings::forget_return_paths(&shared.db).await?;
    returned::forget_old_counts(&shared.db).await?;
    // Last: it gives up where somebody reads the months at this moment.
    if let Some(months) = settings::rules(&shared.db).await?.keep_months {
        // Each piece a statement of its own: there may be millions.
        while blobs::forget_old(&shared.db, months, AT_ONCE).await? >= AT_ONCE.unsigned_abs() {}
        returned::forget_old(&shared.db, months).await?;
        let dropped = partitions::drop_older(&shared.db, months).await?;
        if dropped > 0 {
            info!(dropped, "old months were dropped");
        }
    }
    Ok(())
}
