//! Adding, changing and deleting a pool.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Response};
use sebar_domain::id::{CampaignId, PoolId, RelayId};
use sebar_domain::{Member, Pool};
use sebar_store::audit;
use sebar_store::relays::{self, Relay};
use sebar_store::routing::{self, PoolSettings, RoutingError};
use serde_json::json;

use super::rank_text;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, check_line};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::confirm::Confirm;

/// Most ranks of a pool.
const RANKS: u8 = 9;

#[derive(Template)]
#[template(path = "pools/form.html")]
struct PoolForm {
    page: Page,
    /// The stored pool; `None` for a new one.
    pool: Option<PoolId>,
    relays: Vec<Relay>,
    typed: Typed,
    faults: Faults,
    /// Campaigns that still need it, which keep it from being deleted.
    campaigns: Vec<(CampaignId, String)>,
}

impl PoolForm {
    #[expect(clippy::unused_self, reason = "the template calls it")]
    fn ranks(&self) -> std::ops::RangeInclusive<u8> {
        1..=RANKS
    }

    fn delete_path(&self) -> String {
        self.pool.map(|id| format!("/pools/{id}/delete")).unwrap_or_default()
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn rank_text(&self, rank: &u8) -> Text {
        rank_text(&self.page, *rank)
    }
}

/// As typed: `name`, `by_weight`, and `rank.ID` and `weight.ID` of each relay.
#[derive(Default)]
struct Typed {
    name: String,
    by_weight: bool,
    members: Vec<(RelayId, String, String)>,
}

impl Typed {
    fn read(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => typed.name = value,
                "share" => typed.by_weight = value == "weight",
                _ => {
                    let Some((what, Ok(relay))) =
                        field.split_once('.').map(|(what, id)| (what, id.parse::<RelayId>()))
                    else {
                        continue;
                    };
                    let at = typed.members.iter().position(|(id, ..)| *id == relay).unwrap_or_else(|| {
                        typed.members.push((relay, String::new(), "1".to_owned()));
                        typed.members.len() - 1
                    });
                    match what {
                        "rank" => typed.members[at].1 = value,
                        "weight" => typed.members[at].2 = value,
                        _ => {}
                    }
                }
            }
        }
        typed
    }

    fn stored(pool: &Pool) -> Self {
        let member = |of: &Member| (of.relay, of.rank.to_string(), of.weight.to_string());
        Self {
            name: pool.name.clone(),
            by_weight: pool.by_weight,
            members: pool.members.iter().map(member).collect(),
        }
    }

    fn of(&self, relay: &Relay) -> Option<&(RelayId, String, String)> {
        self.members.iter().find(|(id, ..)| *id == relay.id)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn has_rank(&self, relay: &Relay, rank: &u8) -> bool {
        self.of(relay).is_some_and(|(_, typed, _)| *typed == rank.to_string())
    }

    fn weight(&self, relay: &Relay) -> &str {
        self.of(relay).map_or("1", |(.., weight)| weight.as_str())
    }

    fn parse(&self, page: &Page) -> Result<PoolSettings, Faults> {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "name", &self.name, 80);
        let mut members = Vec::new();
        for (relay, rank, weight) in &self.members {
            if rank.trim().is_empty() {
                continue;
            }
            let rank = rank.trim().parse().ok().filter(|rank| (1..=RANKS).contains(rank));
            let weight = weight.trim().parse().ok().filter(|weight| (1..=100).contains(weight));
            // Where weights do not count, none is asked for.
            let weight = if self.by_weight { weight } else { weight.or(Some(1)) };
            if rank.is_none() {
                faults.add(format!("rank.{relay}"), &page.t("fault-choice"));
            }
            if weight.is_none() {
                faults.add(format!("weight.{relay}"), &page.t("pools-fault-weight"));
            }
            if let (Some(rank), Some(weight)) = (rank, weight) {
                members.push(Member { relay: *relay, rank, weight });
            }
        }
        if members.is_empty() && faults.is_empty() {
            faults.add("members", &page.t("pools-fault-empty"));
        }
        if faults.is_empty() {
            Ok(PoolSettings { name: self.name.trim().to_owned(), by_weight: self.by_weight, members })
        } else {
            Err(faults)
        }
    }
}

