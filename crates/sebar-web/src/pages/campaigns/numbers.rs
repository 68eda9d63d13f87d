//! The numbers of a campaign under way, read once a second for all who watch it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sebar_domain::CampaignState;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns::{self, Campaign, Counts};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the numbers are read.
const EVERY: Duration = Duration::from_secs(1);
/// Over how long the rate is measured.
const WINDOW: Duration = Duration::from_secs(10);

/// A campaign in numbers at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    pub(super) state: CampaignState,
    pub(super) counts: Counts,
    /// Of how many messages the progress is out of: counted at the start, exact once all are planned.
    pub(super) total: i64,
    /// Whether all are planned.
    pub(super) is_planned: bool,
    /// Messages done per second, over the last seconds; nothing right after the first look.
    pub(super) rate: Option<f64>,
}

impl Numbers {
    /// The numbers without a rate.
    pub(super) fn new(campaign: &Campaign, counts: Counts) -> Self {
        let is_planned = campaign.planned_at.is_some();
        let total =
            if is_planned { counts.planned } else { campaign.audience_size.unwrap_or(0).max(counts.planned) };
        Self { state: campaign.state, counts, total, is_planned, rate: None }
    }

    /// Messages that are not terminal yet, planned or not.
    pub(super) fn queued(&self) -> i64 {
        if self.state.is_over() { 0 } else { (self.total - self.counts.done()).max(0) }
    }

    /// Seconds until the last one at the present rate.
    pub(super) fn seconds_left(&self) -> Option<i64> {
        let rate = self
            .rate
            .filter(|rate| *rate > 0.05 && self.state == CampaignState::Sending && self.queued() > 0)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "an estimate")]
        let seconds = (self.queued() as f64 / rate).ceil() as i64;
        Some(seconds)
    }
}

type Channel = Arc<watch::Sender<Option<Numbers>>>;

/// Who is watched at the moment: a task for each campaign, however many browsers look at it.
#[derive(Default)]
pub(crate) struct Live(Mutex<HashMap<CampaignId, Channel>>);

impl Live {
    /// Watches a campaign. The first value comes at once, then one a second; the task ends when
    /// nobody watches any more, and at shutdown.
    pub(super) fn watch(
        self: &Arc<Self>,
        db: &PgPool,
        shutdown: &CancellationToken,
        id: CampaignId,
    ) -> watch::Receiver<Option<Numbers>> {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = watched.get(&id) {
            return channel.subscribe();
        }
        let (channel, receiver) = watch::channel(None);
        let channel = Arc::new(channel);
        watched.insert(id, Arc::clone(&channel));
        tokio::spawn(keep_reading(Arc::clone(self), db.clone(), shutdown.clone(), id, channel));
        receiver
    }

    /// Forgets a campaign if nobody watches it. Under the lock, so that nobody begins to meanwhile.
    fn leave(&self, id: CampaignId, channel: &Channel) -> bool {
        let mut watched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_idle = channel.receiver_count() == 0;
        if is_idle {
            watched.remove(&id);
        }
        is_idle
    }

    fn forget(&self, id: CampaignId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

async fn keep_reading(
    live: Arc<Live>,
    db: PgPool,
    shutdown: CancellationToken,
    id: CampaignId,
    channel: Channel,
) {
    let mut seen: VecDeque<(Instant, i64)> = VecDeque::new();
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            _ = tick.tick() => {}
        }
        if live.leave(id, &channel) {
            return;
        }
        match read(&db, id).await {
            Ok(Some(mut numbers)) => {
                let done = numbers.counts.done();
                let now = Instant::now();
                while seen.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
                    seen.pop_front();
                }
                numbers.rate =
                    seen.front().map(|(at, before)| per_second(done - before, now.duration_since(*at)));
                seen.push_back((now, done));
                channel.send_replace(Some(numbers));
            }
            Ok(None) => break,
            Err(fault) => {
                tracing::warn!(%fault, campaign = %id, "the numbers of a campaign could not be read");
            }
        }
    }
    // Dropping the last sender tells the watchers that it is over.
    live.forget(id);
}

async fn read(db: &PgPool, id: CampaignId) -> sqlx::Result<Option<Numbers>> {
    let Some(campaign) = campaigns::get(db, id).await? else { return Ok(None) };
    Ok(Some(Numbers::new(&campaign, campaigns::counts(db, id).await?)))
}

fn per_second(n: i64, time: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal at most")]
    let n = n.max(0) as f64;
    n / time.as_secs_f64().max(0.001)
}
