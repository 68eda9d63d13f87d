//! A campaign's own pace, below what its relays allow, and its way.

use crate::id::PoolId;

/// The hours of the day at which a campaign is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first minute of the day (0 to 1439).
    pub from: u16,
    /// The minute at which it ends; before `from`: on the next day.
    pub to: u16,
    /// Where it is that day (an IANA time zone).
    pub zone: String,
}

impl Window {
    /// Whether it is open at a minute of the day in its zone.
    pub fn is_open(&self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// How fast, when and over which relays a campaign is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignPace {
    /// At most so many messages an hour, evenly spread; `None`: as fast as the relays allow.
    pub per_hour: Option<i32>,
    /// Only then; `None`: at any time.
    pub window: Option<Window>,
    /// Over this pool; `None`: as the rules say.
    pub pool: Option<PoolId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_go_over_midnight() {
        let window = |from, to| Window { from, to, zone: "Asia/Jakarta".to_owned() };
        let open = |window: &Window| (0..1440).filter(|minute| window.is_open(*minute)).count();
        let day = window(8 * 60, 20 * 60);
        assert!(day.is_open(8 * 60) && day.is_open(20 * 60 - 1));
        assert!(!day.is_open(8 * 60 - 1) && !day.is_open(20 * 60));
        let night = window(22 * 60, 6 * 60);
        assert!(night.is_open(22 * 60) && night.is_open(0) && night.is_open(6 * 60 - 1));
        assert!(!night.is_open(6 * 60) && !night.is_open(12 * 60));
        assert_eq!((open(&day), open(&night)), (12 * 60, 8 * 60));
    }
}
