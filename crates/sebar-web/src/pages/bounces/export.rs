//! What is filtered, as a CSV file.

use axum::extract::{Query, State};
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use sebar_store::audit;
use sebar_store::returned::{self, Bounce, Filter, Position};
use serde_json::json;

use super::list::Asked;
use crate::foundation::app::App;
use crate::foundation::csv;
use crate::foundation::error::Result;
use crate::foundation::page::Page;
use crate::foundation::session::Session;

/// Bounces fetched at once.
const ROWS: i64 = 2000;
/// Not translated: programs read it.
const HEADS: [&str; 12] = [
    "at",
    "address",
    "kind",
    "reason",
    "enhanced_code",
    "reply_code",
    "reply",
    "campaign",
    "message_id",
    "matched_by",
    "road",
    "source",
];

pub(crate) async fn download(
    State(app): State<App>,
    page: Page,
    session: Session,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let filter = asked.filter(&page);
    audit::record(&app.db, session.user.id, "bounces.exported", "bounces", json!({})).await?;
    let name = format!("bounces-{}.csv", page.now().with_timezone(&page.zone()).format("%Y-%m-%d"));
    let begin = Some(Part { app, filter, position: Position::Start });
    let body = stream::try_unfold(begin, |part| async move {
        let Some(part) = part else { return Ok(None) };
        part.next().await
    });
    Ok(csv::download(&name, csv::rows([HEADS])?, body))
}

/// Where the export stands. No connection is held between two parts.
struct Part {
    app: App,
    filter: Filter,
    position: Position<sebar_domain::id::BounceId>,
}

impl Part {
    async fn next(mut self) -> Result<Option<(Bytes, Option<Self>)>> {
        let bounces = returned::listing(&self.app.db, &self.filter, self.position, ROWS).await?;
        let Some(last) = bounces.last() else { return Ok(None) };
        self.position = Position::After(last.id);
        Ok(Some((csv::rows(bounces.iter().map(cells))?, Some(self))))
    }
}

fn cells(bounce: &Bounce) -> [String; 12] {
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        bounce.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        bounce.address.clone(),
        bounce.kind.to_string(),
        bounce.reason.to_string(),
        text(bounce.enhanced_code.clone()),
        text(bounce.reply_code.map(|code| code.to_string())),
        bounce.reply.clone(),
        text(bounce.campaign_name.clone()),
        text(bounce.message.map(|id| id.to_string())),
        text(bounce.matched_by.map(|by| by.to_string())),
        bounce.road.to_string(),
        bounce.source.clone(),
    ]
}
