//! Templates: gallery, editor with preview, versions.
mod editor;
mod gallery;
mod manage;
mod versions;

pub(crate) use editor::{page as edit, preview_typed, save};
pub(crate) use gallery::{create, new, page as gallery, preview_starter};
pub(crate) use manage::{ask_delete, delete, duplicate, rename, set_archived};
pub(crate) use versions::{page as versions, preview, restore, view};

use sebar_domain::id::TemplateId;
use sebar_store::templates::{self, Template};

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};

/// The longest name, in characters.
pub(crate) const LONGEST_NAME: usize = 120;

async fn find(app: &App, id: TemplateId) -> Result<Template> {
    templates::get(&app.db, id).await?.ok_or(Error::NotFound)
}

fn path(id: TemplateId) -> String {
    format!("/templates/{id}")
}
