//! Feeds a relay's lanes: claims what it may send now, fairly between campaigns, and reserves slots.

use std::sync::Arc;
use std::sync::Mutex as StdMutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sebar_domain::id::CampaignId;
use sebar_store::campaigns;
use sebar_store::pace::{self, Slots};
use sebar_store::queue::{self, Claimed};
use sebar_store::record::Next;
use sebar_store::relays::Relay;
use sebar_store::sending::Sending;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::job::{Done, Job};
use crate::shared::Shared;
use crate::window::Window;

/// Without news the queue is looked at so often: a retry comes due without anybody telling.
const IDLE: Duration = Duration::from_secs(1);
/// Urgent mail is looked for at least so often while campaigns keep a relay busy.
const URGENT: Duration = Duration::from_millis(100);
/// A paced relay is given this much of its rate at a time.
const PACED: f64 = 0.5;
/// A campaign with a pace of its own is given the slots that come within this time: a lane that waits
/// for more is lost to other campaigns.
const SOON: Duration = Duration::from_millis(50);
/// How long our own knowledge of a fault holds until the board must show it.
const FAULT_SEEN: Duration = Duration::from_secs(2);

/// One relay at work in this sender.
pub(crate) struct Group {
    pub(crate) shared: Arc<Shared>,
    /// As it was when it was put to work; how it fares stands on the board.
    pub(crate) relay: Relay,
    /// This sender's share of its connections.
    pub(crate) connections: u32,
    pub(crate) jobs: Mutex<mpsc::Receiver<Job>>,
    pub(crate) window: Window,
    /// Lanes that wait for work at this moment.
    pub(crate) idle: AtomicU32,
    pub(crate) outcomes: mpsc::Sender<Done>,
    pub(crate) health: Health,
    pub(crate) stop: CancellationToken,
}

/// What this sender knows of a relay's troubles before the board does.
#[derive(Default)]
pub(crate) struct Health {
    fault_at: StdMutex<Option<Instant>>,
    /// New connections in a row that were lost in the middle of a message.
    pub(crate) drops: AtomicU32,
}

impl Health {
    pub(crate) fn note_fault(&self) {
        *self.fault_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn has_just_failed(&self) -> bool {
        let fault = *self.fault_at.lock().unwrap_or_else(PoisonError::into_inner);
        fault.is_some_and(|at| at.elapsed() < FAULT_SEEN)
    }

    pub(crate) fn note_success(&self) {
        self.drops.store(0, Ordering::Relaxed);
    }
}

impl Group {
    /// Whether the relay is to be left alone now.
    pub(crate) fn is_resting(&self) -> bool {
        let board = self.shared.board.borrow();
        match board.relay(self.relay.id).map(|relay| &relay.pause) {
            Some(Some(pause)) => pause.until > Utc::now(),
            _ => self.health.has_just_failed(),
        }
    }

