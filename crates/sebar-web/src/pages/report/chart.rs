//! Opens and clicks over time, without holes.

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use sebar_store::campaigns::Campaign;
use sebar_store::report::{self, Span};

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::page::Page;

/// How long hours tell something; after that, days do.
const HOURS: i64 = 72;
/// Most days that are drawn.
const DAYS: usize = 366;

/// What is drawn.
pub(super) struct Chart {
    /// Whether a span is an hour, else a day.
    pub(super) by_hour: bool,
    /// Whether there are days to choose instead.
    pub(super) has_days: bool,
    pub(super) spans: Vec<Span>,
}

impl Chart {
    pub(super) fn is_empty(&self) -> bool {
        self.spans.iter().all(|span| span.opens == 0 && span.clicks == 0)
    }
}

/// The chart of a campaign: its first hours, or its days.
pub(super) async fn chart(
    app: &App,
    page: &Page,
    campaign: &Campaign,
    wanted: &str,
) -> Result<Option<Chart>> {
    let (Some(content), Some(began)) = (campaign.content, campaign.started_at) else { return Ok(None) };
    let has_days = page.now() - began > TimeDelta::hours(HOURS);
    let by_hour = !has_days || wanted == "hour";
    let spans = if by_hour {
        let until = began + TimeDelta::hours(HOURS);
        let found = report::by_hour(&app.db, campaign.id, content, until).await?;
        every_hour(began, until.min(page.now()), &found)
    } else {
        let zone = page.zone();
        every_day(zone, &report::by_day(&app.db, campaign.id, content, zone.name()).await?)
    };
    Ok(Some(Chart { by_hour, has_days, spans }))
}

fn every_hour(from: DateTime<Utc>, until: DateTime<Utc>, found: &[Span]) -> Vec<Span> {
    let mut at = DateTime::from_timestamp(from.timestamp().div_euclid(3600) * 3600, 0).unwrap_or(from);
    let mut found = found.iter().peekable();
    let mut spans = Vec::new();
    while at <= until {
        while found.next_if(|span| span.at < at).is_some() {}
        let span = found.next_if(|span| span.at == at).copied();
        spans.push(span.unwrap_or(Span { at, opens: 0, clicks: 0 }));
        at += TimeDelta::hours(1);
    }
    spans
}

/// From the first day with a hit to the last: nothing happens for months after that.
fn every_day(zone: Tz, found: &[Span]) -> Vec<Span> {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return Vec::new() };
    let mut spans = Vec::new();
    let mut found = found.iter().peekable();
    for n in 0..DAYS as u64 {
        let Some(today) = day(first.at).checked_add_days(Days::new(n)) else { break };
        if today > day(last.at) {
            break;
        }
        let span = found.next_if(|span| day(span.at) == today).copied();
        let noon = today.and_hms_opt(12, 0, 0).and_then(|noon| noon.and_local_timezone(zone).earliest());
        let empty = noon.map(|noon| Span { at: noon.with_timezone(&Utc), opens: 0, clicks: 0 });
        spans.extend(span.or(empty));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn hours_without_a_hit_are_drawn_as_nothing() {
        let found = [Span { at: at("2026-11-23T10:00:00Z"), opens: 3, clicks: 1 }];
        let spans = every_hour(at("2026-11-23T08:20:00Z"), at("2026-11-23T11:05:00Z"), &found);
        assert_eq!(spans.iter().map(|span| span.opens).collect::<Vec<_>>(), [0, 0, 3, 0]);
        assert_eq!(spans[0].at, at("2026-11-23T08:00:00Z"));
    }

    #[test]
    fn days_are_those_of_the_reader() {
        let jakarta = chrono_tz::Asia::Jakarta;
        let found = [
            Span { at: at("2026-11-22T17:00:00Z"), opens: 3, clicks: 1 },
            Span { at: at("2026-11-24T17:00:00Z"), opens: 1, clicks: 0 },
        ];
        let spans = every_day(jakarta, &found);
        assert_eq!(spans.iter().map(|span| span.opens).collect::<Vec<_>>(), [3, 0, 1]);
        assert!(every_day(jakarta, &[]).is_empty());
    }
}
