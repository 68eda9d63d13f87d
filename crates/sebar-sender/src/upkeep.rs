//! What is to be done now and then: next month's partitions, and forgetting what nobody needs.

use std::sync::Arc;
use std::time::Duration;

use sebar_store::{blobs, emails, pace, partitions, senders, settings};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::shared::Shared;

const PERIOD: Duration = Duration::from_hours(6);

pub(crate) async fn upkeep(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        if let Err(fault) = once(&shared).await {
            warn!(%fault, "upkeep failed");
        }
        tokio::select! { () = stop.cancelled() => return, () = sleep(PERIOD) => {} }
    }
}

async fn once(shared: &Shared) -> sqlx::Result<()> {
    partitions::make(&shared.db).await?;
    senders::forget_old(&shared.db).await?;
    pace::forget_old(&shared.db).await?;
    emails::forget_old_answers(&shared.db).await?;
    // Last: it gives up where somebody reads the months at this moment.
    if let Some(months) = settings::rules(&shared.db).await?.keep_months {
        blobs::forget_old(&shared.db, months).await?;
        let dropped = partitions::drop_older(&shared.db, months).await?;
        if dropped > 0 {
            info!(dropped, "old months were dropped");
        }
    }
    Ok(())
}
