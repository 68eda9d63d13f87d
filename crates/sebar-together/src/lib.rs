//! What many requests want of the database at the same moment, done for all of them at once.
//!
//! Nobody is kept waiting for company: who comes while nothing is under way is served alone and at
//! once; who comes meanwhile is served with all others who came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// Gathers what is asked, and has it done in groups.
pub struct Together<In, Out> {
    state: Mutex<State<In, Out>>,
    /// So many groups are under way at most.
    at_once: usize,
    /// A group weighs no more than this, unless one alone does.
    most: usize,
    weigh: fn(&In) -> usize,
}

struct State<In, Out> {
    waiting: VecDeque<(In, oneshot::Sender<Out>)>,
    under_way: usize,
}

impl<In: Send + 'static, Out: Send + 'static> Together<In, Out> {
    /// At most `at_once` groups under way, none of which weighs more than `most`, unless one item alone
    /// does.
    pub fn new(at_once: usize, most: usize, weigh: fn(&In) -> usize) -> Self {
        let state = Mutex::new(State { waiting: VecDeque::new(), under_way: 0 });
        Self { state, at_once, most, weigh }
    }

    /// Has `work` done for `item`, which is to give one answer for each of a group, in their order.
    /// It begins after this was called, and goes on though the caller should give up. `None` if it
    /// panicked.
    pub async fn ask<F, Work>(self: &Arc<Self>, item: In, work: F) -> Option<Out>
    where
        F: Fn(Vec<In>) -> Work + Send + 'static,
        Work: Future<Output = Vec<Out>> + Send,
    {
        let (tell, told) = oneshot::channel();
        let is_free = {
            let mut state = self.lock();
            state.waiting.push_back((item, tell));
            let is_free = state.under_way < self.at_once;
            if is_free {
                state.under_way += 1;
            }
            is_free
        };
        if is_free {
            let mut turn = Turn { of: Arc::clone(self), is_over: false };
            tokio::spawn(async move {
                while let Some((items, tell)) = turn.next() {
                    for (answer, tell) in work(items).await.into_iter().zip(tell) {
                        // Whoever asked may have given up.
                        let _ = tell.send(answer);
                    }
                }
            });
        }
        told.await.ok()
    }
}

impl<In, Out> Together<In, Out> {
    fn lock(&self) -> MutexGuard<'_, State<In, Out>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the groups that may be under way.
struct Turn<In, Out> {
    of: Arc<Together<In, Out>>,
    is_over: bool,
}

/// A group, and whom to tell.
type Group<In, Out> = (Vec<In>, Vec<oneshot::Sender<Out>>);

impl<In, Out> Turn<In, Out> {
    /// The next group. The turn is over when nobody waits, and then nobody can come between.
    fn next(&mut self) -> Option<Group<In, Out>> {
        let mut state = self.of.lock();
        let mut weight: usize = 0;
        let mut n = 0;
        for (item, _) in &state.waiting {
            weight = weight.saturating_add((self.of.weigh)(item));
            if n > 0 && weight > self.of.most {
                break;
            }
            n += 1;
        }
        if n == 0 {
            state.under_way -= 1;
            self.is_over = true;
            return None;
        }
        Some(state.waiting.drain(..n).unzip())
    }
}

impl<In, Out> Drop for Turn<In, Out> {
    fn drop(&mut self) {
        // The work panicked. Who waits is told so, for nobody may come who would take them along.
        if !self.is_over {
            let mut state = self.of.lock();
            state.under_way -= 1;
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    #[tokio::test]
    async fn who_comes_while_a_group_is_under_way_is_in_the_next_and_gets_its_own_answer() {
        let together = Arc::new(Together::<usize, (usize, usize)>::new(1, 10, |_| 1));
        let gate = Arc::new(Semaphore::new(0));
        let ask = |n: usize| {
            let (together, gate) = (Arc::clone(&together), Arc::clone(&gate));
            tokio::spawn(async move {
                let work = move |items: Vec<usize>| {
                    let gate = Arc::clone(&gate);
                    async move {
                        gate.acquire().await.unwrap().forget();
                        let size = items.len();
                        items.into_iter().map(|item| (item, size)).collect()
                    }
                };
                together.ask(n, work).await
            })
        };
        let mut asked = Vec::new();
        for n in 0..15 {
            asked.push(ask(n));
            tokio::task::yield_now().await;
        }
        asked[1].abort();
        gate.add_permits(3);
        for (n, answer) in asked.into_iter().enumerate() {
            let size = match n {
                0 => 1,
                1 => continue,
                2..=10 => 10,
                _ => 4,
            };
            assert_eq!(answer.await.unwrap(), Some((n, size)));
        }
    }

    #[tokio::test]
    async fn a_panic_ends_one_group_and_not_what_comes_after() {
        let together = Arc::new(Together::<bool, bool>::new(1, 1, |_| 1));
        let work = |items: Vec<bool>| async move {
            assert!(items[0], "wanted");
            items
        };
        assert_eq!(together.ask(false, work).await, None);
        assert_eq!(together.ask(true, work).await, Some(true));
    }
}
