//! Finding a message.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use sebar_domain::MessageState;
use sebar_store::archive::{self, Bounds, Search};
use sebar_store::campaigns;
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::{self, Text};
use crate::foundation::page::{Page, render};

/// Messages on a page.
const PAGE: usize = 50;
/// The states that can be chosen, in the order in which people ask for them.
const STATES: [MessageState; 6] = [
    MessageState::Sent,
    MessageState::Failed,
    MessageState::InDoubt,
    MessageState::Queued,
    MessageState::Suppressed,
    MessageState::Cancelled,
];

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    state: String,
    campaign: String,
    from: String,
    until: String,
    before: String,
}

impl Asked {
    fn is_plain(&self) -> bool {
        [&self.q, &self.state, &self.campaign, &self.from, &self.until].iter().all(|text| text.is_empty())
    }

    fn link(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", &self.q),
            ("state", &self.state),
            ("campaign", &self.campaign),
            ("from", &self.from),
            ("until", &self.until),
            ("before", &self.before),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("/archive?{}", query.finish())
    }
}

struct Chip {
    text: String,
    href: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "archive/list.html")]
struct List {
    page: Page,
    asked: Asked,
    chips: Vec<Chip>,
    /// The chosen campaign's name, and the address without it.
    campaign: Option<(String, String)>,
    /// The chosen days in words, and the address without them.
    days: Option<(Text, String)>,
    found: archive::Page,
    first: String,
    next: String,
}

impl List {
    fn is_empty(&self) -> bool {
        self.asked.is_plain() && self.asked.before.is_empty() && self.found.found.is_empty()
    }
}

/// From when until when, as the reader writes days: the fields show them as the browser does.
fn days(page: &Page, since: Option<NaiveDate>, until: Option<NaiveDate>) -> Option<Text> {
    let write = |day| i18n::day(page.language(), day);
    Some(match (since, until) {
        (Some(since), Some(until)) if since == until => page.t("archive-days-one").with("day", write(since)),
        (Some(since), Some(until)) => {
            page.t("archive-days").with("from", write(since)).with("until", write(until))
        }
        (Some(since), None) => page.t("archive-days-from").with("day", write(since)),
        (None, Some(until)) => page.t("archive-days-until").with("day", write(until)),
        (None, None) => return None,
    })
}

/// The beginning of a day in the reader's zone.
pub(crate) fn midnight(zone: Tz, day: NaiveDate) -> Option<DateTime<Utc>> {
    // A clock change may skip midnight; the day begins an hour later then.
    let midnight = day.and_hms_opt(0, 0, 0)?;
    let local = midnight
        .and_local_timezone(zone)
        .earliest()
        .or_else(|| (midnight + TimeDelta::hours(1)).and_local_timezone(zone).earliest())?;
    Some(local.with_timezone(&Utc))
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let asked = Asked { q: asked.q.trim().to_owned(), ..asked };
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let (since, until) = (day(&asked.from), day(&asked.until));
    let bounds = Bounds {
        since: since.and_then(|day| midnight(page.zone(), day)),
        until: until.and_then(|day| midnight(page.zone(), day.succ_opt()?)),
    };
    let campaign = match asked.campaign.parse() {
        Ok(id) => campaigns::get(&app.db, id).await?,
        Err(_) => None,
    };
    let search = Search {
        text: asked.q.clone(),
        campaign: campaign.as_ref().map(|campaign| campaign.id),
        state: asked.state.parse().ok(),
        bounds,
    };
    let found = archive::search(&app.db, &search, asked.before.parse().ok(), PAGE).await?;

    let start = Asked { before: String::new(), ..asked.clone() };
    let next =
        found.next.map(|id| Asked { before: id.to_string(), ..start.clone() }.link()).unwrap_or_default();
    let first = if asked.before.is_empty() { String::new() } else { start.link() };
    let mut chips = vec![Chip {
        text: page.t("archive-any-state").to_string(),
        href: Asked { state: String::new(), ..start.clone() }.link(),
        on: search.state.is_none(),
    }];
    chips.extend(STATES.iter().map(|state| Chip {
        text: page.t(&format!("layout-state-{}", state.as_str().replace('_', "-"))).to_string(),
        href: Asked { state: state.to_string(), ..start.clone() }.link(),
        on: search.state == Some(*state),
    }));
    let days = days(&page, since, until)
        .map(|text| (text, Asked { from: String::new(), until: String::new(), ..start.clone() }.link()));
    let campaign =
        campaign.map(|campaign| (campaign.name, Asked { campaign: String::new(), ..start }.link()));
    render(&List { page, asked, chips, campaign, days, found, first, next })
}
