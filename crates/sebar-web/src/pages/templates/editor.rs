//! The editor: what is typed, what is wrong with it, how it looks.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use sebar_domain::id::{TemplateId, TemplateVersionId};
use sebar_store::templates::{self, Saved};
use sebar_store::{audit, settings};
use serde::Deserialize;

use super::find;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::form::Faults;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::writing::{Pane, Written, field_faults, someone, variables};

#[derive(Deserialize)]
pub(crate) struct Typed {
    /// The version that the writer began with.
    based_on: TemplateVersionId,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    preheader: String,
    #[serde(default)]
    html: String,
    #[serde(default)]
    text: String,
}

impl Typed {
    fn written(&self) -> Written {
        Written {
            subject: self.subject.clone(),
            preheader: self.preheader.clone(),
            html: self.html.clone(),
            text: self.text.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "templates/editor.html")]
struct Editor {
    page: Page,
    template: templates::Template,
    based_on: TemplateVersionId,
    written: Written,
    faults: Faults,
    pane: Pane,
    variables: Vec<String>,
    /// The number of the version that somebody else saved meanwhile.
    conflict: Option<i32>,
    /// Address of the document in the frame; what is typed replaces it by script.
    frame: String,
    preview_as: String,
}

async fn show(
    app: &App,
    page: Page,
    template: templates::Template,
    based_on: TemplateVersionId,
    written: Written,
    conflict: Option<i32>,
) -> Result<Response> {
    let draft = written.draft();
    let settings = settings::get(&app.db).await?;
    let person = someone(app, "").await?;
    let pane = Pane::new(app, &page, &draft, sender_line(&settings), person, false).await?;
    let faults = field_faults(&page, &written, &pane.faults);
    let variables = variables(app).await?;
    let frame = format!("/templates/{}/preview", template.id);
    let editor = Editor {
        page,
        template,
        based_on,
        written,
        faults,
        pane,
        variables,
        conflict,
        frame,
        preview_as: String::new(),
    };
    Ok(render(&editor)?.into_response())
}

fn sender_line(settings: &settings::Settings) -> String {
    format!("{} <{}>", settings.from_name, settings.from_email)
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(id): Path<TemplateId>) -> Result<Response> {
    let template = find(&app, id).await?;
    let draft = templates::content(&app.db, template.version).await?.ok_or(Error::NotFound)?;
    let based_on = template.version;
    show(&app, page, template, based_on, draft.into(), None).await
}

pub(crate) async fn save(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<TemplateId>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let template = find(&app, id).await?;
    let written = typed.written();
    let draft = written.draft();
    // What cannot be read cannot be sent either; what only lacks a variable today can be kept.
    let examined = crate::pages::writing::examine(&app, &draft).await?;
    let found = crate::pages::writing::lines(&page, &examined.faults);
    if !field_faults(&page, &written, &found).is_empty() {
        return show(&app, page, template, typed.based_on, written, None).await;
    }
    let mut tx = app.db.begin().await?;
    let saved = templates::save(&mut tx, id, typed.based_on, &draft, Some(session.user.id)).await?;
    let notice = match saved.ok_or(Error::NotFound)? {
        Saved::New(_, n) => {
            let details = serde_json::json!({ "version": n });
            audit::record(&mut *tx, session.user.id, "template.saved", &id.to_string(), details).await?;
            tx.commit().await?;
            page.t("templates-saved").with("n", n)
        }
        Saved::Unchanged => {
            drop(tx);
            page.t("templates-unchanged")
        }
        Saved::Conflict(n) => {
            drop(tx);
            let template = find(&app, id).await?;
            // Saving again from here is meant: the writer has seen the notice.
            let newest = template.version;
            return show(&app, page, template, newest, written, Some(n)).await;
        }
    };
    Ok(session.redirect(&app, &super::path(id), "success", notice).await?.into_response())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Preview {
    subject: String,
    preheader: String,
    html: String,
    text: String,
    from_name: String,
    from_email: String,
    preview_as: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct As {
    /// Whether the document for the frame is wanted, and not what stands around it.
    document: bool,
}

#[derive(Template)]
#[template(path = "writing/details.html")]
struct Details {
    page: Page,
    pane: Pane,
}

/// What is being typed, for the preview beside it: in a template or a campaign.
pub(crate) async fn preview_typed(
    State(app): State<App>,
    page: Page,
    Query(wanted): Query<As>,
    Form(typed): Form<Preview>,
) -> Result<Response> {
    let from = if typed.from_email.is_empty() && typed.from_name.is_empty() {
        sender_line(&settings::get(&app.db).await?)
    } else {
        format!("{} <{}>", typed.from_name, typed.from_email)
    };
    let written =
        Written { subject: typed.subject, preheader: typed.preheader, html: typed.html, text: typed.text };
    let person = someone(&app, &typed.preview_as).await?;
    let searched = !typed.preview_as.trim().is_empty();
    let pane = Pane::new(&app, &page, &written.draft(), from, person, searched).await?;
    if wanted.document {
        return pane.document(&page);
    }
    Ok(render(&Details { page, pane })?.into_response())
}
