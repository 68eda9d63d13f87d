//! Starts campaigns when their time has come.

use std::sync::Arc;
use std::time::Duration;

use sebar_domain::id::CampaignId;
use sebar_store::campaigns;
use sqlx::PgPool;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::shared::Shared;

const PERIOD: Duration = Duration::from_secs(1);

pub(crate) async fn schedule(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        loop {
            match start_next(&shared.db).await {
                Ok(Some(campaign)) => info!(%campaign, "its time has come"),
                Ok(None) => break,
                Err(fault) => {
                    error!(%fault, "cannot start scheduled campaigns");
                    break;
                }
            }
        }
        tokio::select! { () = stop.cancelled() => return, () = sleep(PERIOD) => {} }
    }
}

async fn start_next(db: &PgPool) -> sqlx::Result<Option<CampaignId>> {
    let mut tx = db.begin().await?;
    let started = campaigns::start_due(&mut tx).await?;
    tx.commit().await?;
    Ok(started)
}
