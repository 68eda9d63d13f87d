//! Off it goes: now, or at a time.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use sebar_compose::{COMPOSER, Compiled};
use sebar_domain::id::{CampaignId, ContentId};
use sebar_domain::{Address, FrozenContent};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::{audit, contents, settings};
use sqlx::PgConnection;

use super::preflight::check;
use super::review::{Returned, Schedule, Shown, show};
use super::{draft_of, find, path, wrong_state};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::Page;
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;
use crate::pages::writing::site;

/// Stores what a campaign says now, for good.
pub(super) async fn freeze(
    app: &App,
    db: &mut PgConnection,
    campaign: &Campaign,
    compiled: &Compiled,
) -> Result<ContentId> {
    let draft = draft_of(campaign);
    let site = site(app, &settings::get(&mut *db).await?)?;
    let from_email: Address = campaign.from_email.trim().parse().map_err(Error::internal)?;
    let content = FrozenContent {
        id: ContentId::new(),
        no: 0,
        composer: COMPOSER,
        subject: draft.subject,
        preheader: draft.preheader,
        html: draft.html,
        text: draft.text,
        from_name: campaign.from_name.clone(),
        from_email,
        reply_to: campaign.reply_to.trim().parse().ok(),
        tracking: campaign.tracking,
        site: serde_json::to_value(site).map_err(Error::internal)?,
    };
    let links: Vec<String> = compiled.links().iter().map(|link| link.template.clone()).collect();
    let (id, _) = contents::freeze(db, &content, campaign.template_version, &links).await?;
    Ok(id)
}

