//! Campaigns: the list, the wizard (audience, content, review), the start, the live view.
mod audience;
mod carriers;
mod content;
mod control;
mod duration;
mod launch;
mod list;
mod live;
mod manage;
mod numbers;
mod pace;
mod preflight;
mod review;
mod start;
mod template;
mod test_send;

pub(crate) use audience::{count as count_audience, page as audience, save as save_audience};
pub(crate) use content::{page as content, save as save_content};
pub(crate) use control::{ask_cancel, cancel, pause, resume, unschedule};
pub(crate) use launch::{Launched, When, launch, transition};
pub(crate) use list::page as list;
pub(crate) use live::{events, page as show};
pub(crate) use manage::{ask_delete, create, delete, duplicate, new, rename};
pub(crate) use numbers::Live;
pub(crate) use pace::{PER_HOUR, page as pace, save as save_pace};
pub(crate) use preflight::Check;
pub(crate) use review::{page as review, preview};
pub(crate) use start::{ask_start, schedule, start};
pub(crate) use template::{choose as choose_template, page as template};
pub(crate) use test_send::{MOST as MOST_TESTS, queue_test, send as send_test};

use axum::http::HeaderMap;
use sebar_domain::id::CampaignId;
use sebar_domain::{CampaignState, WrongState};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::templates::Draft;
use serde::Serialize;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::page::Page;

/// The longest name, in characters.
pub(crate) const LONGEST_NAME: usize = 120;

async fn find(app: &App, id: CampaignId) -> Result<Campaign> {
    campaigns::get(&app.db, id).await?.ok_or(Error::NotFound)
}

fn path(id: CampaignId) -> String {
    format!("/campaigns/{id}")
}

/// Where the wizard goes on: the first step that is not done.
fn next_step(campaign: &Campaign) -> String {
    let step = if campaign.lists.is_empty() {
        "audience"
    } else if campaign.html.trim().is_empty() && campaign.text.is_none() {
        "content"
    } else {
        "review"
    };
    format!("/campaigns/{}/{step}", campaign.id)
}

/// The mail as it stands.
pub(crate) fn draft_of(campaign: &Campaign) -> Draft {
    Draft {
        subject: campaign.subject.clone(),
        preheader: campaign.preheader.clone(),
        html: campaign.html.clone(),
        text: campaign.text.clone(),
    }
}

/// Says why something cannot be done (any more), naming the state that it would need another of.
pub(crate) fn wrong_state(page: &Page, wrong: WrongState) -> Text {
    let state = state_word(page, wrong.from);
    page.t(&format!("campaigns-wrong-{}", wrong.wanted)).with("state", state)
}

fn state_word(page: &Page, state: CampaignState) -> Text {
    page.t(&format!("campaigns-state-{state}"))
}

/// Whether a script saves in the background: it wants no page.
fn is_autosave(headers: &HeaderMap) -> bool {
    headers.contains_key("x-autosave")
}

/// A short digest of what is stored, carried through the form: if it differs when the form comes
/// back, somebody else saved meanwhile.
fn seal(stored: &impl Serialize) -> Result<String> {
    let json = serde_json::to_vec(stored).map_err(Error::internal)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &json);
    let short = digest.as_ref().first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    Ok(format!("{short:016x}"))
}
