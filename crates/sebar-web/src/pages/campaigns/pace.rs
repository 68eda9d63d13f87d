//! How fast and at which hours a campaign is sent. Can be changed while it is.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{NaiveTime, Timelike as _};
use chrono_tz::{TZ_VARIANTS, Tz};
use sebar_domain::id::CampaignId;
use sebar_domain::{CampaignPace, Pool, Window};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::{audit, routing};
use serde::Deserialize;

use super::{find, path};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

pub(crate) const PER_HOUR: std::ops::RangeInclusive<i32> = 1..=100_000_000;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    per_hour: String,
    from: String,
    to: String,
    zone: String,
    /// Empty: as the rules say.
    pool: String,
}

#[derive(Template)]
#[template(path = "campaigns/pace.html")]
struct PacePage {
    page: Page,
    campaign: Campaign,
    back: String,
    typed: Typed,
    faults: Faults,
    zones: &'static [Tz],
    /// To choose from.
    pools: Vec<Pool>,
}

/// A pace in words, with the `pool` that it names; empty where a campaign has none of its own.
pub(super) fn in_words(page: &Page, pace: &CampaignPace, pool: Option<&Pool>) -> String {
    let mut words = Vec::new();
    if let Some(per_hour) = pace.per_hour {
        words.push(page.t("campaigns-pace-per-hour").with("n", i64::from(per_hour)).to_string());
    }
    if let Some(Window { from, to, zone }) = &pace.window {
        let text = page.t("campaigns-pace-window");
        words.push(
            text.with("from", clock(*from)).with("to", clock(*to)).with("zone", zone.as_str()).to_string(),
        );
    }
    if let Some(pool) = pool {
        words.push(page.t("campaigns-pace-over-pool").with("name", &pool.name).to_string());
    }
    words.join("; ")
}

/// Whether a campaign has to wait for its hours at this moment; then until when, as a clock shows it.
pub(super) fn waits_until(pace: &CampaignPace) -> Option<String> {
    let window = pace.window.as_ref()?;
    let now = chrono::Utc::now().with_timezone(&window.zone.parse().unwrap_or(Tz::UTC));
    let minute = u16::try_from(now.hour() * 60 + now.minute()).unwrap_or_default();
    (!window.is_open(minute)).then(|| clock(window.from))
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Where the page leads back to.
fn back(campaign: &Campaign) -> String {
    if campaign.state.is_editable() { format!("{}/review", path(campaign.id)) } else { path(campaign.id) }
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(id): Path<CampaignId>) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if campaign.state.is_over() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    let pace = campaigns::pace(&app.db, id).await?;
    let window = pace.window.as_ref();
    let typed = Typed {
        per_hour: pace.per_hour.map(|n| n.to_string()).unwrap_or_default(),
        from: window.map(|window| clock(window.from)).unwrap_or_default(),
        to: window.map(|window| clock(window.to)).unwrap_or_default(),
        zone: window.map_or_else(|| page.zone().name().to_owned(), |window| window.zone.clone()),
        pool: pace.pool.map(|pool| pool.to_string()).unwrap_or_default(),
    };
    show(&app, page, campaign, typed, Faults::default()).await
}

async fn show(app: &App, page: Page, campaign: Campaign, typed: Typed, faults: Faults) -> Result<Response> {
    let pools = routing::all(&mut *app.db.acquire().await?).await?.pools;
    let back = back(&campaign);
    let shown = PacePage { page, back, campaign, typed, faults, zones: &TZ_VARIANTS, pools };
    Ok(render(&shown)?.into_response())
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    let pace = read(&page, &typed, &mut faults);
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !faults.is_empty() {
        drop(tx);
        return show(&app, page, campaign, typed, faults).await;
    }
    if campaign.state.is_over() {
        drop(tx);
        let text = page.t("campaigns-pace-over");
        return Ok(session.redirect(&app, &path(id), "error", text).await?.into_response());
    }
    if let Err(fault) = campaigns::set_pace(&mut tx, id, &pace).await {
        if fault.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation) {
            // The pool was deleted while the form was open.
            drop(tx);
            faults.add("pool", &page.t("fault-choice"));
            return show(&app, page, campaign, typed, faults).await;
        }
        return Err(fault.into());
    }
    audit::record(&mut *tx, session.user.id, "campaign.paced", &id.to_string(), serde_json::json!({}))
        .await?;
    tx.commit().await?;
    let text = page.t("campaigns-pace-saved");
    Ok(session.redirect(&app, &back(&campaign), "success", text).await?.into_response())
}

fn read(page: &Page, typed: &Typed, faults: &mut Faults) -> CampaignPace {
    let mut pace = CampaignPace::default();
    if !typed.pool.is_empty() {
        pace.pool = typed.pool.parse().ok();
        if pace.pool.is_none() {
            faults.add("pool", &page.t("fault-choice"));
        }
    }
    let per_hour: String = typed.per_hour.chars().filter(|c| !matches!(c, ' ' | ',' | '.')).collect();
    if !per_hour.is_empty() {
        pace.per_hour = per_hour.parse().ok().filter(|n| PER_HOUR.contains(n));
        if pace.per_hour.is_none() {
            let text = page.t("fault-number").with("min", i64::from(*PER_HOUR.start()));
            faults.add("per_hour", &text.with("max", i64::from(*PER_HOUR.end())));
        }
    }
    if typed.from.trim().is_empty() && typed.to.trim().is_empty() {
        return pace;
    }
    let minute = |field: &str, typed: &str, faults: &mut Faults| {
        let time = NaiveTime::parse_from_str(typed.trim(), "%H:%M").ok();
        if time.is_none() {
            faults.add(field, &page.t("campaigns-pace-both"));
        }
        time.and_then(|time| u16::try_from(time.hour() * 60 + time.minute()).ok())
    };
    let (from, to) = (minute("from", &typed.from, faults), minute("to", &typed.to, faults));
    if from.is_some() && from == to {
        faults.add("to", &page.t("campaigns-pace-same"));
    }
    if typed.zone.parse::<Tz>().is_err() {
        faults.add("zone", &page.t("fault-choice"));
    }
    if let (Some(from), Some(to)) = (from, to) {
        pace.window = Some(Window { from, to, zone: typed.zone.clone() });
    }
    pace
}
