//! Writes outcomes down, many in one transaction.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sebar_domain::id::CampaignId;
use sebar_store::queue;
use sebar_store::record as store;
use sebar_store::record::{Next, Outcome};
use sebar_store::returned;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tracing::{error, warn};

use crate::blocks::Blocks;
use crate::job::Done;
use crate::refusals;
use crate::shared::Shared;

/// Most outcomes in one transaction.
pub(crate) const BATCH: usize = 500;
/// How long a small batch waits for more. It bounds what a crash leaves in doubt as well.
const GATHER: Duration = Duration::from_millis(10);
/// A batch of this size does not wait.
const ENOUGH: usize = 250;
/// Live views are told of a campaign's progress so often at most.
const TELL: Duration = Duration::from_millis(300);

/// Records until every lane has ended.
pub(crate) async fn record(shared: Arc<Shared>, mut recorded: mpsc::Receiver<Done>) {
    let mut news = News::default();
    let mut blocks = Blocks::default();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if recorded.recv_many(&mut batch, BATCH).await == 0 {
            break;
        }
        if batch.len() < ENOUGH {
            sleep(GATHER).await;
            while batch.len() < BATCH
                && let Ok(done) = recorded.try_recv()
            {
                batch.push(done);
            }
        }
        let outcomes: Vec<Outcome> = batch.iter().map(|done| done.outcome.clone()).collect();
        write(&shared, &outcomes).await;
        let is_rerouted = |outcome: &Outcome| matches!(outcome.next, Next::Elsewhere { .. });
        if outcomes.iter().any(is_rerouted)
            && let Err(fault) = queue::wake(&shared.db).await
        {
            warn!(%fault, "the other relays could not be told");
        }
        for done in &batch {
            if let Some(campaign) = done.campaign {
                blocks.note(campaign, &done.outcome);
            }
        }
        blocks.pause(&shared).await;
        news.campaigns.extend(batch.drain(..).filter_map(|done| done.campaign));
        // The batch's places in the journal are given up.
        if let Some(journal) = &shared.journal {
            journal.sweep();
        }
        news.tell(&shared, false).await;
    }
    news.tell(&shared, true).await;
}

/// Records a batch, however long Postgres is away. A batch that Postgres refuses is halved until
/// the one outcome is found that it cannot take.
async fn write(shared: &Shared, outcomes: &[Outcome]) {
    let mut parts = vec![outcomes];
    let mut tries: u32 = 0;
    while let Some(part) = parts.last().copied() {
        match with_refusals(shared, part).await {
            Ok(recorded) => {
                let lost = part.len() - usize::try_from(recorded).unwrap_or_default();
                if lost > 0 {
                    warn!(lost, "outcomes of messages that this sender holds no more");
                }
                parts.pop();
                tries = 0;
            }
            Err(fault) => {
                tries += 1;
                warn!(%fault, tries, "outcomes could not be recorded");
                let refused = fault.as_database_error().is_some_and(|fault| !is_passing(fault));
                if refused && tries >= 2 {
                    parts.pop();
                    if let [one] = part {
                        error!(message = %one.message, "its outcome cannot be recorded: it will be in doubt");
                    } else {
                        let (a, b) = part.split_at(part.len() / 2);
                        parts.extend([b, a]);
                    }
                    tries = 0;
                    continue;
                }
                sleep(Duration::from_millis(100 * u64::from(tries.min(20)))).await;
            }
        }
    }
}

/// Records outcomes, and what relays' final refusals say of the addresses, in one transaction.
async fn with_refusals(shared: &Shared, outcomes: &[Outcome]) -> sqlx::Result<i64> {
    let refusals = {
        let board = shared.board.borrow();
        refusals::of(outcomes, |relay| {
            board.relay(relay).map(|relay| relay.settings.name.clone()).unwrap_or_default()
        })
    };
    if refusals.is_empty() {
        return store::record(&shared.db, shared.id, outcomes).await;
    }
    let mut tx = shared.db.begin().await?;
    let recorded = store::record(&mut *tx, shared.id, outcomes).await?;
    returned::record(&mut tx, &[], &refusals).await?;
    tx.commit().await?;
    Ok(recorded)
}

/// Deadlocks, shutdowns and shortages pass (SQLSTATE classes 40, 53, 55, 57, 58, 08).
fn is_passing(fault: &dyn sqlx::error::DatabaseError) -> bool {
    fault
        .code()
        .is_none_or(|code| ["40", "53", "55", "57", "58", "08"].iter().any(|class| code.starts_with(class)))
}

/// Campaigns whose numbers have changed and whose viewers have not been told.
#[derive(Default)]
struct News {
    campaigns: HashSet<CampaignId>,
    told: Option<Instant>,
}

impl News {
    async fn tell(&mut self, shared: &Shared, last: bool) {
        if self.campaigns.is_empty() || (!last && self.told.is_some_and(|told| told.elapsed() < TELL)) {
            return;
        }
        let campaigns: Vec<CampaignId> = self.campaigns.drain().collect();
        if let Err(fault) = store::tell(&shared.db, &campaigns).await {
            warn!(%fault, "viewers could not be told");
        }
        self.told = Some(Instant::now());
    }
}
