//! Imports of contacts from CSV files.
pub(crate) mod mapping;
pub(crate) mod new;
pub(crate) mod rejects;
pub(crate) mod show;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use sebar_domain::id::ImportId;
use sebar_store::imports::{self, Import};
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::page::{Page, render};

const PAGE_SIZE: i64 = 30;

#[derive(Deserialize)]
pub(crate) struct Find {
    before: Option<ImportId>,
}

#[derive(Template)]
#[template(path = "imports/list.html")]
struct List {
    page: Page,
    imports: Vec<Import>,
    first: String,
    next: String,
}

pub(crate) async fn list(
    State(app): State<App>,
    page: Page,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let mut imports = imports::list(&app.db, find.before, PAGE_SIZE + 1).await?;
    let mut next = String::new();
    if imports.len() > 30 {
        imports.truncate(30);
        next = imports.last().map(|last| format!("/imports?before={}", last.id)).unwrap_or_default();
    }
    let first = if find.before.is_some() { "/imports".to_owned() } else { String::new() };
    render(&List { page, imports, first, next })
}