    /// Whether it was in trouble and has not proved itself since.
    pub(crate) fn is_on_trial(&self) -> bool {
        let board = self.shared.board.borrow();
        board.relay(self.relay.id).is_some_and(|relay| relay.pause.is_some())
    }
}

/// Feeds until the group is stopped. It is asked to stop only where it waits: what was claimed is
/// handed to the lanes in any case, which give it back then.
pub(crate) async fn feed(group: &Group, jobs: mpsc::Sender<Job>) {
    let mut turn = Turn::default();
    let mut woken = group.shared.woken.clone();
    while !group.stop.is_cancelled() {
        woken.borrow_and_update();
        let (idle, wakeable) = match feed_once(group, &jobs, &mut turn).await {
            Ok(Fed::Some) => continue,
            Ok(Fed::Nothing) => (IDLE, true),
            Ok(Fed::Early(wait)) => (wait.min(IDLE), true),
            Ok(Fed::Resting) => (Duration::from_millis(100), false),
            Ok(Fed::Parked(until)) => {
                let rest = (until - Utc::now()).to_std().unwrap_or_default();
                (rest.clamp(Duration::from_millis(50), Duration::from_secs(10)), false)
            }
            Err(fault) => {
                error!(%fault, "the queue cannot be read");
                (IDLE, false)
            }
        };
        tokio::select! {
            () = group.stop.cancelled() => return,
            _ = woken.changed(), if wakeable => {}
            () = sleep(idle) => {}
        }
    }
}

enum Fed {
    /// Messages were handed to the lanes; there may be more.
    Some,
    /// There is nothing to send.
    Nothing,
    /// There is nothing to send before a campaign's own pace allows it.
    Early(Duration),
    /// The relay is left alone after a fault.
    Resting,
    /// The relay's quota is used up until then.
    Parked(DateTime<Utc>),
}

/// Whose turn it is.
#[derive(Default)]
struct Turn {
    last: Option<CampaignId>,
    urgent_at: Option<Instant>,
}

async fn feed_once(group: &Group, jobs: &mpsc::Sender<Job>, turn: &mut Turn) -> sqlx::Result<Fed> {
    if group.is_resting() {
        return Ok(Fed::Resting);
    }
    // A relay on trial gets one message, and the next when that one's outcome is known.
    let on_trial = group.is_on_trial();
    let take = if on_trial { 1 } else { batch(group) };
    let places = async {
        if on_trial {
            group.window.take_alone().await
        } else {
            group.window.take(take, || group.idle.load(Ordering::Relaxed) > 0).await
        }
    };
    let places = tokio::select! {
        () = group.stop.cancelled() => return Ok(Fed::Nothing),
        places = places => places,
    };
    let Some(places) = places else { return Ok(Fed::Nothing) };
    if group.is_resting() || on_trial != group.is_on_trial() {
        // Things changed while we waited: look again.
        return Ok(Fed::Resting);
    }
    match claim(group, take, turn).await? {
        Claim::Some(claimed, own) => hand_over(group, claimed, own, places, jobs).await,
        Claim::None(wait) => {
            group.window.narrow();
            Ok(wait.map_or(Fed::Nothing, Fed::Early))
        }
    }
}

/// Gives claimed messages to the lanes, each with its place in the window and its slot: the relay's, or
/// their campaign's `own`, whichever comes later. Those that must not be sent are recorded at once; back
/// go those for which the relay's quota has no room.
async fn hand_over(
    group: &Group,
    claimed: Vec<Claimed>,
    own: Slots,
    mut places: OwnedSemaphorePermit,
    jobs: &mpsc::Sender<Job>,
) -> sqlx::Result<Fed> {
    let now = Instant::now();
    let (claimed, stopped): (Vec<_>, Vec<_>) =
        claimed.into_iter().partition(|message| message.stop.is_none());
    for message in stopped {
        let (Some(reason), Some(place)) = (message.stop, places.split(1)) else { continue };
        let job = Job { message, slot: now, place, noted: None };
        let _ = group.outcomes.send(job.done(Next::Suppressed { reason }, None)).await;
    }
    let wanted = u32::try_from(claimed.len()).unwrap_or(u32::MAX);
    let slots = if group.relay.is_paced() { reserve(group, wanted).await } else { Ok(Some(FREE)) };
    let (slots, fault) = match slots {
        Ok(slots) => (slots.unwrap_or(NONE), None),
        Err(fault) => (NONE, Some(fault)),
    };
    for (message, n) in claimed.into_iter().zip(0..) {
        // As many places were taken as messages were asked for.
        let Some(place) = places.split(1) else { break };
        let job = Job { message, slot: now + slots.at(n).max(own.at(n)), place, noted: None };
        if n < slots.granted {
            // The lanes take jobs until this channel is closed.
            let _ = jobs.send(job).await;
        } else {
            let _ = group.outcomes.send(job.back()).await;
        }
    }
    match (fault, slots.parked_until) {
        (Some(fault), _) => Err(fault),
        (None, Some(until)) => Ok(Fed::Parked(until)),
        (None, None) => Ok(Fed::Some),
    }
}

/// The slots of a relay without limits.
const FREE: Slots =
    Slots { granted: u32::MAX, first_in: Duration::ZERO, interval: Duration::ZERO, parked_until: None };
/// No slot at all.
const NONE: Slots = Slots { granted: 0, ..FREE };

/// Reserves slots of the group's relay.
pub(crate) async fn reserve(group: &Group, wanted: u32) -> sqlx::Result<Option<Slots>> {
    let mut tx = group.shared.db.begin().await?;
    let slots = pace::reserve(&mut tx, group.relay.id, wanted).await?;
    tx.commit().await?;
    Ok(slots)
}

fn batch(group: &Group) -> u32 {
    let most = group.window.batch();
    match group.relay.rate() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a small positive range"
        )]
        Some(rate) => ((rate * PACED).ceil().clamp(1.0, f64::from(most))) as u32,
        None => most,
    }
}

/// What a claim found.
enum Claim {
    /// Messages, and the slots of their campaign's own pace.
    Some(Vec<Claimed>, Slots),
    /// Nothing; where a campaign's own pace is why, how long to wait.
    None(Option<Duration>),
}

/// Claims up to `n` messages: urgent ones first, then from the campaign whose turn it is.
async fn claim(group: &Group, n: u32, turn: &mut Turn) -> sqlx::Result<Claim> {
    let shared = &group.shared;
    let mut urgent = Vec::new();
    if turn.urgent_at.is_none_or(|at| at.elapsed() >= URGENT) {
        turn.urgent_at = Some(Instant::now());
        let from = &group.relay.settings.from_allowed;
        urgent = queue::claim_urgent(&shared.db, from, shared.id, i64::from(n)).await?;
    }
    if !urgent.is_empty() {
        turn.urgent_at = None;
        return Ok(Claim::Some(urgent, FREE));
    }
    let board = Arc::clone(&shared.board.borrow());
    let mine: Vec<&Sending> =
        board.campaigns.iter().filter(|campaign| group.relay.may_send_from(&campaign.from)).collect();
    let next = mine.iter().position(|one| turn.last.is_none_or(|last| one.id > last)).unwrap_or(0);
    let mut wait: Option<Duration> = None;
    for campaign in mine[next..].iter().chain(&mine[..next]) {
        turn.last = Some(campaign.id);
        let own = own_slots(shared, campaign, n).await?;
        let n = n.min(own.granted);
        if n == 0 {
            wait = Some(wait.map_or(own.first_in, |wait| wait.min(own.first_in)));
            continue;
        }
        let claimed = queue::claim(&shared.db, campaign.id, shared.id, i64::from(n)).await?;
        if !claimed.is_empty() {
            return Ok(Claim::Some(claimed, own));
        }
    }
    Ok(Claim::None(wait))
}

/// Slots of a campaign's own pace, as many as are due soon: more would keep the lanes waiting.
async fn own_slots(shared: &Shared, campaign: &Sending, n: u32) -> sqlx::Result<Slots> {
    let Some(per_hour) = campaign.pace.per_hour else { return Ok(FREE) };
    let mut tx = shared.db.begin().await?;
    let slots = campaigns::reserve_slots(&mut tx, campaign.id, per_hour, n, SOON).await?;
    tx.commit().await?;
    Ok(slots)
}
