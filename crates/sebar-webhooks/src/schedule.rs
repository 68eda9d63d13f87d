//! When a call is made again, and when it is given up.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// Seconds from each call that fails to the next; together three days.
const RETRIES: [u64; 15] = [
    5,
    30,
    2 * MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    10 * HOUR,
    11 * HOUR,
    11 * HOUR,
    12 * HOUR,
    12 * HOUR,
];
/// After so many failures one after the other, a webhook is called for one event at a time, now and then.
pub(crate) const BROKEN: i32 = 5;
/// It is let alone so long at most.
const LONGEST: Duration = Duration::from_mins(10);
/// Failing for so long, it is turned off.
const PATIENCE: TimeDelta = TimeDelta::days(3);
/// No server's wish to be let alone is followed for longer.
const LONGEST_WISH: Duration = Duration::from_hours(1);

/// How long after its call number `failed` an event is told again; `None`: it is given up.
///
/// A tenth more or less, by chance: events that failed together do not all come back together.
pub(crate) fn next(failed: i16, wish: Option<Duration>) -> Option<Duration> {
    let seconds = RETRIES.get(usize::try_from(failed).ok()?.checked_sub(1)?)?;
    let wait = Duration::from_secs(*seconds).mul_f64(0.9 + fastrand::f64() * 0.2);
    Some(wish.map_or(wait, |wish| wait.max(wish.min(LONGEST_WISH))))
}

/// Until when a webhook is let alone after so many failures one after the other.
pub(crate) fn pause(failures: i32, wish: Option<Duration>, now: DateTime<Utc>) -> DateTime<Utc> {
    let broken = u32::try_from(failures - BROKEN).ok();
    let wait = broken.map_or(Duration::ZERO, |n| Duration::from_secs(5 << n.min(10)).min(LONGEST));
    now + wait.max(wish.unwrap_or_default().min(LONGEST_WISH))
}

/// Whether a webhook that fails since then is turned off.
pub(crate) fn is_hopeless(failing_since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    failing_since.is_some_and(|since| now - since > PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_again_for_three_days() {
        let total: u64 = RETRIES.iter().sum();
        assert!((total.cast_signed() - 72 * HOUR.cast_signed()).abs() < HOUR.cast_signed(), "{total}");
        assert!(RETRIES.is_sorted());
        for n in 1..=15 {
            assert!(next(n, None).is_some(), "{n}");
        }
        assert_eq!(next(16, None), None);
        assert_eq!(next(1, Some(Duration::from_mins(2))), Some(Duration::from_mins(2)));
        assert!(next(1, Some(Duration::from_hours(99))).is_some_and(|wait| wait <= LONGEST_WISH));
    }

    #[test]
    fn a_webhook_that_fails_is_let_alone_longer_and_longer() {
        let now = Utc::now();
        assert_eq!(pause(4, None, now), now);
        assert_eq!(pause(5, None, now), now + Duration::from_secs(5));
        assert_eq!(pause(7, None, now), now + Duration::from_secs(20));
        assert_eq!(pause(i32::MAX, None, now), now + LONGEST);
        assert_eq!(pause(1, Some(Duration::from_secs(30)), now), now + Duration::from_secs(30));
        assert!(!is_hopeless(None, now));
        assert!(!is_hopeless(Some(now - TimeDelta::days(2)), now));
        assert!(is_hopeless(Some(now - TimeDelta::days(3) - TimeDelta::minutes(1)), now));
    }
}
