//! Sending anew, by one button, what a campaign did not get through, or perhaps not.

use axum::extract::{Path, Query, State};
use axum::response::{Html, Redirect};
use chrono::Utc;
use sebar_domain::id::CampaignId;
use sebar_domain::{MessageState, WrongState};
use sebar_store::actor::Actor;
use sebar_store::audit;
use sebar_store::campaigns::{self, Campaign, Counts};
use serde::Deserialize;
use serde_json::json;

use super::begun;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::page::Page;
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;

/// Messages in one transaction.
const CHUNK: i64 = 2000;

#[derive(Deserialize)]
pub(crate) struct Asked {
    /// `failed` or `in_doubt`.
    show: String,
}

/// What can be sent anew, as the page says it.
pub(super) struct Offer {
    pub(super) word: &'static str,
    pub(super) button: Text,
    pub(super) title: Text,
    pub(super) text: Text,
}

/// The offer for the messages that stand in `state`, if there are any and the campaign allows it.
pub(super) fn offer(page: &Page, campaign: &Campaign, counts: &Counts, state: MessageState) -> Option<Offer> {
    let (n, key) = match state {
        MessageState::Failed => (counts.failed, "failed"),
        MessageState::InDoubt => (counts.in_doubt, "in-doubt"),
        _ => return None,
    };
    (n > 0 && campaign.state.resend().is_ok()).then(|| Offer {
        word: state.as_str(),
        button: page.t(&format!("report-resend-{key}")).with("n", n),
        title: page.t(&format!("report-resend-{key}-title")).with("n", n),
        text: page.t(&format!("report-resend-{key}-text")),
    })
}

fn path(id: CampaignId) -> String {
    format!("/campaigns/{id}/recipients")
}

fn state(asked: &Asked) -> Result<MessageState> {
    match asked.show.parse() {
        Ok(state @ (MessageState::Failed | MessageState::InDoubt)) => Ok(state),
        _ => Err(Error::NotFound),
    }
}

/// Asks, for readers without script.
pub(crate) async fn ask(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let campaign = begun(&app, id).await?;
    let counts = campaigns::counts(&app.db, id).await?;
    let offer = offer(&page, &campaign, &counts, state(&asked)?).ok_or(Error::NotFound)?;
    Confirm {
        title: offer.title,
        text: offer.text,
        action: format!("/campaigns/{id}/resend/{}", offer.word),
        button: offer.button,
        is_danger: false,
        back: path(id),
        page,
    }
    .show()
}

/// Sends anew what stands in `state`, chunk by chunk: what fails again meanwhile is not sent a third time.
/// How many messages that were.
pub(crate) async fn send_anew(
    app: &App,
    id: CampaignId,
    state: MessageState,
    by: impl Into<Actor>,
) -> Result<Result<i64, WrongState>> {
    let by = by.into();
    let began = Utc::now();
    let mut resent = 0;
    loop {
        let mut tx = app.db.begin().await?;
        let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
        if let Err(wrong) = campaign.state.resend() {
            return Ok(Err(wrong));
        }
        let n = campaigns::resend(&mut tx, id, state.as_str(), began, CHUNK).await?;
        if resent == 0 && n > 0 {
            let details = json!({ "state": state });
            audit::record(&mut *tx, by, "campaign.resent", &id.to_string(), details).await?;
        }
        tx.commit().await?;
        resent += n;
        if n < CHUNK {
            return Ok(Ok(resent));
        }
    }
}

/// Does it.
pub(crate) async fn resend(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path((id, show)): Path<(CampaignId, String)>,
) -> Result<Redirect> {
    let state = state(&Asked { show })?;
    match send_anew(&app, id, state, session.user.id).await? {
        Ok(resent) => {
            let text = page.t("report-resent").with("n", resent);
            session.redirect(&app, &format!("/campaigns/{id}"), "success", text).await
        }
        Err(wrong) => {
            let text = crate::pages::campaigns::wrong_state(&page, wrong);
            session.redirect(&app, &path(id), "error", text).await
        }
    }
}
