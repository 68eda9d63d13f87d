//! How the installation sends, whatever the campaign: what becomes of mail in doubt, when a campaign
//! pauses itself, how long messages are kept.

use std::ops::RangeInclusive;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use sebar_compose::ReturnPath;
use sebar_domain::{Address, Policy};
use sebar_store::audit;
use sebar_store::settings::{self, Returns, Rules};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::{Faults, check_address};
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;

const PERCENT: RangeInclusive<i16> = 1..=100;
const MONTHS: RangeInclusive<i16> = 1..=1200;
const SOFT: RangeInclusive<i16> = 1..=100;
const DAYS: RangeInclusive<i16> = 1..=365;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    campaigns: String,
    single: String,
    block_percent: String,
    keep_months: String,
    return_path: String,
    marked: String,
    soft_bounces: String,
    soft_days: String,
}

#[derive(Template)]
#[template(path = "settings/sending.html")]
struct Sending {
    page: Page,
    typed: Typed,
    faults: Faults,
    policies: &'static [Policy],
    /// Return paths that mail is still taken for, and until when.
    former: Vec<(Address, DateTime<Utc>)>,
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    let stored = settings::rules(&app.db).await?;
    let returns = settings::returns(&app.db).await?;
    let number = |number: Option<i16>| number.map(|number| number.to_string()).unwrap_or_default();
    let typed = Typed {
        campaigns: stored.campaigns.as_str().to_owned(),
        single: stored.single.as_str().to_owned(),
        block_percent: number(stored.block_percent),
        keep_months: number(stored.keep_months),
        return_path: returns.return_path.map(|path| path.to_string()).unwrap_or_default(),
        marked: if returns.marked { "on".to_owned() } else { String::new() },
        soft_bounces: number(returns.soft_bounces),
        soft_days: returns.soft_days.to_string(),
    };
    let former = settings::former_return_paths(&app.db).await?;
    let sending = Sending { page, typed, faults: Faults::default(), policies: Policy::ALL, former };
    Ok(render(&sending)?.into_response())
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let mut faults = Faults::default();
    let campaigns = policy(&page, &mut faults, "campaigns", &typed.campaigns);
    let single = policy(&page, &mut faults, "single", &typed.single);
    let block_percent = number(&page, &mut faults, "block_percent", &typed.block_percent, PERCENT);
    let keep_months = number(&page, &mut faults, "keep_months", &typed.keep_months, MONTHS);
    let returns = returns(&page, &mut faults, &typed);
    let (Some(campaigns), Some(single), true) = (campaigns, single, faults.is_empty()) else {
        let former = settings::former_return_paths(&app.db).await?;
        let sending = Sending { page, typed, faults, policies: Policy::ALL, former };
        return Ok(render(&sending)?.into_response());
    };
    let rules = Rules { campaigns, single, block_percent, keep_months };
    let mut tx = app.db.begin().await?;
    settings::set_rules(&mut *tx, &rules).await?;
    settings::set_returns(&mut *tx, &returns).await?;
    audit::record(&mut *tx, session.user.id, "settings.changed", "sending", serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(session
        .redirect(&app, "/settings/sending", "success", page.t("settings-saved"))
        .await?
        .into_response())
}

fn returns(page: &Page, faults: &mut Faults, typed: &Typed) -> Returns {
    let soft_days = number(page, faults, "soft_days", &typed.soft_days, DAYS);
    if soft_days.is_none() && !typed.soft_bounces.trim().is_empty() {
        faults.add("soft_days", &page.t("fault-required"));
    }
    let marked = !typed.marked.is_empty();
    let return_path = match typed.return_path.trim() {
        "" => None,
        path => check_address(page, faults, "return_path", path),
    };
    if marked
        && let Some(path) = &return_path
        && !ReturnPath::has_room(path)
    {
        faults.add("return_path", &page.t("returns-long").with("n", ReturnPath::LONGEST));
    }
    Returns {
        return_path,
        marked,
        soft_bounces: number(page, faults, "soft_bounces", &typed.soft_bounces, SOFT),
        soft_days: soft_days.unwrap_or(Returns::default().soft_days),
    }
}

fn policy(page: &Page, faults: &mut Faults, field: &str, typed: &str) -> Option<Policy> {
    let policy = typed.parse().ok();
    if policy.is_none() {
        faults.add(field, &page.t("fault-choice"));
    }
    policy
}

/// A number that may be left out.
fn number(
    page: &Page,
    faults: &mut Faults,
    field: &str,
    typed: &str,
    range: RangeInclusive<i16>,
) -> Option<i16> {
    if typed.trim().is_empty() {
        return None;
    }
    let number = typed.trim().parse().ok().filter(|number| range.contains(number));
    if number.is_none() {
        faults.add(field, &page.t("fault-number").with("min", *range.start()).with("max", *range.end()));
    }
    number
}
