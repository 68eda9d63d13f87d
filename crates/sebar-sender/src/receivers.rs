//! Receivers: the rules for recipients' domains, at work in one sender.
//!
//! The rate of a rule is reserved in Postgres, for all senders together; of its messages under way each
//! sender has a share. What a rule has no room for goes back to its ticket, due when its turn may come:
//! it holds up nobody else. What is admitted waits in a room beside the lanes for its slot and its pass,
//! so that no lane waits for a busy receiver while it could send to others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use sebar_domain::DomainRule;
use sebar_domain::id::DomainRuleId;
use sebar_store::domain_rules;
use sebar_store::pace::Slots;
use sqlx::PgPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::job::Job;

/// What goes back is due within this time, where its rule's rate is known, and where only a guess is.
const FARTHEST: Duration = Duration::from_mins(10);
const FARTHEST_GUESS: Duration = Duration::from_mins(1);
/// More than was measured comes back: a guess must not become the measure.
const HOPE: f64 = 1.5;
/// A guess falls to this part of itself with each measure.
const SLOWER: f64 = 0.9;
/// What a connection is thought to carry in a second before anything was measured.
const FIRST_GUESS: f64 = 10.0;

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Receivers(RwLock<Vec<Arc<Receiver>>>);

/// A rule at work.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) rule: DomainRule,
    /// Senders that share it.
    senders: u32,
    passes: Option<Arc<Passes>>,
    /// When the next that goes back is due.
    next_due: Mutex<Option<Instant>>,
}

/// This sender's share of the messages that may be under way.
#[derive(Debug)]
struct Passes {
    free: Arc<Semaphore>,
    size: AtomicU32,
    ended: Mutex<Ended>,
}

/// How fast they come back.
#[derive(Debug)]
struct Ended {
    since: Instant,
    n: u32,
    per_second: Option<f64>,
}

/// A message to the receiver may be under way. Given up when it is not any more.
#[derive(Debug)]
pub(crate) struct Pass {
    _permit: OwnedSemaphorePermit,
    passes: Arc<Passes>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.passes.note_end();
    }
}

impl Receivers {
    /// Puts other rules, or other shares, in force.
    pub(crate) fn update(&self, rules: &[DomainRule], senders: u32) {
        let mut receivers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_same = receivers.len() == rules.len()
            && receivers.iter().zip(rules).all(|(old, rule)| old.rule == *rule && old.senders == senders);
        if !is_same {
            let before = |rule: &DomainRule| receivers.iter().find(|old| old.rule.id == rule.id);
            let new = rules.iter().map(|rule| Arc::new(Receiver::new(rule.clone(), senders, before(rule))));
            *receivers = new.collect();
        }
    }

    /// The rule for an address, if there is one.
    pub(crate) fn of(&self, recipient: &str) -> Option<Arc<Receiver>> {
        let (_, domain) = recipient.rsplit_once('@')?;
        let receivers = self.0.read().unwrap_or_else(PoisonError::into_inner);
        receivers.iter().find(|receiver| receiver.rule.concerns(domain)).cloned()
    }
}

impl Receiver {
    fn new(rule: DomainRule, senders: u32, before: Option<&Arc<Self>>) -> Self {
        let share = rule.connections.map(|all| (all / senders.max(1)).max(1));
        let passes = share.map(|share| match before.and_then(|before| before.passes.as_ref()) {
            Some(passes) => {
                passes.resize(share);
                Arc::clone(passes)
            }
            None => Arc::new(Passes::new(share)),
        });
        Self { rule, senders, passes, next_due: Mutex::default() }
    }

    /// Reserves slots: up to `wanted` that come within `horizon`.
    pub(crate) async fn reserve(&self, db: &PgPool, wanted: u32, horizon: Duration) -> sqlx::Result<Slots> {
        if self.rule.per_second.is_none() || wanted == 0 {
            return Ok(Slots { granted: wanted, ..Slots::FREE });
        }
        let mut tx = db.begin().await?;
        let slots = domain_rules::reserve(&mut tx, self.rule.id, wanted, horizon).await?;
        tx.commit().await?;
        // Its rule is gone since.
        Ok(slots.unwrap_or(Slots { granted: wanted, ..Slots::FREE }))
    }

