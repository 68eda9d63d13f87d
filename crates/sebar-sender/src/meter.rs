//! How many messages a relay took lately.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// So many whole seconds are looked at.
const SECONDS: u64 = 5;
/// And the present one.
const PLACES: usize = 6;

/// Counts by the second.
#[derive(Debug)]
pub(crate) struct Meter {
    begun: Instant,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// The second that the last count belongs to.
    second: u64,
    /// That of second `n` stands at `n % PLACES`.
    of: [u32; PLACES],
}

impl Default for Meter {
    fn default() -> Self {
        Self { begun: Instant::now(), counts: Mutex::default() }
    }
}

impl Meter {
    pub(crate) fn count(&self) {
        self.count_at(self.begun.elapsed().as_secs());
    }

    /// Messages a second, of late.
    pub(crate) fn rate(&self) -> f64 {
        self.rate_at(self.begun.elapsed().as_secs())
    }

    fn count_at(&self, second: u64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.go_to(second);
        *counts.at(second) += 1;
    }

    fn rate_at(&self, second: u64) -> f64 {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.go_to(second);
        // The present second has only begun.
        let whole = SECONDS.min(second);
        if whole == 0 {
            return f64::from(*counts.at(second));
        }
        let sum: u32 = (second - whole..second).map(|second| *counts.at(second)).sum();
        f64::from(sum) / f64::from(u32::try_from(whole).unwrap_or(1))
    }
}

impl Counts {
    fn at(&mut self, second: u64) -> &mut u32 {
        &mut self.of[usize::try_from(second).unwrap_or_default() % PLACES]
    }

    /// Seconds without a count have none.
    fn go_to(&mut self, second: u64) {
        let first_new = (self.second + 1).max(second.saturating_sub(SECONDS));
        for new in first_new..=second {
            *self.at(new) = 0;
        }
        self.second = self.second.max(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_whole_seconds_count() {
        let meter = Meter::default();
        let count = |second, n| (0..n).for_each(|_| meter.count_at(second));
        let rate = |second| format!("{:.1}", meter.rate_at(second));
        count(0, 7);
        assert_eq!(rate(0), "7.0", "nothing but the beginning");
        assert_eq!(rate(1), "7.0");
        count(1, 3);
        assert_eq!(rate(2), "5.0");
        for second in 2..20 {
            count(second, 100);
        }
        assert_eq!(rate(19), "100.0", "the present second is not whole");
        assert_eq!(rate(22), "60.0", "two seconds without any");
        assert_eq!(rate(500), "0.0");
    }
}
