//! A campaign that was scheduled or started: how it goes.

use std::convert::Infallible;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono_tz::{TZ_VARIANTS, Tz};
use futures::{Stream, StreamExt as _};
use sebar_domain::id::CampaignId;
use sebar_domain::{Address, CampaignState, Tracking};
use sebar_store::audience::{self, ListChoice};
use sebar_store::campaigns::{self, Blocked, Campaign};
use tokio_stream::wrappers::WatchStream;

use super::carriers::{Carriers, carriers};
use super::numbers::Numbers;
use super::{find, next_step, pace};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "campaigns/live.html")]
struct LivePage {
    page: Page,
    campaign: Campaign,
    numbers: Numbers,
    lists: Vec<ListChoice>,
    excluded: Vec<ListChoice>,
    rate: String,
    /// Whether opens and clicks are counted, and whether by person.
    tracking: Tracking,
    schedule: Option<Scheduled>,
    /// Why it paused itself.
    blocked: Option<Blocked>,
    /// Its own pace, in words.
    pace: String,
    /// Until when it waits for its hours.
    waits: Option<String>,
    /// Whether no relay that may send it works at this moment.
    is_stuck: bool,
    zones: &'static [Tz],
}

/// A schedule in the zone in which it was given.
struct Scheduled {
    text: String,
    zone: String,
    date: String,
    time: String,
}

#[derive(Template)]
#[template(path = "campaigns/numbers.html")]
struct Fragment<'a> {
    page: &'a Page,
    numbers: &'a Numbers,
    rate: String,
    tracking: Tracking,
}

fn rate_text(page: &Page, numbers: &Numbers) -> String {
    match numbers.rate {
        Some(rate) if numbers.state == CampaignState::Sending => {
            let places = usize::from(rate < 10.0 && rate > 0.0);
            page.t("campaigns-rate").with("n", i18n::decimal(page.language(), rate, places)).to_string()
        }
        _ => String::new(),
    }
}

fn scheduled(page: &Page, campaign: &Campaign) -> Option<Scheduled> {
    let at = campaign.scheduled_at.filter(|_| campaign.state == CampaignState::Scheduled)?;
    let zone: Tz = campaign.time_zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(page.zone());
    let local = at.with_timezone(&zone);
    Some(Scheduled {
        text: i18n::datetime(page.language(), zone, at),
        zone: zone.name().to_owned(),
        date: local.format("%Y-%m-%d").to_string(),
        time: local.format("%H:%M").to_string(),
    })
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(id): Path<CampaignId>) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if campaign.state.is_editable() {
        let step = if page.can_edit() { next_step(&campaign) } else { format!("/campaigns/{id}/review") };
        return Ok(Redirect::to(&step).into_response());
    }
    let numbers = Numbers::new(&campaign, campaigns::counts(&app.db, id).await?);
    let all = audience::lists(&app.db).await?;
    let pick = |wanted: &[sebar_domain::id::ListId]| {
        all.iter().filter(|list| wanted.contains(&list.id)).cloned().collect::<Vec<_>>()
    };
    let from = campaign.from_email.parse().ok();
    let carriers =
        carriers(&mut *app.db.acquire().await?, &campaign, sebar_domain::Stream::Campaign, from.as_ref())
            .await?;
    let waits = pace::waits_until(&carriers.pace).filter(|_| campaign.state == CampaignState::Sending);
    let live = LivePage {
        pace: carriers.pace_in_words(&page),
        waits,
        is_stuck: campaign.state == CampaignState::Sending
            && from.is_some_and(|from| !has_relay(&carriers, &from)),
        rate: String::new(),
        tracking: campaign.tracking,
        schedule: scheduled(&page, &campaign),
        blocked: campaigns::paused_why(&app.db, id).await?,
        lists: pick(&campaign.lists),
        excluded: pick(&campaign.excluded_lists),
        page,
        numbers,
        campaign,
        zones: &TZ_VARIANTS,
    };
    Ok(render(&live)?.into_response())
}

/// Whether a relay that may send this campaign is switched on and does not rest.
fn has_relay(carriers: &Carriers, from: &Address) -> bool {
    carriers.may_send_from(from).iter().any(|relay| relay.pause.is_none())
}

/// The numbers as they change. When the state does, the page around them is another: `done` reloads it.
pub(crate) async fn events(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let campaign = find(&app, id).await?;
    let (was, tracking) = (campaign.state, campaign.tracking);
    let numbers = app.live.watch(&app.db, &app.shutdown, id);
    let events = WatchStream::new(numbers)
        .filter_map(async |numbers| numbers)
        // Until it starts there is nothing to count: the page says when and to how many.
        .filter(move |numbers| std::future::ready(numbers.state != was || was != CampaignState::Scheduled))
        .scan(false, move |is_done, numbers: Numbers| {
            let event = if *is_done {
                None
            } else if numbers.state == was && !was.is_over() {
                Some(fragment(&page, &numbers, tracking))
            } else {
                *is_done = true;
                Some(Ok(Event::default().event("done").data("")))
            };
            std::future::ready(event)
        })
        .filter_map(async |event| event.map(Ok).map_err(|fault| tracing::error!(?fault, "a live view")).ok())
        .take_until(app.shutdown.clone().cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

fn fragment(page: &Page, numbers: &Numbers, tracking: Tracking) -> Result<Event> {
    let html = Fragment { rate: rate_text(page, numbers), page, numbers, tracking }
        .render()
        .map_err(Error::internal)?;
    Ok(Event::default().data(html))
}