pub(crate) async fn ask_start(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
) -> Result<Html<String>> {
    let campaign = find(&app, id).await?;
    let n =
        sebar_store::audience::size(&app.db, &campaign.lists, &campaign.excluded_lists).await?.recipients();
    Confirm {
        title: page.t("campaigns-start-title").with("n", n),
        text: page.t("campaigns-start-text").with("subject", page.subject(&campaign.subject)),
        action: format!("/campaigns/{id}/start"),
        button: page.t("campaigns-start-button").with("n", n),
        is_danger: false,
        back: path(id),
        page,
    }
    .show()
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

/// Starts a draft, or a scheduled campaign before its time.
pub(crate) async fn start(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if let Err(wrong) = campaign.state.start() {
        let text = wrong_state(&page, wrong);
        return Ok(session.redirect(&app, &path(id), "error", text).await?.into_response());
    }
    let preflight = check(&app, &page, &campaign).await?;
    let (Some(compiled), true) = (&preflight.compiled, preflight.is_ready()) else {
        let text = page.t("campaigns-not-ready");
        let to = if campaign.state.is_editable() { format!("/campaigns/{id}/review") } else { path(id) };
        return Ok(session.redirect(&app, &to, "error", text).await?.into_response());
    };
    let mut tx = app.db.begin().await?;
    lock_as_checked(&mut tx, &campaign).await?;
    // What was scheduled was frozen then, and is sent as it was.
    let content = match campaign.content {
        Some(content) => content,
        None => freeze(&app, &mut tx, &campaign, compiled).await?,
    };
    let n = preflight.size.recipients();
    campaigns::start(&mut tx, id, content, n).await?;
    let details = serde_json::json!({ "recipients": n, "content": content });
    audit::record(&mut *tx, session.user.id, "campaign.started", &id.to_string(), details).await?;
    tx.commit().await?;
    let text = page.t("campaigns-started").with("n", n);
    Ok(session.redirect(&app, &path(id), "success", text).await?.into_response())
}

/// What a local time can be.
#[derive(Debug, PartialEq, Eq)]
enum Moment {
    At(DateTime<Utc>),
    /// It is skipped that day: the clocks go forward.
    Skipped,
    /// No date or time, or no such zone.
    Unreadable(&'static str),
}

fn moment(typed: &Schedule) -> Moment {
    let Ok(zone) = typed.zone.parse::<Tz>() else { return Moment::Unreadable("zone") };
    let Ok(date) = typed.date.parse() else { return Moment::Unreadable("date") };
    let time = typed.time.trim();
    let Ok(time) = time.parse().or_else(|_| format!("{time}:00").parse()) else {
        return Moment::Unreadable("time");
    };
    match zone.from_local_datetime(&NaiveDateTime::new(date, time)) {
        LocalResult::Single(at) => Moment::At(at.to_utc()),
        // The hour that comes twice: the first of the two.
        LocalResult::Ambiguous(first, _) => Moment::At(first.to_utc()),
        LocalResult::None => Moment::Skipped,
    }
}

/// Schedules a draft, or gives a scheduled campaign another time.
pub(crate) async fn schedule(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
    Form(typed): Form<Schedule>,
) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if let Err(wrong) = campaign.state.schedule() {
        let text = wrong_state(&page, wrong);
        return Ok(session.redirect(&app, &path(id), "error", text).await?.into_response());
    }
    let mut faults = Faults::default();
    let at = match moment(&typed) {
        Moment::At(at) if at > Utc::now() => Some(at),
        Moment::At(_) => {
            faults.add("date", &page.t("campaigns-schedule-past"));
            None
        }
        Moment::Skipped => {
            faults.add("time", &page.t("campaigns-schedule-skipped"));
            None
        }
        Moment::Unreadable(field) => {
            faults.add(field, &page.t("fault-choice"));
            None
        }
    };
    let Some(at) = at else {
        if !campaign.state.is_editable() {
            let text = ["date", "time", "zone"].map(|field| faults.get(field).to_owned()).concat();
            return Ok(session.redirect(&app, &path(id), "error", text).await?.into_response());
        }
        let returned = Returned { faults, schedule: Some(typed), ..Returned::default() };
        return show(&app, page, campaign, &Shown::default(), returned).await;
    };
    let preflight = check(&app, &page, &campaign).await?;
    let (Some(compiled), true) = (&preflight.compiled, preflight.is_ready()) else {
        let text = page.t("campaigns-not-ready");
        let to = if campaign.state.is_editable() { format!("/campaigns/{id}/review") } else { path(id) };
        return Ok(session.redirect(&app, &to, "error", text).await?.into_response());
    };
    let mut tx = app.db.begin().await?;
    lock_as_checked(&mut tx, &campaign).await?;
    let content = match campaign.content {
        Some(content) => content,
        None => freeze(&app, &mut tx, &campaign, compiled).await?,
    };
    campaigns::set_schedule(&mut tx, id, content, at, &typed.zone, preflight.size.recipients()).await?;
    let details = serde_json::json!({ "at": at, "zone": typed.zone });
    audit::record(&mut *tx, session.user.id, "campaign.scheduled", &id.to_string(), details).await?;
    tx.commit().await?;
    let zone = typed.zone.parse().unwrap_or(Tz::UTC);
    let text = page
        .t("campaigns-scheduled")
        .with("at", crate::foundation::i18n::datetime(page.language(), zone, at))
        .with("zone", &typed.zone);
    Ok(session.redirect(&app, &path(id), "success", text).await?.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(date: &str, time: &str, zone: &str) -> Moment {
        moment(&Schedule { date: date.into(), time: time.into(), zone: zone.into() })
    }

    #[test]
    fn a_time_is_meant_in_the_zone_that_was_chosen() {
        let at = |text: &str| Moment::At(text.parse().unwrap());
        assert_eq!(typed("2027-01-05", "09:00", "Asia/Jakarta"), at("2027-01-05T02:00:00Z"));
        assert_eq!(typed("2027-07-05", "09:00", "Europe/Berlin"), at("2027-07-05T07:00:00Z"));
        assert_eq!(typed("2027-03-28", "02:30", "Europe/Berlin"), Moment::Skipped);
        // The hour that comes twice is the first of the two.
        assert_eq!(typed("2027-10-31", "02:30", "Europe/Berlin"), at("2027-10-31T00:30:00Z"));
        assert_eq!(typed("2027-10-31", "09:00:30", "UTC"), at("2027-10-31T09:00:30Z"));
        assert_eq!(typed("31.10.2027", "09:00", "UTC"), Moment::Unreadable("date"));
        assert_eq!(typed("2027-10-31", "nine", "UTC"), Moment::Unreadable("time"));
        assert_eq!(typed("2027-10-31", "09:00", "Mars/Base"), Moment::Unreadable("zone"));
    }
}
