//! When to try again, and when to give up.

use std::time::Duration;

use crate::Stream;

/// The shortest wait: greylisting commonly wants a minute or five.
pub const SHORTEST_WAIT: Duration = Duration::from_mins(1);
/// The longest wait.
pub const LONGEST_WAIT: Duration = Duration::from_hours(4);

/// How long after its first attempt a message is tried again, before it fails as `expired`.
pub fn patience(stream: Stream) -> Duration {
    match stream {
        Stream::Campaign => Duration::from_hours(48),
        Stream::Transactional => Duration::from_hours(24),
        // Somebody looks at the screen.
        Stream::Test => Duration::from_mins(10),
    }
}

/// How long to wait before the next attempt of a message whose first was `age` ago; `None`: give up.
///
/// Waiting as long as it has been tried doubles the distance each time, from [`SHORTEST_WAIT`] to
/// [`LONGEST_WAIT`], and needs no count. `chance`, from 0 to 1, spreads the messages that failed
/// together over ± 20 %.
pub fn wait(stream: Stream, age: Duration, chance: f64) -> Option<Duration> {
    let patience = patience(stream);
    if age >= patience {
        return None;
    }
    let spread = 0.8 + 0.4 * chance.clamp(0.0, 1.0);
    // The last attempt stands at the end of its time, not far beyond.
    Some(
        age.clamp(SHORTEST_WAIT, LONGEST_WAIT)
            .mul_f64(spread)
            .min(patience.saturating_sub(age) + SHORTEST_WAIT),
    )
}

/// How long a relay rests after `faults` faults in a row (at least 1).
pub fn relay_rest(faults: u32) -> Duration {
    const FIRST: Duration = Duration::from_secs(10);
    FIRST.saturating_mul(1 << faults.saturating_sub(1).min(16)).min(Duration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_double_from_a_minute_to_four_hours_until_the_time_is_up() {
        let (mut age, mut waits) = (Duration::ZERO, Vec::new());
        while let Some(wait) = wait(Stream::Campaign, age, 0.5) {
            waits.push(wait.as_secs() / 60);
            age += wait;
        }
        assert_eq!(waits[..9], [1, 1, 2, 4, 8, 16, 32, 64, 128]);
        assert!(waits[9..waits.len() - 1].iter().all(|minutes| *minutes == 240));
        assert!(age >= Duration::from_hours(48) && age < Duration::from_hours(49));
    }

    #[test]
    fn those_that_failed_together_come_back_apart() {
        let at = |chance| wait(Stream::Transactional, Duration::from_mins(10), chance).unwrap().as_secs();
        assert_eq!((at(0.0), at(0.5), at(1.0)), (480, 600, 720));
        assert_eq!(wait(Stream::Transactional, Duration::from_hours(24), 0.0), None);
    }

    #[test]
    fn a_relay_rests_twice_as_long_each_time_and_an_hour_at_most() {
        let rests: Vec<u64> = (0..12).map(|faults| relay_rest(faults).as_secs()).collect();
        assert_eq!(rests, [10, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    }
}
