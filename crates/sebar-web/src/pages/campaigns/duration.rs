//! How long a campaign takes at the limits of the relays that carry it.

use chrono::{DateTime, Utc};
use sebar_domain::{LONGEST_WARM_UP, WarmUp};
use sebar_store::relays::Relay;

/// Nobody waits longer than this.
const LONGEST: i64 = 366 * 86_400;
/// Far below the point where the sum over a few relays could overflow.
const PLENTY: i64 = i64::MAX / 1024;

/// What keeps a relay from sending everything at once.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits {
    /// Messages in a second.
    rate: Option<f64>,
    per_hour: Option<u32>,
    per_day: Option<u32>,
    warm_up: Option<WarmUp>,
}

impl From<&Relay> for Limits {
    fn from(relay: &Relay) -> Self {
        let of = &relay.settings;
        Self { rate: of.rate(), per_hour: of.per_hour, per_day: of.per_day, warm_up: of.warm_up }
    }
}

impl Limits {
    /// Whether it can be used up, so that those that stand by take over.
    fn has_quota(&self) -> bool {
        self.per_hour.is_some() || self.per_day.is_some() || self.warm_up.is_some()
    }

    /// The most that goes out in so many seconds, of which it may send during `free`.
    fn sent(&self, seconds: i64, free: i64, now: DateTime<Utc>) -> i64 {
        let in_windows = |limit: Option<u32>, window: i64| {
            limit.map_or(PLENTY, |limit| i64::from(limit).saturating_mul(seconds / window + 1))
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "an estimate, far below 2^53"
        )]
        let by_second = self.rate.map_or(PLENTY, |rate| (rate * free as f64) as i64);
        by_second
            .min(in_windows(self.per_hour, 3600))
            .min(in_windows(self.per_day, 86_400))
            .min(self.warm_up.map_or(PLENTY, |plan| warmed_up(&plan, seconds, self.per_day, now)))
            .min(PLENTY)
    }

    /// For how long it was busy with so many, before it was used up.
    fn busy(&self, sent: i64, free: i64) -> i64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "an estimate, far below 2^53"
        )]
        match self.rate {
            _ if !self.has_quota() => free,
            Some(rate) => (sent as f64 / rate).ceil() as i64,
            None => 0,
        }
    }
}

/// Relays that share by weight wait for each other: the one that its part holds up sets the pace of all.
pub(super) fn share_by_weight(relays: &[(Limits, u8)]) -> Vec<Limits> {
    let rates = relays.iter().filter_map(|(of, weight)| Some(of.rate? / f64::from((*weight).max(1))));
    let pace = rates.min_by(f64::total_cmp);
    let shared = |(of, weight): &(Limits, u8)| Limits {
        rate: pace.map(|pace| pace * f64::from((*weight).max(1))),
        ..*of
    };
    relays.iter().map(shared).collect()
}

/// How long `recipients` messages take, in seconds, over relays of which those of the first rank carry
/// and those of each next one take over while all before them are used up. `None` if the time depends on
/// how fast a relay without limits answers, or nobody carries.
pub(super) fn duration(recipients: i64, ranks: &[Vec<Limits>], now: DateTime<Utc>) -> Option<i64> {
    if recipients <= 0 || ranks.iter().all(Vec::is_empty) {
        return None;
    }
    // What may have been sent after so many seconds grows (but for a moment in which a window opens again
    // before a slower relay of better rank): find where it is enough.
    let enough = |seconds: i64| is_enough(recipients, ranks, seconds, now);
    let (mut short, mut long) = (0, 1);
    while !enough(long)? {
        short = long;
        long *= 2;
        if long > LONGEST {
            return Some(long);
        }
    }
    while long - short > 1 {
        let middle = short.midpoint(long);
        if enough(middle)? { long = middle } else { short = middle }
    }
    Some(long)
}

/// Whether so many are sent in so many seconds. `None`: nothing but a relay's speed decides.
fn is_enough(recipients: i64, ranks: &[Vec<Limits>], seconds: i64, now: DateTime<Utc>) -> Option<bool> {
    let (mut sum, mut free) = (0, seconds);
    for rank in ranks {
        if free == seconds && rank.iter().any(|of| of.rate.is_none() && !of.has_quota()) {
            return None;
        }
        let mut busy = 0;
        for of in rank {
            let sent = of.sent(seconds, free, now);
            sum += sent;
            busy = of.busy(sent, free).max(busy);
        }
        free = (free - busy).max(0);
        if sum >= recipients || free == 0 {
            break;
        }
    }
    Some(sum >= recipients)
}

