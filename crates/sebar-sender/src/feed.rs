//! Feeds a relay's lanes: reserves the slots of what it claimed, and asks the rules of its receivers.

use std::sync::Arc;
use std::sync::Mutex as StdMutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sebar_domain::Stream;
use sebar_store::pace::{self, Slots};
use sebar_store::queue::Claimed;
use sebar_store::record::Next;
use sebar_store::relays::Relay;
use tokio::sync::{Mutex, OwnedSemaphorePermit, mpsc};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::claim::{Claim, Turn, claim};
use crate::job::{Done, Job};
use crate::meter::Meter;
use crate::receivers::{Receiver, Rooms};
use crate::shared::Shared;
use crate::window::Window;

/// Without news the queue is looked at so often: a retry comes due without anybody telling.
const IDLE: Duration = Duration::from_secs(1);
/// Where messages were sent back by a receiver's rules the queue is looked at more often.
const COMES_BACK: Duration = Duration::from_millis(50);
/// The slots of a receiver that come within this time are taken; single mail looks further.
const AHEAD: Duration = Duration::from_secs(1);
const AHEAD_SINGLE: Duration = Duration::from_secs(5);
/// A paced relay is given this much of its rate at a time.
const PACED: f64 = 0.5;
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
    /// Messages that it took.
    pub(crate) taken: Meter,
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
        self.taken.count();
    }
}

impl Group {
    /// Most messages in a second by the relay's limits and its own wish.
    pub(crate) fn rate(&self) -> Option<f64> {
        let board = self.shared.board.borrow();
        board.relay(self.relay.id).unwrap_or(&self.relay).rate()
    }

