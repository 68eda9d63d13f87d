//! Within the second step: the template that the content begins with.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use sebar_domain::id::{CampaignId, TemplateId};
use sebar_store::audit;
use sebar_store::campaigns::{self, Campaign};
use sebar_store::templates::{self, Draft};
use serde::Deserialize;

use super::{draft_of, find, path, state_word};
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};
use crate::foundation::session::Session;
use crate::pages::writing::Starter;

/// How many templates are offered: the last changed.
const OFFERED: i64 = 60;

/// A built-in design as the page offers it.
struct Offer {
    word: &'static str,
    name: Text,
    hint: Text,
}

#[derive(Template)]
#[template(path = "campaigns/template.html")]
struct Choose {
    page: Page,
    campaign: Campaign,
    templates: Vec<templates::Template>,
    offers: Vec<Offer>,
    /// Whether the campaign has content that would be replaced.
    replaces: bool,
}

pub(crate) async fn page(State(app): State<App>, page: Page, Path(id): Path<CampaignId>) -> Result<Response> {
    let campaign = find(&app, id).await?;
    if !campaign.state.is_editable() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    let templates = templates::list(&app.db, "", false, None, OFFERED).await?;
    let offers = Starter::ALL
        .iter()
        .map(|starter| Offer {
            word: starter.as_str(),
            name: starter.name(page.language()),
            hint: page.t(&format!("starters-{}-hint", starter.as_str())),
        })
        .collect();
    let replaces = draft_of(&campaign) != Draft::default();
    Ok(render(&Choose { page, campaign, templates, offers, replaces })?.into_response())
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    /// A template's id, the word of a built-in design, or `blank`.
    template: String,
}

pub(crate) async fn choose(
    State(app): State<App>,
    page: Page,
    session: Session,
    Path(id): Path<CampaignId>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect> {
    let mut tx = app.db.begin().await?;
    let campaign = campaigns::lock(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if !campaign.state.is_editable() {
        let text = page.t("campaigns-wrong-edit").with("state", state_word(&page, campaign.state));
        drop(tx);
        return session.redirect(&app, &path(id), "error", text).await;
    }
    let (source, draft) = if let Ok(template) = chosen.template.parse::<TemplateId>() {
        let template = templates::get(&mut *tx, template).await?.ok_or(Error::NotFound)?;
        let draft = templates::content(&mut *tx, template.version).await?.ok_or(Error::NotFound)?;
        (Some((template.id, template.version)), draft)
    } else if let Some(starter) = Starter::find(&chosen.template) {
        (None, starter.draft(page.language()))
    } else {
        // Not wholly empty, or the wizard would ask for a template again.
        (None, Draft { html: page.t("campaigns-blank-html").to_string(), ..Draft::default() })
    };
    campaigns::set_template(&mut *tx, id, source, &draft).await?;
    let details = serde_json::json!({ "template": source.map(|(id, _)| id) });
    audit::record(&mut *tx, session.user.id, "campaign.template", &id.to_string(), details).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/campaigns/{id}/content")))
}