async fn show(
    app: &App,
    page: Page,
    pool: Option<PoolId>,
    typed: Typed,
    faults: Faults,
) -> Result<Html<String>> {
    let relays = relays::all(&app.db).await?;
    let campaigns = match pool {
        Some(pool) => routing::campaigns_of(&app.db, pool).await?,
        None => Vec::new(),
    };
    render(&PoolForm { page, pool, relays, typed, faults, campaigns })
}

pub(crate) async fn new(State(app): State<App>, page: Page) -> Result<Html<String>> {
    show(&app, page, None, Typed::default(), Faults::default()).await
}

pub(crate) async fn edit(State(app): State<App>, page: Page, Path(id): Path<PoolId>) -> Result<Html<String>> {
    let routing = routing::all(&mut *app.db.acquire().await?).await?;
    let typed = Typed::stored(routing.pool(id).ok_or(Error::NotFound)?);
    show(&app, page, Some(id), typed, Faults::default()).await
}

pub(crate) async fn create(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response> {
    store(&app, page, &session, None, Typed::read(fields)).await
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<PoolId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response> {
    store(&app, page, &session, Some(id), Typed::read(fields)).await
}

async fn store(
    app: &App,
    page: Page,
    session: &Session,
    pool: Option<PoolId>,
    typed: Typed,
) -> Result<Response> {
    let settings = match typed.parse(&page) {
        Ok(settings) => settings,
        Err(faults) => return Ok(show(app, page, pool, typed, faults).await?.into_response()),
    };
    let mut tx = app.db.begin().await?;
    let stored = match pool {
        None => routing::create_pool(&mut tx, &settings).await,
        Some(id) => match routing::update_pool(&mut tx, id, &settings).await {
            Ok(true) => Ok(id),
            Ok(false) => return Err(Error::NotFound),
            Err(fault) => Err(fault),
        },
    };
    let (field, text) = match stored {
        Ok(id) => {
            let action = if pool.is_none() { "pool.created" } else { "pool.changed" };
            let details = json!({ "name": settings.name });
            audit::record(&mut *tx, session.user.id, action, &id.to_string(), details).await?;
            tx.commit().await?;
            let text = page.t("pools-saved").with("name", &settings.name);
            return Ok(session.redirect(app, "/pools", "success", text).await?.into_response());
        }
        Err(RoutingError::NameTaken) => ("name", page.t("pools-fault-name-taken")),
        Err(RoutingError::Gone) => ("members", page.t("pools-fault-relay-gone")),
        Err(fault) => return Err(Error::internal(fault)),
    };
    drop(tx);
    let mut faults = Faults::default();
    faults.add(field, &text);
    Ok(show(app, page, pool, typed, faults).await?.into_response())
}

pub(crate) async fn ask_delete(
    State(app): State<App>,
    page: Page,
    Path(id): Path<PoolId>,
) -> Result<Html<String>> {
    let routing = routing::all(&mut *app.db.acquire().await?).await?;
    let pool = routing.pool(id).ok_or(Error::NotFound)?;
    Confirm {
        title: page.t("pools-delete-title").with("name", &pool.name),
        text: page.t("pools-delete-text"),
        action: format!("/pools/{id}/delete"),
        button: page.t("pools-delete"),
        is_danger: true,
        back: format!("/pools/{id}"),
        page,
    }
    .show()
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<PoolId>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let routing = routing::all(&mut tx).await?;
    let pool = routing.pool(id).ok_or(Error::NotFound)?;
    let deleted = routing::delete_pool(&mut tx, id).await?;
    if deleted {
        let details = json!({ "name": pool.name });
        audit::record(&mut *tx, session.user.id, "pool.deleted", &id.to_string(), details).await?;
    }
    tx.commit().await?;
    // The form names the campaigns that still need it.
    let (to, kind, key) = if deleted {
        ("/pools".to_owned(), "success", "pools-deleted")
    } else {
        (format!("/pools/{id}"), "error", "pools-needed")
    };
    let text = page.t(key);
    Ok(session.redirect(&app, &to, kind, text).await?.into_response())
}
