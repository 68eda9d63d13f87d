//! Home: what is sending, what needs attention, how the last month went.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use chrono::TimeDelta;
use sebar_domain::CampaignState;
use sebar_store::campaigns::{self, Listed};
use sebar_store::imports::{self, Import};
use sebar_store::overview::{self, FailedImport, FirstSteps, Total};
use sebar_store::relays::{self, Relay};
use sebar_store::webhooks;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::{self, Text};
use crate::foundation::page::{Page, render};

/// The span whose numbers are shown, and compared with the one before.
const SPAN: TimeDelta = TimeDelta::days(30);
/// How long a failed import is news.
const NEWS: TimeDelta = TimeDelta::days(7);
/// Campaigns that are looked at: those under way stand first.
const CAMPAIGNS: i64 = 24;
/// Of these so many that are over or being written.
const RECENT: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    steps: FirstSteps,
    /// Being sent or paused.
    under_way: Vec<Listed>,
    scheduled: Vec<Listed>,
    recent: Vec<Listed>,
    running: Vec<Import>,
    failed: Vec<FailedImport>,
    resting: Vec<Relay>,
    /// Webhooks that were turned off because their calls failed; only owners can mend it.
    deaf: i64,
    has_relay: bool,
    total: Total,
    before: Total,
    contacts: i64,
}

impl Home {
    fn needs_attention(&self) -> bool {
        !self.failed.is_empty()
            || !self.resting.is_empty()
            || self.deaf > 0
            || (!self.has_relay && self.steps.relay)
            || self.under_way.iter().any(|campaign| campaign.state == CampaignState::Paused)
    }

    fn is_busy(&self) -> bool {
        !self.under_way.is_empty() || !self.running.is_empty() || !self.scheduled.is_empty()
    }

    fn rate(&self, part: i64, of: i64) -> String {
        i18n::percent(self.page.language(), part, of)
    }

    /// The number of the thirty days before, for comparison.
    fn compare(&self, value: String) -> Text {
        self.page.t("home-before").with("value", value)
    }

    fn compare_count(&self, n: i64) -> Text {
        self.compare(self.page.num(n))
    }

    fn compare_rate(&self, part: i64, of: i64) -> Text {
        if of == 0 { self.page.t("home-before-none") } else { self.compare(self.rate(part, of)) }
    }

    fn trouble(&self, relay: &Relay) -> Text {
        let kind = relay.pause.as_ref().map_or("unreachable", |pause| pause.reason.kind.as_str());
        self.page.t(&format!("relays-trouble-{kind}"))
    }
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let now = page.now();
    let steps = overview::first_steps(&app.db).await?;
    let all = campaigns::recent_for_home(&app.db, CAMPAIGNS).await?;
    let (under_way, rest): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|campaign| matches!(campaign.state, CampaignState::Sending | CampaignState::Paused));
    let (scheduled, mut recent): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|campaign| campaign.state == CampaignState::Scheduled);
    recent.truncate(RECENT);
    let relays = relays::all(&app.db).await?;
    let has_relay = relays.iter().any(|relay| relay.enabled);
    let resting = relays.into_iter().filter(|relay| relay.enabled && relay.pause.is_some()).collect();
    let deaf = if page.is_owner() { webhooks::given_up(&app.db).await? } else { 0 };
    let home = Home {
        total: overview::total(&app.db, now - SPAN, now).await?,
        before: overview::total(&app.db, now - SPAN - SPAN, now - SPAN).await?,
        running: imports::running(&app.db).await?,
        failed: overview::failed_imports(&app.db, now - NEWS).await?,
        contacts: overview::contacts(&app.db).await?,
        page,
        steps,
        under_way,
        scheduled,
        recent,
        resting,
        deaf,
        has_relay,
    };
    render(&home)
}
