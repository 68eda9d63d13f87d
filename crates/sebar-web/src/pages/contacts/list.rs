//! All contacts.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use sebar_store::contacts::Count;

use super::find::{Browse, Find, Listing};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "contacts/list.html")]
struct List {
    page: Page,
    listing: Listing,
}

impl List {
    /// Whether there are no contacts at all.
    fn is_empty(&self) -> bool {
        self.listing.rows.is_empty() && !self.listing.is_filtered() && self.listing.count == Count::Exactly(0)
    }
}

pub(crate) async fn page(
    State(app): State<App>,
    page: Page,
    Query(find): Query<Find>,
) -> Result<Html<String>> {
    let listing = Browse::all(&find).load(&app).await?;
    render(&List { page, listing })
}
