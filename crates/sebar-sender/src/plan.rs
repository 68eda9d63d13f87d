//! Makes the messages of campaigns, chunk by chunk, each in a transaction of its own with the place
//! that it reached: whoever goes on after a crash makes each message once. Delivery does not wait
//! for the last chunk, and a pause or cancellation comes between two of them.

use std::sync::Arc;
use std::time::Duration;

use sebar_domain::CampaignState;
use sebar_store::{campaigns, plan as store, queue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::contents::ContentError;
use crate::shared::Shared;

const PERIOD: Duration = Duration::from_secs(1);
/// The first chunk is small, so that the first mail leaves at once.
const FIRST_CHUNK: u32 = 500;
const CHUNK: u32 = 5000;

pub(crate) async fn plan(shared: Arc<Shared>, stop: CancellationToken) {
    let mut woken = shared.woken.clone();
    loop {
        loop {
            if stop.is_cancelled() {
                return;
            }
            match next_chunk(&shared).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    error!(%fault, "planning stopped; it goes on where it was");
                    break;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            _ = woken.changed() => {}
            () = sleep(PERIOD) => {}
        }
    }
}

/// Plans one chunk of one campaign. `false`: there is none to plan.
async fn next_chunk(shared: &Shared) -> sqlx::Result<bool> {
    let mut tx = shared.db.begin().await?;
    let Some(plan) = store::lock_next(&mut tx).await? else { return Ok(false) };
    let content = match shared.contents.get(&mut *tx, plan.content).await {
        Ok(content) => content,
        Err(ContentError::Database(fault)) => return Err(fault),
        Err(ContentError::Unusable(why)) => {
            // Frozen content was checked when it was frozen; somebody must look at this.
            error!(campaign = %plan.campaign, why, "its content cannot be used: it is paused");
            campaigns::set_state(&mut tx, plan.campaign, CampaignState::Paused).await?;
            tx.commit().await?;
            return Ok(true);
        }
    };
    let size = if plan.is_untouched() { FIRST_CHUNK } else { CHUNK };
    let chunk = store::next_chunk(&mut tx, &plan, &content.merge_keys, size).await?;
    queue::wake(&mut *tx).await?;
    tx.commit().await?;
    if chunk.complete {
        info!(campaign = %plan.campaign, "planned");
    }
    Ok(true)
}
