use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_store::audit;
use sebar_store::templates::{self, Draft, Saved, Template};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{Shown, find, shown};
use crate::api::access::Caller;
use crate::api::answers::{OfOne, OfState, Usual};
use crate::api::error::{Cause, Faults, Refusal, Result};
use crate::api::query::{Parameters, limit, parameter};
use crate::api::shapes::Page;
use crate::foundation::app::App;

/// Which are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// How many at most: 1 to 100; 20 if left out.
    limit: Option<String>,
    /// The number of the last one of the page before.
    after: Option<String>,
}

/// A version without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVersionSummary)]
pub(crate) struct Summary {
    /// Always `template_version`.
    object: &'static str,
    /// 1, 2, 3 …
    version: i32,
    /// Its subject.
    subject: String,
    /// Which user saved it; `null`: a program, or one who is gone.
    saved_by: Option<String>,
    /// When.
    created_at: DateTime<Utc>,
    /// How many campaigns began with it.
    campaigns: i64,
}

impl From<templates::Version> for Summary {
    fn from(version: templates::Version) -> Self {
        Self {
            object: "template_version",
            version: version.n,
            subject: version.subject,
            saved_by: version.saved_by,
            created_at: version.created_at,
            campaigns: version.campaigns,
        }
    }
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateVersion)]
pub(crate) struct Version {
    /// Always `template_version`.
    object: &'static str,
    /// Its number.
    version: i32,
    /// The subject.
    subject: String,
    /// What mail programs show after the subject.
    preheader: String,
    /// The HTML body.
    html: String,
    /// The plain-text body; `null`: made from the HTML.
    text: Option<String>,
}

/// List a template's versions
///
/// The newest first.
#[utoipa::path(
    get, path = "/templates/{id}/versions", tag = "Templates", operation_id = "listTemplateVersions",
    params(("id" = String, Path, description = "The template's id."), Wanted),
    responses((status = 200, description = "A page of versions.", body = Page<Summary>), Usual, OfOne),
)]
pub(crate) async fn versions(
    State(app): State<App>,
    Path(id): Path<String>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Page<Summary>>> {
    let template = find(&app, &id).await?;
    let mut faults = Faults::default();
    let limit = limit(&mut faults, wanted.limit.as_deref());
    let before = parameter(&mut faults, "after", wanted.after.as_deref(), "is no number of a version.");
    if !faults.is_empty() {
        return Err(faults.refusal());
    }
    let found = templates::versions(&app.db, template.id, before.unwrap_or(i32::MAX), limit + 1).await?;
    Ok(Json(Page::cut(found, limit)))
}

/// What a version says, and its number.
async fn read(app: &App, template: &Template, n: &str) -> Result<(i32, Draft)> {
    let not_found = || Refusal::not_found("version");
    let n = n.parse().map_err(|_| not_found())?;
    let id = templates::version(&app.db, template.id, n).await?.ok_or_else(not_found)?;
    Ok((n, templates::content(&app.db, id).await?.ok_or_else(not_found)?))
}

/// Retrieve a version of a template
#[utoipa::path(
    get, path = "/templates/{id}/versions/{version}", tag = "Templates", operation_id = "getTemplateVersion",
    params(
        ("id" = String, Path, description = "The template's id."),
        ("version" = String, Path, description = "The version's number."),
    ),
    responses((status = 200, description = "The version.", body = Version), Usual, OfOne),
)]
pub(crate) async fn version(
    State(app): State<App>,
    Path((id, n)): Path<(String, String)>,
) -> Result<Json<Version>> {
    let template = find(&app, &id).await?;
    let (n, draft) = read(&app, &template, &n).await?;
    Ok(Json(Version {
        object: "template_version",
        version: n,
        subject: draft.subject,
        preheader: draft.preheader,
        html: draft.html,
        text: draft.text,
    }))
}

/// Restore a version of a template
///
/// As its newest version.
#[utoipa::path(
    post, path = "/templates/{id}/versions/{version}/restore", tag = "Templates",
    operation_id = "restoreTemplateVersion",
    params(
        ("id" = String, Path, description = "The template's id."),
        ("version" = String, Path, description = "The version's number."),
    ),
    responses((status = 200, description = "The template.", body = Shown), Usual, OfOne, OfState),
)]
pub(crate) async fn restore(
    State(app): State<App>,
    caller: Caller,
    Path((id, n)): Path<(String, String)>,
) -> Result<Json<Shown>> {
    let template = find(&app, &id).await?;
    let (n, draft) = read(&app, &template, &n).await?;
    let mut tx = app.db.begin().await?;
    match templates::save(&mut tx, template.id, template.version, &draft, None).await? {
        None => return Err(Refusal::not_found("template")),
        Some(Saved::Conflict(newest)) => {
            let message =
                format!("Version {newest} was saved meanwhile. Look at it, then repeat the request.");
            return Err(Refusal::new(Cause::ChangedMeanwhile, message));
        }
        Some(Saved::New(_, new)) => {
            let details = json!({ "version": new, "of": n });
            audit::record(&mut *tx, caller.key, "template.restored", &template.id.to_string(), details)
                .await?;
        }
        Some(Saved::Unchanged) => {}
    }
    tx.commit().await?;
    Ok(Json(shown(&app, &id).await?))
}
