//! Puts relays to work: each relay that users want used gets a feeder and its lanes, anew whenever
//! its settings or this sender's share of its connections change.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use sebar_domain::id::RelayId;
use sebar_store::relays::Relay;
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::board::Board;
use crate::feed::{self, Group};
use crate::job::Done;
use crate::lane;
use crate::shared::Shared;
use crate::window::{WIDEST, Window};

/// A relay at work.
struct AtWork {
    /// What it was put to work with: version of its settings, connections.
    version: (DateTime<Utc>, u32),
    stop: CancellationToken,
    work: JoinHandle<()>,
}

/// Runs until `stop`; deliveries that have begun may then take `drain` to end.
pub(crate) async fn dispatch(
    shared: &Arc<Shared>,
    outcomes: mpsc::Sender<Done>,
    stop: &CancellationToken,
    drain: Duration,
) {
    let mut board = shared.board.clone();
    let mut at_work: HashMap<RelayId, AtWork> = HashMap::new();
    loop {
        let now = Arc::clone(&board.borrow_and_update());
        at_work.retain(|id, work| {
            let wanted = now.relay(*id).is_some_and(|relay| relay.enabled);
            if !wanted {
                work.stop.cancel();
            }
            wanted || !work.work.is_finished()
        });
        for relay in now.relays.iter().filter(|relay| relay.enabled) {
            let version = (relay.updated_at, share(relay, &now));
            let before = at_work.remove(&relay.id);
            let entry = match before {
                Some(same) if same.version == version && !same.stop.is_cancelled() => same,
                before => begin(shared, relay, version, before, &outcomes, stop),
            };
            at_work.insert(relay.id, entry);
        }
        tokio::select! {
            () = stop.cancelled() => break,
            changed = board.changed() => if changed.is_err() { break },
        }
    }
    let deadline = tokio::time::Instant::now() + drain;
    for mut relay in at_work.into_values() {
        relay.stop.cancel();
        if tokio::time::timeout_at(deadline, &mut relay.work).await.is_err() {
            relay.work.abort();
        }
    }
}

/// How many of a relay's connections are this sender's: all senders together keep to its limit
/// (unless there are more senders than connections).
fn share(relay: &Relay, board: &Board) -> u32 {
    (relay.settings.connections / board.senders.max(1)).max(1)
}

fn begin(
    shared: &Arc<Shared>,
    relay: &Relay,
    version: (DateTime<Utc>, u32),
    before: Option<AtWork>,
    outcomes: &mpsc::Sender<Done>,
    stop: &CancellationToken,
) -> AtWork {
    let own_stop = stop.child_token();
    // As wide as a window can be: the next claim comes while the lanes still have work.
    let (jobs_in, jobs) = mpsc::channel(WIDEST as usize);
    let group = Arc::new(Group {
        shared: Arc::clone(shared),
        relay: relay.clone(),
        connections: version.1,
        jobs: Mutex::new(jobs),
        window: Window::new(version.1),
        idle: AtomicU32::new(0),
        outcomes: outcomes.clone(),
        health: feed::Health::default(),
        stop: own_stop.clone(),
    });
    let work = tokio::spawn(async move {
        if let Some(before) = before {
            // Its connections count until they are closed.
            before.stop.cancel();
            let _ = before.work.await;
        }
        work(group, jobs_in).await;
    });
    AtWork { version, stop: own_stop, work }
}

/// A relay's feeder and lanes, until all of them have ended.
async fn work(group: Arc<Group>, jobs_in: mpsc::Sender<crate::job::Job>) {
    let mut lanes = JoinSet::new();
    for _ in 0..group.connections {
        let group = Arc::clone(&group);
        lanes.spawn(async move {
            // A fault of ours in one message must not cost the relay a lane. The message stays
            // claimed, and is in doubt when this sender ends.
            while AssertUnwindSafe(lane::run(&group)).catch_unwind().await.is_err() {
                error!(relay = %group.relay.id, "a lane broke down; it begins anew");
            }
        });
    }
    feed::feed(&group, jobs_in).await;
    while lanes.join_next().await.is_some() {}
}
