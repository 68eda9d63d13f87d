//! What puts a campaign on its way or moves it, for pages and programs alike.

use chrono::{DateTime, Utc};
use sebar_domain::id::CampaignId;
use sebar_domain::{CampaignState, WrongState};
use sebar_store::actor::Actor;
use sebar_store::audit;
use sebar_store::campaigns::{self, Campaign};
use serde_json::json;
use sqlx::PgConnection;

use super::preflight::{Check, Weight, check};
use super::start::freeze;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::Page;

/// When a campaign is to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When<'a> {
    /// At once.
    Now,
    /// At a time, as it was said in this zone (IANA).
    At(DateTime<Utc>, &'a str),
}

/// What came of it.
pub(crate) enum Launched {
    /// It is on its way to so many recipients, or will be.
    To(i64),
    /// Its state does not allow it.
    Wrong(WrongState),
    /// These must be mended first.
    NotReady(Vec<Check>),
}

/// Starts or schedules a campaign, if nothing blocks it. What is found is said in the words of `page`.
pub(crate) async fn launch(
    app: &App,
    page: &Page,
    campaign: &Campaign,
    when: When<'_>,
    by: impl Into<Actor>,
) -> Result<Launched> {
    let allowed = match when {
        When::Now => campaign.state.start(),
        When::At(..) => campaign.state.schedule(),
    };
    if let Err(wrong) = allowed {
        return Ok(Launched::Wrong(wrong));
    }
    let preflight = check(app, page, campaign).await?;
    let (Some(compiled), true) = (&preflight.compiled, preflight.is_ready()) else {
        let blocking = preflight.checks.into_iter().filter(|check| check.weight == Weight::Blocking);
        return Ok(Launched::NotReady(blocking.collect()));
    };
    let id = campaign.id;
    let mut tx = app.db.begin().await?;
    lock_as_checked(&mut tx, campaign).await?;
    // What was scheduled was frozen then, and is sent as it was.
    let content = match campaign.content {
        Some(content) => content,
        None => freeze(app, &mut tx, campaign, compiled).await?,
    };
    let n = preflight.size.recipients();
    let (action, details) = match when {
        When::Now => {
            campaigns::start(&mut tx, id, content, n).await?;
            ("campaign.started", json!({ "recipients": n, "content": content }))
        }
        When::At(at, zone) => {
            campaigns::set_schedule(&mut tx, id, content, at, zone, n).await?;
            ("campaign.scheduled", json!({ "at": at, "zone": zone }))
        }
    };
    audit::record(&mut *tx, by, action, &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Launched::To(n))
}

/// Locks a campaign that was checked without a lock (the checks take long, and connections of their
/// own): what was checked must still stand.
async fn lock_as_checked(db: &mut PgConnection, checked: &Campaign) -> Result<()> {
    let now = campaigns::lock(db, checked.id).await?.ok_or(Error::NotFound)?;
    if now.state == checked.state && now.updated_at == checked.updated_at {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Moves a campaign to another state: paused, sending again, cancelled, a draft again.
pub(crate) async fn transition(
    app: &App,
    id: CampaignId,
    to: impl FnOnce(CampaignState) -> Result<CampaignState, WrongState>,
    by: impl Into<Actor>,
) -> Result<Result<CampaignState, WrongState>> {
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let state = match to(campaign.state) {
        Ok(state) => state,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let action = match state {
        CampaignState::Paused => "campaign.paused",
        CampaignState::Cancelled => "campaign.cancelled",
        CampaignState::Draft => "campaign.unscheduled",
        _ => "campaign.resumed",
    };
    if state == CampaignState::Draft {
        campaigns::unschedule(&mut tx, id).await?;
    } else {
        campaigns::set_state(&mut tx, id, state).await?;
    }
    let details = json!({ "from": campaign.state });
    audit::record(&mut *tx, by, action, &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Ok(state))
}
