//! Lists: named sets of contacts.
pub(crate) mod edit;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Html;
use sebar_domain::id::ListId;
use sebar_store::lists::{self, List};

use super::contacts::{Browse, Find, Listing};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "lists/all.html")]
struct All {
    page: Page,
    lists: Vec<List>,
}

pub(crate) async fn all(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let lists = lists::all(&app.db).await?;
    render(&All { page, lists })
}

#[derive(Template)]
#[template(path = "lists/show.html")]
struct Show {
    page: Page,
    list: List,
    listing: Listing,
}

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    Path(id): Path<ListId>,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let list = lists::get(&app.db, id).await?.ok_or(Error::NotFound)?;
    let listing = Browse::of_list(id, &find).load(&app).await?;
    render(&Show { page, list, listing })
}
