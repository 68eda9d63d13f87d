//! Lists: named sets of contacts.

mod members;
mod write;

pub(super) use members::{__path_add_members, __path_remove_members, add_members, remove_members};
pub(super) use write::{__path_change, __path_create, __path_remove, change, create, remove};

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use sebar_domain::id::ListId;
use sebar_store::lists::{self, List};
use serde::Serialize;
use utoipa::ToSchema;

use super::answers::{OfOne, Usual};
use super::error::{Refusal, Result};
use super::shapes::Page;
use crate::foundation::app::App;

/// A list of contacts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = List)]
pub(crate) struct Shown {
    /// Always `list`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ListId,
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// How many contacts are in it.
    contacts: i64,
    /// When it was made.
    created_at: DateTime<Utc>,
}

impl From<List> for Shown {
    fn from(list: List) -> Self {
        Self {
            object: "list",
            id: list.id,
            name: list.name,
            description: list.description,
            contacts: list.members,
            created_at: list.created_at,
        }
    }
}

/// The list of this id.
async fn find(app: &App, text: &str) -> Result<List> {
    let found = match text.parse() {
        Ok(id) => lists::get(&app.db, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Refusal::not_found("list"))
}

/// List lists
///
/// All of them, by name.
#[utoipa::path(
    get, path = "/lists", tag = "Lists", operation_id = "listLists",
    responses((status = 200, description = "The lists.", body = Page<Shown>), Usual),
)]
pub(crate) async fn all(State(app): State<App>) -> Result<Json<Page<Shown>>> {
    let all = lists::all(&app.db).await?;
    Ok(Json(Page::all(all)))
}

/// Retrieve a list
#[utoipa::path(
    get, path = "/lists/{id}", tag = "Lists", operation_id = "getList",
    params(("id" = String, Path, description = "The list's id.")),
    responses((status = 200, description = "The list.", body = Shown), Usual, OfOne),
)]
pub(crate) async fn show(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Shown>> {
    Ok(Json(find(&app, &id).await?.into()))
}
