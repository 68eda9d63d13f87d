//! The report of a campaign.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use chrono::TimeDelta;
use sebar_domain::id::CampaignId;
use sebar_domain::{BounceKind, BounceReason, Tracking};
use sebar_store::campaigns::{self, Campaign, Counts};
use sebar_store::report::{self, Breakdown, LinkHits, Why};
use sebar_store::returned::{self, Line};
use serde::Deserialize;

use super::chart::{Chart, chart};
use super::{answer, begun};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::pages::archive::reason;
use crate::pages::bounces::{kind_text, kind_tone, reason_text};

/// Up to so many messages are broken down while the reader waits; it takes some 20 ms.
const AT_ONCE: i64 = 10_000;
/// Domains that are named.
const DOMAINS: i64 = 10;
/// A rate of fewer says nothing.
const LEAST_FOR_RATE: i64 = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    by: String,
}

#[derive(Template)]
#[template(path = "report/report.html")]
struct Report {
    page: Page,
    campaign: Campaign,
    counts: Counts,
    chart: Option<Chart>,
    links: Vec<LinkHits>,
    returned: Returned,
    breakdown: Parts,
}

/// What came back.
struct Returned {
    kinds: Vec<Line<BounceKind>>,
    reasons: Vec<Line<BounceReason>>,
    domains: Vec<Line<String>>,
}

/// How often a campaign was called spam, and how good that is.
struct Rate {
    kind: &'static str,
    text: Text,
}

impl Rate {
    fn kind(&self) -> &'static str {
        self.kind
    }
}

/// The parts that are counted in the background: also an answer of their own.
#[derive(Template)]
#[template(path = "report/breakdown.html")]
struct Parts {
    page: Page,
    campaign: Campaign,
    counts: Counts,
    parts: Option<Breakdown>,
    /// Whether newer numbers are being counted.
    is_counting: bool,
}

impl Report {
    fn is_individual(&self) -> bool {
        self.campaign.tracking == Tracking::Individual
    }

    fn is_tracked(&self) -> bool {
        self.campaign.tracking != Tracking::Off
    }

    fn queued(&self) -> i64 {
        if self.campaign.state.is_over() {
            return 0;
        }
        let total = self.campaign.audience_size.unwrap_or(0).max(self.counts.planned);
        let total = if self.campaign.planned_at.is_some() { self.counts.planned } else { total };
        (total - self.counts.done()).max(0)
    }

    fn of_sent(&self, n: &i64) -> Text {
        self.page.t("report-of-sent").with("n", *n).with("sent", self.counts.sent)
    }

    fn of_all(&self, n: &i64) -> Text {
        self.page.t("report-of-all").with("n", *n).with("all", self.counts.planned)
    }

    fn kind(&self, kind: &BounceKind) -> Text {
        kind_text(&self.page, *kind)
    }

    fn tone(kind: &BounceKind) -> &'static str {
        kind_tone(*kind)
    }

    fn why(&self, reason: &BounceReason) -> Text {
        reason_text(&self.page, *reason)
    }

    /// How many in a thousand of those who got it called it spam, against Gmail's lines of 1 and 3
    /// (its guidelines for senders). `None` while nobody did and hardly anybody got it.
    fn complaint_rate(&self) -> Option<Rate> {
        let got = self.counts.sent - self.counts.bounced;
        if got < LEAST_FOR_RATE {
            return None;
        }
        let key = match self.counts.complained * 1000 {
            n if n >= 3 * got => "bad",
            n if n >= got => "warn",
            _ => "good",
        };
        let percent = self.page.percent(self.counts.complained, got);
        let text = self.page.t(&format!("bounces-rate-{key}")).with("percent", percent);
        Some(Rate { kind: key, text })
    }

    /// The recipients behind a number.
    fn people(&self, show: &str) -> String {
        format!("/campaigns/{}/recipients?show={show}", self.campaign.id)
    }

    /// The most clicks of a link, for its bar.
    fn most_clicks(&self) -> i64 {
        self.links.iter().map(|link| link.clicks).max().unwrap_or(0).max(1)
    }
}

impl Parts {
    fn is_individual(&self) -> bool {
        self.campaign.tracking == Tracking::Individual
    }

    fn why(&self, why: &Why) -> Text {
        reason(&self.page, &why.reason)
    }

    fn answer(why: &Why) -> String {
        answer(why.reply_code, why.enhanced_code.as_deref(), why.reply.as_deref())
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let campaign = begun(&app, id).await?;
    let counts = campaigns::counts(&app.db, id).await?;
    let chart = chart(&app, &page, &campaign, &asked.by).await?;
    let links = match campaign.content {
        Some(content) => report::links(&app.db, content).await?,
        None => Vec::new(),
    };
    let returned = Returned {
        kinds: returned::by_kind(&app.db, id).await?,
        reasons: returned::by_reason(&app.db, id).await?,
        domains: returned::by_domain(&app.db, id, DOMAINS).await?,
    };
    let breakdown = parts(&app, page.clone(), campaign.clone(), counts).await?;
    render(&Report { page, campaign, counts, chart, links, returned, breakdown })
}

/// The part that was not ready when its page was shown.
pub(crate) async fn breakdown(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
) -> Result<Html<String>> {
    let campaign = begun(&app, id).await?;
    let counts = campaigns::counts(&app.db, id).await?;
    render(&parts(&app, page, campaign, counts).await?)
}

/// The breakdown as it is kept. If the counters have moved since, it is counted anew: at once if
/// that is quick, else in the background, for twenty times as long as it takes not again.
async fn parts(app: &App, page: Page, campaign: Campaign, counts: Counts) -> Result<Parts> {
    let mut kept = report::breakdown(&app.db, campaign.id).await?;
    let is_current = kept.as_ref().is_some_and(|kept| kept.basis == Breakdown::basis_of(&counts));
    let mut is_counting = false;
    if !is_current && counts.planned <= AT_ONCE {
        report::count_breakdown(&app.db, campaign.id).await?;
        kept = report::breakdown(&app.db, campaign.id).await?;
    } else if !is_current {
        let is_due = kept.as_ref().is_none_or(|kept| {
            let rest = TimeDelta::milliseconds(i64::from(kept.took_ms) * 20).max(TimeDelta::seconds(15));
            page.now() - kept.counted_at > rest
        });
        if is_due {
            is_counting = true;
            let (db, id, shutdown) = (app.db.clone(), campaign.id, app.shutdown.clone());
            tokio::spawn(async move {
                let counted = tokio::select! {
                    counted = report::count_breakdown(&db, id) => counted.map(drop),
                    () = shutdown.cancelled() => Ok(()),
                };
                if let Err(fault) = counted {
                    tracing::error!(%fault, campaign = %id, "a report could not be counted");
                }
            });
        }
    }
    Ok(Parts { page, campaign, counts, parts: kept, is_counting })
}
