//! Pause, resume, cancel, take a schedule back. Each takes effect within two seconds: the state is in
//! the row, and the senders are told.

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use sebar_domain::id::CampaignId;
use sebar_domain::{CampaignState, WrongState};

use super::launch::transition;
use super::{find, path, wrong_state};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::page::Page;
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;

async fn change(
    app: &App,
    page: &Page,
    session: &Session,
    id: CampaignId,
    to: impl FnOnce(CampaignState) -> Result<CampaignState, WrongState>,
) -> Result<Redirect> {
    let key = match transition(app, id, to, session.user.id).await? {
        Ok(CampaignState::Paused) => "campaigns-paused",
        Ok(CampaignState::Cancelled) => "campaigns-cancelled",
        Ok(CampaignState::Draft) => "campaigns-unscheduled",
        Ok(_) => "campaigns-resumed",
        Err(wrong) => return session.redirect(app, &path(id), "error", wrong_state(page, wrong)).await,
    };
    session.redirect(app, &path(id), "success", page.t(key)).await
}

pub(crate) async fn pause(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Redirect> {
    change(&app, &page, &session, id, CampaignState::pause).await
}

pub(crate) async fn resume(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Redirect> {
    change(&app, &page, &session, id, CampaignState::resume).await
}

pub(crate) async fn unschedule(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Redirect> {
    change(&app, &page, &session, id, CampaignState::unschedule).await
}

pub(crate) async fn cancel(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
) -> Result<Redirect> {
    change(&app, &page, &session, id, CampaignState::cancel).await
}

pub(crate) async fn ask_cancel(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
) -> Result<Html<String>> {
    let campaign = find(&app, id).await?;
    Confirm {
        title: page.t("campaigns-cancel-title").with("name", &campaign.name),
        text: page.t("campaigns-cancel-text"),
        action: format!("/campaigns/{id}/cancel"),
        button: page.t("campaigns-cancel"),
        is_danger: true,
        back: path(id),
        page,
    }
    .show()
}
