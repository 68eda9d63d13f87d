//! The page that asks "really?", for readers without script; with script a dialog asks the same.

use askama::Template;
use axum::response::Html;

use crate::foundation::error::Result;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};

/// What is asked, and what happens then.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct Confirm {
    pub(crate) page: Page,
    /// What would be done, as a question.
    pub(crate) title: Text,
    /// What would be lost.
    pub(crate) text: Text,
    /// Where the answer is posted.
    pub(crate) action: String,
    /// The word on the button.
    pub(crate) button: Text,
    /// Whether something is lost: the button is red only then.
    pub(crate) is_danger: bool,
    /// Where to go instead.
    pub(crate) back: String,
}

impl Confirm {
    pub(crate) fn show(&self) -> Result<Html<String>> {
        render(self)
    }
}
