//! Rules: which mail goes over which pool.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use sebar_domain::Stream;
use sebar_domain::id::{PoolId, RouteId};
use sebar_store::audit;
use sebar_store::routing::{self, RoutingError};
use serde::Deserialize;
use serde_json::{Value, json};

use super::list::show;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::{Faults, domain_in_ascii};
use crate::foundation::page::Page;
use crate::foundation::session::Session;

/// All as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TypedRule {
    /// Empty: any.
    pub(crate) stream: String,
    /// Empty: any.
    pub(crate) from_domain: String,
    pub(crate) pool: String,
}

pub(crate) async fn add(
    State(app): State<App>,
    page: Page,
    session: Session,
    Form(typed): Form<TypedRule>,
) -> Result<Response> {
    let mut faults = Faults::default();
    let stream = match typed.stream.as_str() {
        "" => None,
        word => {
            let stream = word.parse::<Stream>().ok();
            if stream.is_none() {
                faults.add("stream", &page.t("fault-choice"));
            }
            stream
        }
    };
    let domain = typed.from_domain.trim().trim_start_matches('@');
    let domain = if domain.is_empty() {
        None
    } else {
        let domain = domain_in_ascii(domain);
        if domain.is_none() {
            faults.add("from_domain", &page.t("pools-fault-domain"));
        }
        domain
    };
    let pool = typed.pool.parse().ok();
    let (Some(pool), true) = (pool, faults.is_empty()) else {
        if pool.is_none() {
            faults.add("pool", &page.t("fault-choice"));
        }
        return Ok(show(&app, page, typed, faults).await?.into_response());
    };
    let mut tx = app.db.begin().await?;
    let added = routing::add_route(&mut tx, stream, domain.as_deref(), pool).await;
    let (field, text) = match added {
        Ok(id) => {
            let details = details(stream, domain.as_deref(), pool);
            audit::record(&mut *tx, session.user.id, "route.created", &id.to_string(), details).await?;
            tx.commit().await?;
            let text = page.t("pools-rule-added");
            return Ok(session.redirect(&app, "/pools", "success", text).await?.into_response());
        }
        Err(RoutingError::RuleTaken) => ("stream", page.t("pools-fault-rule-taken")),
        Err(RoutingError::Gone) => ("pool", page.t("fault-choice")),
        Err(fault) => return Err(Error::internal(fault)),
    };
    drop(tx);
    faults.add(field, &text);
    Ok(show(&app, page, typed, faults).await?.into_response())
}

/// What the audit log says of a rule.
fn details(stream: Option<Stream>, from_domain: Option<&str>, pool: PoolId) -> Value {
    json!({ "stream": stream.map(Stream::as_str), "from_domain": from_domain, "pool": pool })
}

pub(crate) async fn delete(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<RouteId>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let routing = routing::all(&mut tx).await?;
    let rule = routing.routes.iter().find(|rule| rule.id == id);
    if let (Some(rule), true) = (rule, routing::delete_route(&mut tx, id).await?) {
        let details = details(rule.stream, rule.from_domain.as_deref(), rule.pool);
        audit::record(&mut *tx, session.user.id, "route.deleted", &id.to_string(), details).await?;
    }
    tx.commit().await?;
    let text = page.t("pools-rule-deleted");
    Ok(session.redirect(&app, "/pools", "success", text).await?.into_response())
}
