//! Home: what is sending, what needs attention.

use askama::Template;
use axum::response::Html;

use crate::foundation::error::Result;
use crate::foundation::page::{Page, render};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    page: Page,
}

pub(crate) async fn page(page: Page) -> Result<Html<String>> {
    render(&Home { page })
}
