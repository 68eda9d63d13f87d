//! Off it goes: now, or at a time.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use sebar_compose::{COMPOSER, Compiled};
use sebar_domain::id::{CampaignId, ContentId};
use sebar_domain::{Address, FrozenContent, WrongState};
use sebar_store::campaigns::Campaign;
use sebar_store::{contents, settings};
use sqlx::PgConnection;

use super::launch::{Launched, When, launch};
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

/// Why a campaign was not put on its way; `None`: something must be mended first.
fn refusal(launched: &Launched) -> Result<i64, Option<WrongState>> {
    match launched {
        Launched::To(n) => Ok(*n),
        Launched::Wrong(wrong) => Err(Some(*wrong)),
        Launched::NotReady(_) => Err(None),
    }
}

async fn refuse(
    app: &App,
    page: &Page,
    session: &Session,
    campaign: &Campaign,
    why: Option<WrongState>,
) -> Result<Response> {
    let id = campaign.id;
    let (to, text) = match why {
        Some(wrong) => (path(id), wrong_state(page, wrong)),
        None if campaign.state.is_editable() => {
            (format!("/campaigns/{id}/review"), page.t("campaigns-not-ready"))
        }
        None => (path(id), page.t("campaigns-not-ready")),
    };
    Ok(session.redirect(app, &to, "error", text).await?.into_response())
}

/// Starts a draft, or a scheduled campaign before its time.
pub(crate) async fn start(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Response> {
    let campaign = find(&app, id).await?;
    let launched = launch(&app, &page, &campaign, When::Now, session.user.id).await?;
    let n = match refusal(&launched) {
        Ok(n) => n,
        Err(why) => return refuse(&app, &page, &session, &campaign, why).await,
    };
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
    let when = When::At(at, &typed.zone);
    let launched = launch(&app, &page, &campaign, when, session.user.id).await?;
    if let Err(why) = refusal(&launched) {
        return refuse(&app, &page, &session, &campaign, why).await;
    }
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
