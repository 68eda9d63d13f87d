//! All campaigns.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use sebar_domain::CampaignState;
use sebar_store::campaigns::{self, Filter, Listed, Position};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};

/// Campaigns on a page.
const PAGE: usize = 25;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    state: String,
    after: String,
    before: String,
}

/// A filter by state.
struct Chip {
    text: String,
    href: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "campaigns/list.html")]
struct List {
    page: Page,
    asked: Asked,
    campaigns: Vec<Listed>,
    chips: Vec<Chip>,
    is_empty: bool,
    total: i64,
    previous: String,
    next: String,
}

fn link(asked: &Asked, extra: Option<(&str, String)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if !asked.q.is_empty() {
        query.append_pair("q", &asked.q);
    }
    if !asked.state.is_empty() {
        query.append_pair("state", &asked.state);
    }
    if let Some((name, value)) = extra {
        query.append_pair(name, &value);
    }
    format!("/campaigns?{}", query.finish())
}

pub(crate) async fn page(State(app): State<App>, page: Page, Query(asked): Query<Asked>) -> Result<Response> {
    let state = asked.state.parse::<CampaignState>().ok();
    let filter = Filter { search: asked.q.clone(), state };
    let from = match (asked.after.parse(), asked.before.parse()) {
        (Ok(id), _) => Position::After(id),
        (_, Ok(id)) => Position::Before(id),
        _ => Position::Start,
    };
    let limit = i64::try_from(PAGE + 1).map_err(Error::internal)?;
    let mut found = campaigns::list(&app.db, &filter, from, limit).await?;
    let is_more = found.len() > PAGE;
    if is_more {
        // The one too many is at the far end: the first where we came backwards.
        if matches!(from, Position::Before(_)) { drop(found.remove(0)) } else { found.truncate(PAGE) }
    }
    let has_previous = match from {
        Position::Start => false,
        Position::After(_) => true,
        Position::Before(_) => is_more,
    };
    let has_next = match from {
        Position::Before(_) => true,
        _ => is_more,
    };
    let edge = |id: Option<&Listed>, name: &'static str, is_there: bool| match id {
        Some(campaign) if is_there => link(&asked, Some((name, campaign.id.to_string()))),
        _ => String::new(),
    };
    let previous = edge(found.first(), "before", has_previous);
    let next = edge(found.last(), "after", has_next);

    let counts = campaigns::state_counts(&app.db).await?;
    let of = |state: CampaignState| counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, n)| *n);
    let all: i64 = counts.iter().map(|(_, n)| n).sum();
    let total = state.map_or(all, of);
    let mut chips = vec![Chip {
        text: page.t("campaigns-all").to_string(),
        href: link(&Asked { q: asked.q.clone(), ..Asked::default() }, None),
        on: state.is_none(),
    }];
    chips.extend(
        CampaignState::ALL.iter().filter(|state| of(**state) > 0 || asked.state == state.as_str()).map(
            |one| Chip {
                text: format!("{} {}", page.t(&format!("layout-state-{one}")), page.num(of(*one))),
                href: link(
                    &Asked { q: asked.q.clone(), state: one.as_str().into(), ..Asked::default() },
                    None,
                ),
                on: state == Some(*one),
            },
        ),
    );
    let list = List { page, asked, campaigns: found, chips, is_empty: all == 0, total, previous, next };
    Ok(render(&list)?.into_response())
}
