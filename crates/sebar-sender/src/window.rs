//! A relay's window: places for messages that are claimed for it and not yet recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The widest window, for a relay that takes thousands in a second.
pub(crate) const WIDEST: u32 = 1024;

/// Wide enough to keep the lanes busy while Postgres works, and no wider: what stands in it when the
/// sender dies is in doubt.
#[derive(Debug)]
pub(crate) struct Window {
    places: Arc<Semaphore>,
    size: AtomicU32,
    narrowest: u32,
}

impl Window {
    /// The window of a relay with so many connections, at its narrowest.
    pub(crate) fn new(connections: u32) -> Self {
        let narrowest = (connections * 4).clamp(4, WIDEST);
        Self { places: Arc::new(Semaphore::new(narrowest as usize)), size: narrowest.into(), narrowest }
    }

    /// How many messages to claim at a time: a quarter, so that the next claim comes while the lanes
    /// still have work.
    pub(crate) fn batch(&self) -> u32 {
        (self.size.load(Ordering::Relaxed) / 4).max(1)
    }

    /// Half of it: no more may wait beside the lanes for something else than them.
    pub(crate) fn half(&self) -> u32 {
        (self.size.load(Ordering::Relaxed) / 2).max(1)
    }

    /// Waits for `n` places. `idle` tells whether lanes wait for work: if they do while there is no
    /// place, the window was too narrow.
    pub(crate) async fn take(&self, n: u32, idle: impl Fn() -> bool) -> Option<OwnedSemaphorePermit> {
        if let Ok(places) = Arc::clone(&self.places).try_acquire_many_owned(n) {
            return Some(places);
        }
        if idle() {
            self.widen();
        }
        Arc::clone(&self.places).acquire_many_owned(n).await.ok()
    }

    /// Waits until nothing is in the window, and takes one place.
    pub(crate) async fn take_alone(&self) -> Option<OwnedSemaphorePermit> {
        self.narrow();
        let size = self.size.load(Ordering::Relaxed);
        let mut all = Arc::clone(&self.places).acquire_many_owned(size).await.ok()?;
        all.split(1)
    }

    fn widen(&self) {
        let size = self.size.load(Ordering::Relaxed);
        let wider = (size + size / 2).min(WIDEST);
        self.places.add_permits((wider - size) as usize);
        self.size.store(wider, Ordering::Relaxed);
    }

    /// Makes it narrow again, as far as places are free: for a relay that has nothing to do.
    pub(crate) fn narrow(&self) {
        let size = self.size.load(Ordering::Relaxed);
        let gone = self.places.forget_permits((size - self.narrowest) as usize);
        self.size.store(size - u32::try_from(gone).unwrap_or_default(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_widens_only_while_lanes_wait_for_work_and_is_narrow_again_when_there_is_none() {
        let window = Window::new(10);
        let size = || window.size.load(Ordering::Relaxed);
        let held = window.take(40, || true).await.unwrap();
        assert_eq!(size(), 40, "there was place");
        for lanes_idle in [false, true] {
            let waiting = window.take(20, || lanes_idle);
            let got = tokio::time::timeout(std::time::Duration::from_millis(10), waiting).await;
            assert_eq!((size(), got.is_ok()), if lanes_idle { (60, true) } else { (40, false) });
        }
        drop(held);
        window.narrow();
        assert_eq!(size(), 40);
        assert_eq!(window.take_alone().await.unwrap().num_permits(), 1);
    }
}
