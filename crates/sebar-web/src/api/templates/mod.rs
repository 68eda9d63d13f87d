//! Templates: designs of mails with variables, in versions.

mod read;
mod versions;
mod write;

pub(super) use read::{__path_list, __path_show, list, show};
pub(super) use versions::{__path_restore, __path_version, __path_versions, restore, version, versions};
pub(super) use write::{
    __path_change, __path_create, __path_duplicate, __path_remove, change, create, duplicate, remove,
};

use chrono::{DateTime, Utc};
use sebar_domain::id::TemplateId;
use sebar_store::templates::{self, Draft, Template};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{Refusal, Result};
use crate::foundation::app::App;

/// A template without what it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateSummary)]
pub(crate) struct Summary {
    /// Always `template`.
    object: &'static str,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: TemplateId,
    /// Its name.
    name: String,
    /// Its subject, as it is written.
    subject: String,
    /// The number of its newest version.
    version: i32,
    /// When it was changed last.
    updated_at: DateTime<Utc>,
    /// Since when it is put away.
    archived_at: Option<DateTime<Utc>>,
}

impl From<Template> for Summary {
    fn from(template: Template) -> Self {
        Self {
            object: "template",
            id: template.id,
            name: template.name,
            subject: template.subject,
            version: template.versions,
            updated_at: template.updated_at,
            archived_at: template.archived_at,
        }
    }
}

/// A template.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Template)]
pub(crate) struct Shown {
    #[serde(flatten)]
    summary: Summary,
    /// What mail programs show after the subject.
    preheader: String,
    /// The HTML body.
    html: String,
    /// The plain-text body; `null`: made from the HTML.
    text: Option<String>,
}

async fn find(app: &App, text: &str) -> Result<Template> {
    let found = match text.parse() {
        Ok(id) => templates::get(&app.db, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| Refusal::not_found("template"))
}

/// What the newest version says.
async fn content(app: &App, template: &Template) -> Result<Draft> {
    let content = templates::content(&app.db, template.version).await?;
    content.ok_or_else(|| Refusal::not_found("template"))
}

async fn shown(app: &App, id: &str) -> Result<Shown> {
    let template = find(app, id).await?;
    let draft = content(app, &template).await?;
    Ok(Shown { summary: template.into(), preheader: draft.preheader, html: draft.html, text: draft.text })
}