/// What a warm-up lets through from now on in so many seconds; days after its end have the usual limit.
fn warmed_up(plan: &WarmUp, seconds: i64, per_day: Option<u32>, now: DateTime<Utc>) -> i64 {
    let days = u32::try_from(seconds / 86_400).unwrap_or(u32::MAX);
    let today = plan.day(now);
    let mut sum = 0_i64;
    for n in 0..=days.min(LONGEST_WARM_UP) {
        match plan.quota(today.saturating_add(n)) {
            Some(quota) => sum += i64::from(per_day.map_or(quota, |limit| quota.min(limit))),
            None if per_day.is_none() => return PLENTY,
            None => sum += per_day.map_or(0, i64::from),
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn rate(per_second: f64) -> Limits {
        Limits { rate: Some(per_second), ..Limits::default() }
    }

    fn daily(per_day: u32) -> Limits {
        Limits { per_day: Some(per_day), ..Limits::default() }
    }

    #[test]
    fn those_that_stand_by_count_only_while_those_before_them_are_used_up() {
        let free = Limits::default();
        let both = Limits { per_day: Some(500), ..rate(1.0) };
        for (recipients, ranks, expected) in [
            (0, vec![vec![rate(1.0)]], None),
            (10, vec![], None),
            (10, vec![vec![]], None),
            (1000, vec![vec![rate(10.0)]], Some(100)),
            (1000, vec![vec![rate(10.0), rate(10.0)]], Some(50)),
            (1000, vec![vec![rate(10.0), free]], None),
            // A rate is no quota: it is never used up, and nobody steps in.
            (1000, vec![vec![rate(1.0)], vec![rate(99.0)]], Some(1000)),
            (1000, vec![vec![rate(1.0)], vec![free]], Some(1000)),
            // A quota is used up, and then the next one carries.
            (500, vec![vec![both], vec![rate(100.0)]], Some(500)),
            (1500, vec![vec![both], vec![rate(100.0)]], Some(510)),
            (1500, vec![vec![daily(500)], vec![rate(100.0)]], Some(10)),
            (1500, vec![vec![daily(500)], vec![free]], None),
            (400, vec![vec![daily(500)], vec![free]], Some(1)),
            (1500, vec![vec![daily(500)], vec![daily(500)]], Some(DAY)),
            // Of two in the first rank one goes on: the next one stands by.
            (5000, vec![vec![daily(500), rate(1.0)], vec![rate(100.0)]], Some(4500)),
            (i64::from(u32::MAX), vec![vec![daily(1)]], Some(1 << 25)),
        ] {
            assert_eq!(duration(recipients, &ranks, Utc::now()), expected, "{recipients} over {ranks:?}");
        }
    }

    #[test]
    fn by_weight_the_one_that_its_part_holds_up_sets_the_pace() {
        let time = |relays: &[(Limits, u8)]| duration(1000, &[share_by_weight(relays)], Utc::now());
        assert_eq!(time(&[(rate(80.0), 80), (rate(20.0), 20)]), Some(10));
        // 20 a second are its fifth: the fast one waits.
        assert_eq!(time(&[(rate(1000.0), 80), (rate(2.0), 20)]), Some(100));
        assert_eq!(time(&[(Limits::default(), 80), (rate(2.0), 20)]), Some(100));
        assert_eq!(time(&[(rate(10.0), 7)]), Some(100));
        assert_eq!(time(&[(Limits::default(), 1), (Limits::default(), 1)]), None);
    }

    #[test]
    fn a_warm_up_counts_day_by_day_and_then_the_usual_limit() {
        let now = Utc::now();
        let plan = WarmUp { start: 100, growth: 100.0, cap: 400, since: now };
        let warm = |per_day| Limits { warm_up: Some(plan), per_day, ..Limits::default() };
        for (recipients, of, expected) in [
            (100, warm(None), 1),
            (300, warm(None), DAY),
            (301, warm(None), 2 * DAY),
            (9999, warm(None), 2 * DAY),
            (251, warm(Some(150)), 2 * DAY),
            (1000, warm(Some(150)), 6 * DAY),
        ] {
            assert_eq!(duration(recipients, &[vec![of]], now), Some(expected), "{recipients} over {of:?}");
        }
    }
}
