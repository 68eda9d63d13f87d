//! A relay's warm-up: what is typed about it, and its curve.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use sebar_domain::{LONGEST_WARM_UP, WarmUp};
use serde::Deserialize;

use super::form::{whole, within};
use crate::foundation::form::Faults;
use crate::foundation::page::Page;

/// Most messages in a day of a plan.
const MOST: u32 = 100_000_000;

/// All as typed. All empty: there is no plan.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedPlan {
    pub(crate) warmup_start: String,
    pub(crate) warmup_growth: String,
    pub(crate) warmup_cap: String,
    pub(crate) warmup_since: String,
}

impl TypedPlan {
    /// What the form shows of a stored plan.
    pub(crate) fn stored(page: &Page, plan: Option<&WarmUp>) -> Self {
        plan.map_or_else(Self::default, |plan| Self {
            warmup_start: plan.start.to_string(),
            warmup_growth: plan.growth.to_string(),
            warmup_cap: plan.cap.to_string(),
            warmup_since: plan.since.with_timezone(&page.zone()).date_naive().to_string(),
        })
    }

    /// The plan, if there is one; faults at their fields.
    pub(crate) fn parse(&self, page: &Page, faults: &mut Faults) -> Option<WarmUp> {
        let typed = [&self.warmup_start, &self.warmup_growth, &self.warmup_cap];
        if typed.iter().all(|text| text.trim().is_empty()) {
            return None;
        }
        let start = whole(page, faults, "warmup_start", &self.warmup_start, 1, MOST);
        let growth = within(page, faults, "warmup_growth", &self.warmup_growth, 1.0, 500.0);
        let cap = whole(page, faults, "warmup_cap", &self.warmup_cap, 1, MOST);
        let since = self.since(page, faults);
        let plan = WarmUp { start: start?, growth: growth?, cap: cap?, since: since? };
        if plan.cap < plan.start {
            faults.add("warmup_cap", &page.t("relays-warmup-fault-cap"));
        } else if plan.quota(LONGEST_WARM_UP).is_some() {
            faults.add("warmup_growth", &page.t("relays-warmup-fault-long"));
        }
        Some(plan)
    }

    /// The first moment of the day on which it begins; today, unless another is given.
    fn since(&self, page: &Page, faults: &mut Faults) -> Option<DateTime<Utc>> {
        let typed = self.warmup_since.trim();
        let day = if typed.is_empty() {
            Some(page.now().with_timezone(&page.zone()).date_naive())
        } else {
            NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok()
        };
        let since = day.and_then(|day| midnight(day, page.zone()));
        if since.is_none() {
            faults.add("warmup_since", &page.t("relays-warmup-fault-since"));
        }
        since
    }
}

/// Where the clocks change at midnight, the day begins an hour later.
fn midnight(day: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    let at = |hour| {
        let time = NaiveTime::from_hms_opt(hour, 0, 0)?;
        zone.from_local_datetime(&day.and_time(time)).earliest()
    };
    at(0).or_else(|| at(1)).map(|at| at.to_utc())
}

/// A plan as the pages show it.
pub(crate) struct Curve {
    /// Bars, one a day.
    pub(crate) bars: Vec<Bar>,
    /// Which day it is, from 1; `None`: the plan has ended.
    pub(crate) today: Option<u32>,
    /// What may be sent in 24 hours now.
    pub(crate) quota: u32,
    /// Days until the cap.
    pub(crate) days: u32,
    pub(crate) cap: u32,
}

/// One day of a plan, in a picture 100 high.
pub(crate) struct Bar {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) height: u32,
    /// `past`, `today` or `future`.
    pub(crate) class: &'static str,
}

impl Curve {
    pub(crate) fn of(plan: &WarmUp, now: DateTime<Utc>) -> Self {
        let curve = plan.curve();
        let day = plan.day(now);
        let bars = (0..).zip(&curve).map(|(n, quota)| {
            let part = u64::from(*quota) * 100 / u64::from(plan.cap.max(1));
            let height = u32::try_from(part).unwrap_or(100).clamp(1, 100);
            let class = match n.cmp(&day) {
                std::cmp::Ordering::Less => "past",
                std::cmp::Ordering::Equal => "today",
                std::cmp::Ordering::Greater => "future",
            };
            Bar { x: n * 10, y: 100 - height, height, class }
        });
        let days = u32::try_from(curve.len()).unwrap_or(u32::MAX).saturating_sub(1);
        let quota = plan.quota(day);
        Self {
            bars: bars.collect(),
            today: quota.map(|_| day + 1),
            quota: quota.unwrap_or(plan.cap),
            days,
            cap: plan.cap,
        }
    }

    /// Of the picture.
    pub(crate) fn width(&self) -> usize {
        self.bars.len() * 10
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn the_curve_shows_each_day_and_where_we_are() {
        let now = Utc::now();
        let plan = WarmUp { start: 100, growth: 100.0, cap: 1000, since: now - TimeDelta::hours(30) };
        let curve = Curve::of(&plan, now);
        let heights: Vec<u32> = curve.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [10, 20, 40, 80, 100]);
        let classes: Vec<&str> = curve.bars.iter().map(|bar| bar.class).collect();
        assert_eq!(classes, ["past", "today", "future", "future", "future"]);
        assert_eq!((curve.today, curve.quota, curve.days, curve.width()), (Some(2), 200, 4, 50));
        let ended = Curve::of(&plan, now + TimeDelta::days(30));
        assert_eq!((ended.today, ended.quota), (None, 1000));
        assert!(ended.bars.iter().all(|bar| bar.class == "past"));
    }

    #[test]
    fn a_day_begins_at_its_midnight_and_where_there_is_none_an_hour_later() {
        let at = |day: &str, zone: Tz| midnight(day.parse().unwrap(), zone).unwrap().to_rfc3339();
        assert_eq!(at("2026-11-27", chrono_tz::Asia::Jakarta), "2026-11-26T17:00:00+00:00");
        assert_eq!(at("2018-11-04", chrono_tz::America::Sao_Paulo), "2018-11-04T03:00:00+00:00");
    }
}
