//! Finding bounces.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sebar_domain::{BounceKind, BounceReason};
use sebar_store::campaigns;
use sebar_store::returned::{self, Bounce, Day, Filter, Position};
use serde::Deserialize;

use super::{answer, kind_text, kind_tone, reason_text};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::{self, Text};
use crate::foundation::page::{Page, render};
use crate::foundation::paging;
use crate::pages::archive::midnight;

const PAGE_SIZE: usize = 50;
/// The chart shows so many days.
const DAYS: i64 = 30;
/// The kinds that can be chosen, in the order in which people ask for them.
const KINDS: [BounceKind; 8] = [
    BounceKind::Hard,
    BounceKind::Soft,
    BounceKind::Blocked,
    BounceKind::Other,
    BounceKind::Complaint,
    BounceKind::Delayed,
    BounceKind::AutoReply,
    BounceKind::Delivered,
];

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    kind: String,
    reason: String,
    campaign: String,
    from: String,
    until: String,
    unmatched: String,
    after: String,
    before: String,
}

impl Asked {
    /// What is asked for, read in the reader's time zone.
    pub(super) fn filter(&self, page: &Page) -> Filter {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        Filter {
            kind: self.kind.parse().ok(),
            reason: self.reason.parse().ok(),
            address: self.q.trim().chars().take(320).collect(),
            campaign: self.campaign.parse().ok(),
            from: day(&self.from).and_then(|day| midnight(page.zone(), day)),
            until: day(&self.until).and_then(|day| midnight(page.zone(), day.succ_opt()?)),
            unmatched: !self.unmatched.is_empty(),
        }
    }

    fn link(&self, path: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", &self.q),
            ("kind", &self.kind),
            ("reason", &self.reason),
            ("campaign", &self.campaign),
            ("from", &self.from),
            ("until", &self.until),
            ("unmatched", &self.unmatched),
            ("after", &self.after),
            ("before", &self.before),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

struct Chip {
    text: String,
    href: String,
    on: bool,
}

/// A day of the chart.
struct Bar {
    at: DateTime<Utc>,
    day: String,
    bounces: i64,
    complaints: i64,
}

#[derive(Template)]
#[template(path = "bounces/list.html")]
struct List {
    page: Page,
    asked: Asked,
    filter: Filter,
    chips: Vec<Chip>,
    /// The reasons to choose from.
    reasons: &'static [BounceReason],
    /// The chosen campaign's name, and the address without it.
    campaign: Option<(String, String)>,
    bounces: Vec<Bounce>,
    bars: Vec<Bar>,
    export: String,
    previous: String,
    next: String,
}

impl List {
    fn is_filtered(&self) -> bool {
        self.filter != Filter::default()
    }

    fn kind(&self, kind: &BounceKind) -> Text {
        kind_text(&self.page, *kind)
    }

    fn tone(kind: &BounceKind) -> &'static str {
        kind_tone(*kind)
    }

    fn reason(&self, reason: &BounceReason) -> Text {
        reason_text(&self.page, *reason)
    }

    fn is_reason(&self, reason: &BounceReason) -> bool {
        self.filter.reason.as_ref() == Some(reason)
    }

    fn answer(bounce: &Bounce) -> String {
        answer(bounce)
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let filter = asked.filter(&page);
    let position = match (asked.after.parse(), asked.before.parse()) {
        (Ok(id), _) => Position::After(id),
        (_, Ok(id)) => Position::Before(id),
        _ => Position::Start,
    };
    let limit = i64::try_from(PAGE_SIZE + 1).map_err(Error::internal)?;
    let mut bounces = returned::listing(&app.db, &filter, position, limit).await?;
    let from = match position {
        Position::Start => paging::From::Start,
        Position::After(_) => paging::From::After,
        Position::Before(_) => paging::From::Before,
    };
    let ways = paging::cut(&mut bounces, PAGE_SIZE, from);
    let start = Asked { after: String::new(), before: String::new(), ..asked.clone() };
    let (mut previous, mut next) = (String::new(), String::new());
    if let Some(first) = bounces.first()
        && ways.back
    {
        previous = Asked { before: first.id.to_string(), ..start.clone() }.link("/bounces");
    }
    if let Some(last) = bounces.last()
        && ways.on
    {
        next = Asked { after: last.id.to_string(), ..start.clone() }.link("/bounces");
    }
    let campaign = match filter.campaign {
        Some(id) => campaigns::get(&app.db, id).await?,
        None => None,
    };
    let campaign = campaign
        .map(|found| (found.name, Asked { campaign: String::new(), ..start.clone() }.link("/bounces")));
    let since = page.now() - TimeDelta::days(DAYS - 1);
    let days = returned::by_day(&app.db, filter.campaign, since, page.zone().name()).await?;
    let bars = bars(&page, &days);
    let chips = chips(&page, &filter, &start);
    let export = start.link("/bounces/export.csv");
    let reasons = BounceReason::ALL;
    render(&List { page, asked, filter, chips, reasons, campaign, bounces, bars, export, previous, next })
}

fn chips(page: &Page, filter: &Filter, start: &Asked) -> Vec<Chip> {
    let of = |kind: &str| Asked { kind: kind.to_owned(), ..start.clone() }.link("/bounces");
    let mut chips =
        vec![Chip { text: page.t("bounces-any-kind").to_string(), href: of(""), on: filter.kind.is_none() }];
    chips.extend(KINDS.iter().map(|kind| Chip {
        text: kind_text(page, *kind).to_string(),
        href: of(kind.as_str()),
        on: filter.kind == Some(*kind),
    }));
    let unmatched = if filter.unmatched { String::new() } else { "yes".to_owned() };
    chips.push(Chip {
        text: page.t("bounces-unmatched").to_string(),
        href: Asked { unmatched, ..start.clone() }.link("/bounces"),
        on: filter.unmatched,
    });
    chips
}

/// All days of the chart, also those on which nothing came.
fn bars(page: &Page, days: &[Day]) -> Vec<Bar> {
    if days.is_empty() {
        return Vec::new();
    }
    let today = page.now().with_timezone(&page.zone()).date_naive();
    (0..DAYS)
        .rev()
        .filter_map(|back| {
            let day = today - TimeDelta::days(back);
            let of = |is: fn(BounceKind) -> bool| {
                days.iter().filter(|one| one.day == day && is(one.kind)).map(|one| one.n).sum()
            };
            Some(Bar {
                at: midnight(page.zone(), day)?,
                day: i18n::day(page.language(), day),
                bounces: of(BounceKind::is_bounce),
                complaints: of(|kind| kind == BounceKind::Complaint),
            })
        })
        .collect()
}
