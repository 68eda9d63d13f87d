//! A campaign's report, and its recipients.
mod chart;
mod numbers;
mod recipients;
mod resend;

pub(crate) use numbers::{breakdown, page};
pub(crate) use recipients::{export, page as recipients};
pub(crate) use resend::{ask as ask_resend, resend, send_anew};

use sebar_domain::id::CampaignId;
use sebar_store::campaigns::{self, Campaign};

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};

/// A campaign that began; one that did not has no report.
async fn begun(app: &App, id: CampaignId) -> Result<Campaign> {
    campaigns::get(&app.db, id).await?.filter(|campaign| campaign.started_at.is_some()).ok_or(Error::NotFound)
}

/// A relay's answer in one line.
fn answer(code: Option<i16>, enhanced: Option<&str>, text: Option<&str>) -> String {
    let code = code.map(|code| code.to_string());
    [code.as_deref(), enhanced, text]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
