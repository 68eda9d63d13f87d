//! Brings campaigns to their end: finished ones become *sent*, and what a cancelled one still has
//! in the queue is cancelled.

use std::sync::Arc;
use std::time::Duration;

use sebar_store::{queue, record, sending};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::shared::Shared;

const PERIOD: Duration = Duration::from_millis(500);
const CHUNK: i64 = 5000;

pub(crate) async fn settle(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        if let Err(fault) = once(&shared).await {
            warn!(%fault, "campaigns could not be settled");
        }
        tokio::select! { () = stop.cancelled() => return, () = sleep(PERIOD) => {} }
    }
}

async fn once(shared: &Shared) -> sqlx::Result<()> {
    let finished = sending::finish(&shared.db).await?;
    for campaign in &finished {
        info!(%campaign, "sent");
    }
    if !finished.is_empty() {
        record::tell(&shared.db, &finished).await?;
    }
    for campaign in sending::unsettled(&shared.db).await? {
        while queue::cancel(&shared.db, campaign, CHUNK).await? > 0 {
            record::tell(&shared.db, &[campaign]).await?;
        }
        // What is being delivered at this moment ends first; the next round settles it.
        if sending::settle(&shared.db, campaign).await? {
            info!(%campaign, "cancelled");
            record::tell(&shared.db, &[campaign]).await?;
        }
    }
    Ok(())
}