    /// So many may wait in a room before the lanes: enough to keep the passes in use.
    fn room(&self) -> u32 {
        self.passes.as_ref().map_or(u32::MAX, |passes| passes.size.load(Ordering::Relaxed).max(2) * 2)
    }

    /// When the next message is due that goes back.
    pub(crate) fn next_turn(&self) -> Duration {
        let (rate, farthest) = match (self.rule.per_second, &self.passes) {
            (Some(rate), _) => (rate / f64::from(self.senders.max(1)), FARTHEST),
            (None, Some(passes)) => (passes.rate() * HOPE, FARTHEST_GUESS),
            (None, None) => return Duration::ZERO,
        };
        let now = Instant::now();
        let mut next = self.next_due.lock().unwrap_or_else(PoisonError::into_inner);
        let due = next.map_or(now, |next| next.max(now)) + Duration::from_secs_f64(1.0 / rate.max(0.01));
        let due = due.min(now + farthest);
        *next = Some(due);
        due - now
    }

    async fn pass(&self) -> Option<Pass> {
        let passes = self.passes.as_ref()?;
        // The semaphore is never closed.
        let permit = Arc::clone(&passes.free).acquire_owned().await.ok()?;
        Some(Pass { _permit: permit, passes: Arc::clone(passes) })
    }
}

impl Passes {
    fn new(size: u32) -> Self {
        Self {
            free: Arc::new(Semaphore::new(size as usize)),
            size: size.into(),
            ended: Mutex::new(Ended { since: Instant::now(), n: 0, per_second: None }),
        }
    }

    /// More at once, or fewer as soon as they come back.
    fn resize(&self, size: u32) {
        let before = self.size.swap(size, Ordering::Relaxed);
        if size > before {
            self.free.add_permits((size - before) as usize);
        } else if size < before {
            let free = Arc::clone(&self.free);
            tokio::spawn(async move {
                if let Ok(gone) = free.acquire_many_owned(before - size).await {
                    gone.forget();
                }
            });
        }
    }

    fn note_end(&self) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.n += 1;
        let elapsed = ended.since.elapsed();
        if elapsed >= Duration::from_secs(1) {
            let now = f64::from(ended.n) / elapsed.as_secs_f64();
            // Fewer may have come back because fewer went: a guess falls slowly, and rises at once.
            let before = ended.per_second.unwrap_or_else(|| self.first_guess());
            ended.per_second = Some(now.max(before * SLOWER));
            (ended.since, ended.n) = (Instant::now(), 0);
        }
    }

    fn first_guess(&self) -> f64 {
        FIRST_GUESS * f64::from(self.size.load(Ordering::Relaxed))
    }

    /// How many come back in a second.
    fn rate(&self) -> f64 {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.per_second.unwrap_or_else(|| self.first_guess())
    }
}

/// The rooms of one relay, in which admitted messages wait for their slots and passes.
pub(crate) struct Rooms {
    doors: HashMap<DomainRuleId, Room>,
    jobs: mpsc::Sender<Job>,
    stop: CancellationToken,
    sent_back_at: Option<Instant>,
}

struct Room {
    door: mpsc::UnboundedSender<(Arc<Receiver>, Job)>,
    waiting: Arc<AtomicU32>,
}

impl Rooms {
    /// Rooms before the lanes that take from `jobs`.
    pub(crate) fn new(jobs: mpsc::Sender<Job>, stop: CancellationToken) -> Self {
        Self { doors: HashMap::new(), jobs, stop, sent_back_at: None }
    }

    /// Notes that a message found no place.
    pub(crate) fn note_sent_back(&mut self) {
        self.sent_back_at = Some(Instant::now());
    }

    /// Whether messages that found no place may come due soon.
    pub(crate) fn sent_back_lately(&self) -> bool {
        self.sent_back_at.is_some_and(|at| at.elapsed() < FARTHEST)
    }

    /// How many more may wait for a receiver; in all rooms together at most `most`.
    pub(crate) fn places(&self, receiver: &Receiver, most: u32) -> u32 {
        let waiting = |room: &Room| room.waiting.load(Ordering::Relaxed);
        let here = self.doors.get(&receiver.rule.id).map_or(0, waiting);
        let all: u32 = self.doors.values().map(waiting).sum();
        receiver.room().saturating_sub(here).min(most.saturating_sub(all))
    }

