use axum::Json;
use axum::extract::{Path, State};
use sebar_domain::id::CampaignId;
use sebar_domain::{BounceKind, BounceReason};
use sebar_store::{campaigns, report, returned};
use serde::Serialize;
use utoipa::ToSchema;

use super::{find, id};
use crate::api::answers::{OfOne, Usual};
use crate::api::error::Result;
use crate::foundation::app::App;

/// What a campaign came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignStatistics)]
pub(crate) struct Statistics {
    /// Always `campaign_statistics`.
    object: &'static str,
    /// The campaign's id.
    #[schema(value_type = uuid::Uuid)]
    id: CampaignId,
    /// Messages made, in whatever state.
    planned: i64,
    /// Taken by a relay.
    sent: i64,
    /// Given up.
    failed: i64,
    /// Held back because the address was suppressed or unsubscribed meanwhile.
    suppressed: i64,
    /// Held back because the campaign was cancelled.
    cancelled: i64,
    /// Perhaps sent: nobody can know.
    in_doubt: i64,
    /// People who opened; 0 where only counts are kept.
    opened: i64,
    /// People who clicked; 0 where only counts are kept.
    clicked: i64,
    /// Opens, however often.
    opens: i64,
    /// Clicks, however often.
    clicks: i64,
    /// People who unsubscribed by it.
    unsubscribed: i64,
    /// Messages that came back.
    bounced: i64,
    /// People who called it spam.
    complained: i64,
    /// What came back, by kind.
    bounces_by_kind: Vec<OfKind>,
    /// What came back, by reason.
    bounces_by_reason: Vec<OfReason>,
    /// Its tracked links, the most followed first.
    links: Vec<Link>,
}

/// Bounces of a kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BouncesOfKind)]
pub(crate) struct OfKind {
    /// The kind.
    #[schema(value_type = String)]
    kind: BounceKind,
    /// Messages.
    messages: i64,
}

/// Bounces for a reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BouncesOfReason)]
pub(crate) struct OfReason {
    /// The reason.
    #[schema(value_type = String)]
    reason: BounceReason,
    /// Messages.
    messages: i64,
}

/// A link and who followed it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkStatistics)]
pub(crate) struct Link {
    /// Where it leads, as it is written.
    url: String,
    /// How often it was followed.
    clicks: i64,
    /// By how many people; 0 where only counts are kept.
    people: i64,
}

/// Retrieve a campaign's statistics
///
/// As they stand now.
#[utoipa::path(
    get, path = "/campaigns/{id}/statistics", tag = "Campaigns", operation_id = "getCampaignStatistics",
    params(("id" = String, Path, description = "The campaign's id.")),
    responses((status = 200, description = "What it came to.", body = Statistics), Usual, OfOne),
)]
pub(crate) async fn statistics(State(app): State<App>, Path(text): Path<String>) -> Result<Json<Statistics>> {
    let campaign = find(&app, id(&text)?).await?;
    let n = campaigns::counts(&app.db, campaign.id).await?;
    let by_kind = returned::by_kind(&app.db, campaign.id).await?;
    let by_reason = returned::by_reason(&app.db, campaign.id).await?;
    let links = match campaign.content {
        Some(content) => report::links(&app.db, content).await?,
        None => Vec::new(),
    };
    Ok(Json(Statistics {
        object: "campaign_statistics",
        id: campaign.id,
        planned: n.planned,
        sent: n.sent,
        failed: n.failed,
        suppressed: n.suppressed,
        cancelled: n.cancelled,
        in_doubt: n.in_doubt,
        opened: n.opened,
        clicked: n.clicked,
        opens: n.opens,
        clicks: n.clicks,
        unsubscribed: n.unsubscribed,
        bounced: n.bounced,
        complained: n.complained,
        bounces_by_kind: by_kind
            .into_iter()
            .map(|line| OfKind { kind: line.what, messages: line.n })
            .collect(),
        bounces_by_reason: by_reason
            .into_iter()
            .map(|line| OfReason { reason: line.what, messages: line.n })
            .collect(),
        links: links
            .into_iter()
            .map(|link| Link { url: link.url, clicks: link.clicks, people: link.people })
            .collect(),
    }))
}
