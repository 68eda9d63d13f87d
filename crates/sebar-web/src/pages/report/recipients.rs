//! A campaign's recipients, one by one: as a page and as a file.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Html, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use futures::stream;
use sebar_domain::id::CampaignId;
use sebar_domain::{MessageState, Tracking};
use sebar_store::audit;
use sebar_store::campaigns::{self, Campaign, Counts};
use sebar_store::report::{self, Recipient, Which};
use serde::Deserialize;
use serde_json::json;

use super::resend::{Offer, offer};
use super::{answer, begun};
use crate::foundation::app::App;
use crate::foundation::csv;
use crate::foundation::error::Result;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::archive::reason;

/// Recipients on a page.
const PAGE: u16 = 50;
/// Rows of the file that are fetched at once: what is held in memory of a file of any size.
const ROWS: i64 = 2000;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    show: String,
    after: String,
}

impl Asked {
    fn link(&self, path: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("show", &self.show), ("after", &self.after)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{path}?{}", query.finish())
    }
}

struct Chip {
    text: String,
    href: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "report/recipients.html")]
struct List {
    page: Page,
    campaign: Campaign,
    asked: Asked,
    chips: Vec<Chip>,
    resend: Option<Offer>,
    found: Vec<Recipient>,
    export: String,
    first: String,
    next: String,
}

impl List {
    fn why(&self, recipient: &Recipient) -> String {
        recipient.reason.as_deref().map(|word| reason(&self.page, word).to_string()).unwrap_or_default()
    }

    fn answer(one: &Recipient) -> String {
        answer(one.reply_code, one.enhanced_code.as_deref(), one.reply.as_deref())
    }
}

fn chips(page: &Page, campaign: &Campaign, counts: &Counts, asked: &Asked, path: &str) -> Vec<Chip> {
    use MessageState::{Cancelled, Failed, InDoubt, Queued, Sent, Suppressed};
    let which = Which::from_word(&asked.show);
    let queued = if campaign.state.is_over() { 0 } else { counts.planned - counts.done() };
    let by_person = campaign.tracking == Tracking::Individual;
    let all = [
        (Which::All, "report-all", counts.planned, true),
        (Which::State(Sent), "layout-state-sent", counts.sent, true),
        (Which::Opened, "report-opened", counts.opened, by_person),
        (Which::Clicked, "report-clicked", counts.clicked, by_person),
        (Which::State(Failed), "layout-state-failed", counts.failed, true),
        (Which::State(Queued), "layout-state-queued", queued, queued > 0),
        (Which::State(InDoubt), "layout-state-in-doubt", counts.in_doubt, counts.in_doubt > 0),
        (Which::State(Suppressed), "layout-state-suppressed", counts.suppressed, counts.suppressed > 0),
        (Which::State(Cancelled), "layout-state-cancelled", counts.cancelled, counts.cancelled > 0),
        (Which::Unsubscribed, "report-unsubscribed", counts.unsubscribed, counts.unsubscribed > 0),
    ];
    all.into_iter()
        .filter(|(one, _, _, is_shown)| *is_shown || *one == which)
        .map(|(one, key, n, _)| Chip {
            text: format!("{} {}", page.t(key), page.num(n)),
            href: Asked { show: one.as_str().to_owned(), after: String::new(), q: asked.q.clone() }
                .link(path),
            on: one == which,
        })
        .collect()
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Path(id): Path<CampaignId>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>> {
    let campaign = begun(&app, id).await?;
    let counts = campaigns::counts(&app.db, id).await?;
    let which = Which::from_word(&asked.show);
    let mut found = report::recipients(
        &app.db,
        &campaign,
        which,
        &asked.q,
        asked.after.parse().ok(),
        i64::from(PAGE) + 1,
    )
    .await?;
    let is_more = found.len() > usize::from(PAGE);
    found.truncate(PAGE.into());
    let path = format!("/campaigns/{id}/recipients");
    let start = Asked { after: String::new(), ..asked.clone() };
    let next = found
        .last()
        .filter(|_| is_more)
        .map(|last| Asked { after: last.id.to_string(), ..start.clone() }.link(&path))
        .unwrap_or_default();
    let first = if asked.after.is_empty() { String::new() } else { start.link(&path) };
    let export = start.link(&format!("{path}.csv"));
    let chips = chips(&page, &campaign, &counts, &asked, &path);
    let resend = match which {
        Which::State(state) if page.can_edit() => offer(&page, &campaign, &counts, state),
        _ => None,
    };
    render(&List { page, campaign, asked, chips, resend, found, export, first, next })
}

const HEADS: [&str; 11] = [
    "address",
    "name",
    "state",
    "reason",
    "finished",
    "code",
    "status",
    "answer",
    "opened",
    "clicked",
    "unsubscribed",
];

/// The same recipients as the page shows, all of them.
pub(crate) async fn export(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
    Query(asked): Query<Asked>,
) -> Result<Response> {
    let campaign = begun(&app, id).await?;
    let details = json!({ "search": asked.q, "show": asked.show });
    audit::record(&app.db, session.user.id, "recipients.exported", &id.to_string(), details).await?;
    let heads = HEADS.map(|head| page.t(&format!("report-csv-{head}")).to_string());
    let which = Which::from_word(&asked.show);
    let name = format!("{}.csv", campaign.name);
    // No connection is held between two pieces: a slow reader blocks nobody.
    let begin = (app, page, campaign, asked.q, None);
    let rest = stream::try_unfold(begin, move |(app, page, campaign, prefix, after)| async move {
        let found = report::recipients(&app.db, &campaign, which, &prefix, after, ROWS).await?;
        let Some(last) = found.last() else { return Ok(None) };
        let after = Some(last.id);
        let rows = csv::rows(found.iter().map(|one| cells(&page, one)))?;
        Ok(Some((rows, (app, page, campaign, prefix, after))))
    });
    Ok(csv::download(&name, csv::rows([heads])?, rest))
}

fn cells(page: &Page, one: &Recipient) -> [String; 11] {
    let time = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.with_timezone(&page.zone()).to_rfc3339_opts(SecondsFormat::Secs, true))
            .unwrap_or_default()
    };
    [
        one.recipient.clone(),
        one.name.clone(),
        page.t(&format!("layout-state-{}", one.state.as_str().replace('_', "-"))).to_string(),
        one.reason.as_deref().map(|word| reason(page, word).to_string()).unwrap_or_default(),
        time(one.finished_at),
        one.reply_code.map(|code| code.to_string()).unwrap_or_default(),
        one.enhanced_code.clone().unwrap_or_default(),
        one.reply.clone().unwrap_or_default(),
        time(one.opened_at),
        time(one.clicked_at),
        time(one.unsubscribed_at),
    ]
}