    /// Whether it must have slots reserved.
    fn is_paced(&self) -> bool {
        self.relay.settings.is_paced() || self.rate().is_some()
    }

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
    let mut rooms = Rooms::new(jobs.clone(), group.stop.clone());
    let mut woken = group.shared.woken.clone();
    while !group.stop.is_cancelled() {
        woken.borrow_and_update();
        let (idle, wakeable) = match feed_once(group, &jobs, &mut rooms, &mut turn).await {
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

async fn feed_once(
    group: &Group,
    jobs: &mpsc::Sender<Job>,
    rooms: &mut Rooms,
    turn: &mut Turn,
) -> sqlx::Result<Fed> {
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
        Claim::Some(claimed, own) => hand_over(group, claimed, own, places, jobs, rooms).await,
        Claim::None(Some(wait)) => Ok(Fed::Early(wait)),
        Claim::None(None) => {
            group.window.narrow();
            // What was sent back by the rules of a receiver comes due without anybody telling.
            Ok(if rooms.sent_back_lately() { Fed::Early(COMES_BACK) } else { Fed::Nothing })
        }
    }
}

/// Gives claimed messages to the lanes, each with its place in the window and its slot: the relay's,
/// their campaign's `own` or their receiver's, whichever comes last. Those that must not be sent are
/// recorded at once; back go those for which a receiver or the relay's quota has no room.
async fn hand_over(
    group: &Group,
    claimed: Vec<Claimed>,
    own: Slots,
    mut places: OwnedSemaphorePermit,
    jobs: &mpsc::Sender<Job>,
    rooms: &mut Rooms,
) -> sqlx::Result<Fed> {
    let now = Instant::now();
    let mut admitted = Vec::with_capacity(claimed.len());
    for (message, n) in admit(group, rooms, claimed).await.into_iter().zip(0..) {
        // As many places were taken as messages were asked for.
        let Some(place) = places.split(1) else { break };
        let job = Job::new(message.message, now + own.at(n).max(message.slot), place);
        match (job.message.stop, message.wait) {
            (Some(reason), _) => send(group, job.done(Next::Suppressed { reason }, None)).await,
            (None, Some(wait)) => {
                rooms.note_sent_back();
                send(group, job.held(wait)).await;
            }
            (None, None) => admitted.push((job, message.receiver)),
        }
    }
    let wanted = u32::try_from(admitted.len()).unwrap_or(u32::MAX);
    let slots =
        if group.is_paced() && wanted > 0 { reserve(group, wanted).await } else { Ok(Some(Slots::FREE)) };
    let (slots, fault) = match slots {
        Ok(slots) => (slots.unwrap_or(NONE), None),
        Err(fault) => (NONE, Some(fault)),
    };
    for ((mut job, receiver), n) in admitted.into_iter().zip(0..) {
        job.slot = job.slot.max(now + slots.at(n));
        if n >= slots.granted {
            send(group, job.back()).await;
        } else if let Some(receiver) = receiver {
            rooms.put(receiver, job);
        } else {
            // The lanes take jobs until this channel is closed.
            let _ = jobs.send(job).await;
        }
    }
    match (fault, slots.parked_until) {
        (Some(fault), _) => Err(fault),
        (None, Some(until)) => Ok(Fed::Parked(until)),
        (None, None) => Ok(Fed::Some),
    }
}

async fn send(group: &Group, done: Done) {
    // The recorder listens until every lane and feeder has ended.
    let _ = group.outcomes.send(done).await;
}

/// A claimed message, and what its receiver's rules say.
struct Admitted {
    message: Claimed,
    receiver: Option<Arc<Receiver>>,
    /// From now to the receiver's slot.
    slot: Duration,
    /// There is no room for it before this time has passed.
    wait: Option<Duration>,
}

/// Asks the rules of the receivers.
async fn admit(group: &Group, rooms: &Rooms, claimed: Vec<Claimed>) -> Vec<Admitted> {
    let mut messages: Vec<Admitted> = claimed
        .into_iter()
        .map(|message| Admitted {
            receiver: if message.stop.is_none() {
                group.shared.receivers.of(&message.recipient)
            } else {
                None
            },
            message,
            slot: Duration::ZERO,
            wait: None,
        })
        .collect();
    let mut receivers: Vec<Arc<Receiver>> = Vec::new();
    for receiver in messages.iter().filter_map(|message| message.receiver.as_ref()) {
        if !receivers.iter().any(|known| Arc::ptr_eq(known, receiver)) {
            receivers.push(Arc::clone(receiver));
        }
    }
    for receiver in receivers {
        let theirs = messages
            .iter_mut()
            .filter(|message| message.receiver.as_ref().is_some_and(|of| Arc::ptr_eq(of, &receiver)));
        let theirs: Vec<_> = theirs.collect();
        let wanted = u32::try_from(theirs.len()).unwrap_or(u32::MAX);
        // All of them are of one kind: a claim is of a campaign, or of none.
        let is_single = theirs.iter().any(|message| message.message.stream != Stream::Campaign);
        let (places, horizon) = if is_single {
            (wanted, AHEAD_SINGLE)
        } else {
            (rooms.places(&receiver, group.window.half()).min(wanted), AHEAD)
        };
        let slots = receiver.reserve(&group.shared.db, places, horizon).await.unwrap_or_else(|fault| {
            error!(%fault, "the slots of a receiver cannot be reserved");
            NONE
        });
        for (message, n) in theirs.into_iter().zip(0..) {
            if n < slots.granted {
                message.slot = slots.at(n);
            } else {
                let wait = receiver.next_turn();
                message.wait = Some(if is_single { wait.min(AHEAD) } else { wait });
            }
        }
    }
    messages
}

/// No slot at all.
const NONE: Slots = Slots { granted: 0, ..Slots::FREE };

/// Reserves slots of the group's relay.
pub(crate) async fn reserve(group: &Group, wanted: u32) -> sqlx::Result<Option<Slots>> {
    let mut tx = group.shared.db.begin().await?;
    let slots = pace::reserve(&mut tx, group.relay.id, wanted).await?;
    tx.commit().await?;
    Ok(slots)
}

fn batch(group: &Group) -> u32 {
    let most = group.window.batch();
    match group.rate() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to a small positive range"
        )]
        Some(rate) => ((rate * PACED).ceil().clamp(1.0, f64::from(most))) as u32,
        None => most,
    }
}