    /// Lets a message wait there.
    pub(crate) fn put(&mut self, receiver: Arc<Receiver>, job: Job) {
        let room = self.doors.entry(receiver.rule.id).or_insert_with(|| {
            let (door, inside) = mpsc::unbounded_channel();
            let waiting = Arc::new(AtomicU32::new(0));
            tokio::spawn(usher(inside, self.jobs.clone(), Arc::clone(&waiting), self.stop.clone()));
            Room { door, waiting }
        });
        room.waiting.fetch_add(1, Ordering::Relaxed);
        // The usher is there until the door is closed.
        let _ = room.door.send((receiver, job));
    }
}

/// Leads those who wait to the lanes, one after the other; all at once when the relay stops, for the
/// lanes to give them back.
async fn usher(
    mut inside: mpsc::UnboundedReceiver<(Arc<Receiver>, Job)>,
    jobs: mpsc::Sender<Job>,
    waiting: Arc<AtomicU32>,
    stop: CancellationToken,
) {
    while let Some((receiver, mut job)) = inside.recv().await {
        let turn = async {
            sleep_until(job.slot).await;
            receiver.pass().await
        };
        job.pass = tokio::select! { () = stop.cancelled() => None, pass = turn => pass };
        job.receiver = Some(receiver);
        waiting.fetch_sub(1, Ordering::Relaxed);
        let _ = jobs.send(job).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(connections: Option<u32>, per_second: Option<f64>) -> DomainRule {
        let domains = vec!["gmail.com".to_owned()];
        DomainRule { id: DomainRuleId::new(), name: "Gmail".to_owned(), domains, connections, per_second }
    }

    #[tokio::test]
    async fn a_share_of_the_passes_may_be_in_use_also_after_the_rule_has_changed() {
        let receivers = Receivers::default();
        let mut rule = rule(Some(6), None);
        receivers.update(std::slice::from_ref(&rule), 2);
        let of = |receivers: &Receivers| receivers.of("budi@GMail.com").unwrap();
        let free = |receivers: &Receivers| of(receivers).passes.as_ref().unwrap().free.available_permits();
        assert!(receivers.of("budi@example.com").is_none());
        assert_eq!(free(&receivers), 3);
        let pass = of(&receivers).pass().await.unwrap();
        assert_eq!(free(&receivers), 2);
        rule.connections = Some(10);
        receivers.update(std::slice::from_ref(&rule), 2);
        assert_eq!(free(&receivers), 4, "one of five is in use");
        receivers.update(&[rule], 20);
        tokio::task::yield_now().await;
        assert_eq!(free(&receivers), 0);
        drop(pass);
        tokio::task::yield_now().await;
        assert_eq!(free(&receivers), 1, "each sender has one at least");
    }

    #[test]
    fn what_goes_back_comes_again_at_the_rate_of_its_rule() {
        let receiver = Receiver::new(rule(None, Some(10.0)), 2, None);
        for expected in [200, 400, 600] {
            let turn = receiver.next_turn().as_millis();
            assert!((expected - 100..=expected).contains(&turn), "two senders share it: {turn}");
        }
        for _ in 0..10_000 {
            receiver.next_turn();
        }
        assert_eq!(receiver.next_turn(), FARTHEST);
        // Where only passes count, what is measured is the guess, with some hope.
        let receiver = Receiver::new(rule(Some(2), None), 1, None);
        assert_eq!(receiver.next_turn().as_millis(), 33, "1 / (2 x 10 x 1.5)");
        let passes = receiver.passes.as_ref().unwrap();
        *passes.ended.lock().unwrap() =
            Ended { since: Instant::now() - Duration::from_secs(1), n: 99, per_second: None };
        passes.note_end();
        assert!((95.0..=100.0).contains(&passes.rate()), "{}", passes.rate());
        passes.ended.lock().unwrap().since -= Duration::from_secs(30);
        passes.note_end();
        assert!((85.0..=90.0).contains(&passes.rate()), "a pause is no measure: {}", passes.rate());
    }
}
