//! All pools, and all rules.

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use sebar_domain::id::{CampaignId, PoolId};
use sebar_domain::{Member, Pool, Route, Routing, Stream};
use sebar_store::relays::{self, Relay};
use sebar_store::routing;

use super::rank_text;
use super::rules::TypedRule;
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::Faults;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "pools/list.html")]
struct List {
    page: Page,
    pools: Vec<Shown>,
    routing: Routing,
    /// Where a relay is to be had before there can be a pool.
    has_relays: bool,
    typed: TypedRule,
    faults: Faults,
}

struct Shown {
    pool: Pool,
    /// Its relays, as they are now.
    members: Vec<(Member, Relay)>,
    campaigns: Vec<(CampaignId, String)>,
}

impl List {
    /// The rules, the most telling first.
    fn rules(&self) -> Vec<&Route> {
        let mut rules: Vec<&Route> = self.routing.routes.iter().collect();
        rules.sort_by_key(|rule| {
            (
                rule.from_domain.is_none(),
                rule.stream.is_none(),
                rule.from_domain.clone(),
                rule.stream.map(Stream::as_str),
            )
        });
        rules
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn rank_text(&self, rank: &u8) -> Text {
        rank_text(&self.page, *rank)
    }

    fn pool_name(&self, id: &PoolId) -> &str {
        self.routing.pool(*id).map_or("", |pool| pool.name.as_str())
    }

    fn stream(&self, stream: Option<&Stream>) -> Text {
        self.page
            .t(&stream
                .map_or_else(|| "pools-stream-any".to_owned(), |stream| format!("pools-stream-{stream}")))
    }
}

impl Shown {
    /// The rules that lead to it.
    fn rules(&self, routing: &Routing) -> usize {
        routing.routes.iter().filter(|rule| rule.pool == self.pool.id).count()
    }
}

pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Html<String>> {
    show(&app, page, TypedRule::default(), Faults::default()).await
}

/// The page, also with a rule that could not be added.
pub(super) async fn show(app: &App, page: Page, typed: TypedRule, faults: Faults) -> Result<Html<String>> {
    let mut db = app.db.acquire().await?;
    let routing = routing::all(&mut db).await?;
    let relays = relays::all(&mut *db).await?;
    let mut pools = Vec::new();
    for pool in &routing.pools {
        let relay = |member: &Member| relays.iter().find(|relay| relay.id == member.relay).cloned();
        let members = pool.members.iter().filter_map(|member| Some((*member, relay(member)?)));
        let (members, pool) = (members.collect(), pool.clone());
        let campaigns = routing::campaigns_of(&mut *db, pool.id).await?;
        pools.push(Shown { pool, members, campaigns });
    }
    drop(db);
    render(&List { page, pools, routing, has_relays: !relays.is_empty(), typed, faults })
}
