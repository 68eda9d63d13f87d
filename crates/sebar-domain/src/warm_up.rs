//! Warm-up: a new sending address earns its reputation by sending a little more each day.

use chrono::{DateTime, TimeDelta, Utc};

/// A relay's plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp {
    /// Messages in the first 24 hours.
    pub start: u32,
    /// By how many per cent each 24 hours exceed those before.
    pub growth: f64,
    /// Messages in 24 hours at which the plan has ended.
    pub cap: u32,
    /// When it began.
    pub since: DateTime<Utc>,
}

/// The longest plan: a growth that takes longer than this is no plan.
pub const LONGEST_WARM_UP: u32 = 365;

impl WarmUp {
    /// Messages in the `n`th 24 hours, from 0; `None` once the plan has ended.
    pub fn quota(&self, n: u32) -> Option<u32> {
        let grown = f64::from(self.start) * (1.0 + self.growth / 100.0).powf(f64::from(n));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "positive, and less than the cap"
        )]
        (grown < f64::from(self.cap)).then_some(grown as u32)
    }

    /// Which day it is, from 0.
    pub fn day(&self, now: DateTime<Utc>) -> u32 {
        let days = (now - self.since).max(TimeDelta::zero()).num_days();
        u32::try_from(days).unwrap_or(u32::MAX)
    }

    /// What may be sent in 24 hours at this moment; `None` once the plan has ended.
    pub fn quota_at(&self, now: DateTime<Utc>) -> Option<u32> {
        self.quota(self.day(now))
    }

    /// The quota of each day, the cap as the last.
    pub fn curve(&self) -> Vec<u32> {
        let mut curve: Vec<u32> = (0..LONGEST_WARM_UP).map_while(|n| self.quota(n)).collect();
        curve.push(self.cap);
        curve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_day_may_carry_more_than_the_one_before_until_the_cap() {
        let since = Utc::now();
        let plan = WarmUp { start: 50, growth: 100.0, cap: 1000, since };
        assert_eq!(plan.curve(), [50, 100, 200, 400, 800, 1000]);
        for (hours, quota) in
            [(-5, Some(50)), (0, Some(50)), (23, Some(50)), (24, Some(100)), (119, Some(800)), (120, None)]
        {
            assert_eq!(plan.quota_at(since + TimeDelta::hours(hours)), quota, "after {hours} h");
        }
        let slow = WarmUp { start: 1, growth: 0.1, cap: u32::MAX, since };
        assert_eq!(slow.curve().len(), LONGEST_WARM_UP as usize + 1, "no growth makes the curve endless");
        assert_eq!(WarmUp { start: 500, cap: 500, ..plan }.curve(), [500]);
    }
}
