//! How a mail looks for somebody: the pane beside the editor, and the document in its frame.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use sebar_compose::{Compiled, Rendered, Site};
use sebar_domain::Address;
use sebar_domain::id::ContactId;
use sebar_store::audience::{self, Person};
use sebar_store::settings;
use sebar_store::templates::Draft;
use serde_json::{Map, Value};

use super::examine::{BUILT_IN, FaultLine, examine, lines, site};
use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::guard::MAIL_CONTENT_SECURITY_POLICY;
use crate::foundation::page::{Page, render};

/// Finds somebody to preview with: by any part of an address or a name, else who was added last.
/// Where nobody is found, somebody invented stands in, who has every attribute.
pub(crate) async fn someone(app: &App, search: &str) -> Result<Option<Person>> {
    Ok(audience::find_person(&app.db, search).await?)
}

/// Somebody invented, for an installation without contacts.
fn sample(compiled: &Compiled) -> Person {
    let mut merge = Map::new();
    for variable in compiled.variables() {
        if !BUILT_IN.contains(&variable.name.as_str()) {
            merge.insert(variable.name.clone(), Value::String(format!("[{}]", variable.name)));
        }
    }
    Person {
        id: ContactId(uuid::Uuid::nil()),
        email: "ayu.lestari@example.com".into(),
        name: "Ayu Lestari".into(),
        merge: Value::Object(merge),
    }
}

/// What the pane beside the editor shows besides the mail itself.
pub(crate) struct Pane {
    /// Whose mail it is; empty where nothing could be made.
    pub(crate) to: String,
    /// Whether that somebody is invented.
    pub(crate) is_sample: bool,
    /// Whether the search for somebody found nobody.
    pub(crate) found_nobody: bool,
    /// Sender as it was typed.
    pub(crate) from: String,
    pub(crate) subject: String,
    pub(crate) preheader: String,
    pub(crate) text: String,
    /// The HTML as filled in; the document in the frame.
    pub(crate) html: String,
    /// The length of the HTML as written, in bytes.
    pub(crate) html_bytes: usize,
    /// Whether that is more than Gmail shows.
    pub(crate) is_clipped: bool,
    /// What is wrong whoever it goes to.
    pub(crate) faults: Vec<FaultLine>,
    /// What is wrong for this somebody.
    pub(crate) personal: Vec<FaultLine>,
    /// Whether there is a mail to show.
    pub(crate) is_shown: bool,
}

impl Pane {
    /// Reads a draft and fills it in for somebody.
    pub(crate) async fn new(
        app: &App,
        page: &Page,
        draft: &Draft,
        from: String,
        person: Option<Person>,
        searched: bool,
    ) -> Result<Self> {
        let examined = examine(app, draft).await?;
        let mut pane = Self {
            to: String::new(),
            is_sample: person.is_none(),
            found_nobody: searched && person.is_none(),
            from,
            subject: String::new(),
            preheader: String::new(),
            text: String::new(),
            html: String::new(),
            html_bytes: draft.html.len(),
            is_clipped: draft.html.len() > Compiled::GMAIL_CLIPS_AT,
            faults: lines(page, examined.all_faults()),
            personal: Vec::new(),
            is_shown: false,
        };
        let Some(compiled) = &examined.compiled else { return Ok(pane) };
        let person = person.unwrap_or_else(|| sample(compiled));
        let site = site(app, &settings::get(&app.db).await?)?;
        pane.to = if person.name.trim().is_empty() {
            person.email.clone()
        } else {
            format!("{} <{}>", person.name.trim(), person.email)
        };
        match fill(compiled, &site, &person) {
            Ok(mail) => {
                pane.subject = mail.subject;
                pane.preheader = mail.preheader;
                pane.text = mail.text;
                pane.html = mail.html;
                pane.is_shown = true;
            }
            Err(faults) => {
                // What no contact has was said already.
                let known = |detail: &str| examined.unknown.iter().any(|fault| fault.detail == detail);
                pane.personal = lines(page, faults.iter().filter(|fault| !known(&fault.detail)));
            }
        }
        Ok(pane)
    }

    /// The lines that the editor marks, for one part.
    pub(crate) fn marks(&self, part: &str) -> String {
        super::marks(&self.faults, part).unwrap_or_default()
    }

    /// The document for the frame.
    pub(crate) fn document(self, page: &Page) -> Result<Response> {
        let document = if !self.is_shown {
            render(&Broken {
                lang: page.lang(),
                title: page.t("writing-not-shown").to_string(),
                pane: &self,
            })?
            .0
        } else if self.html.trim().is_empty() {
            render(&PlainText { lang: page.lang(), text: &self.text })?.0
        } else {
            self.html
        };
        Ok(Document(document).into_response())
    }
}

fn fill(compiled: &Compiled, site: &Site, person: &Person) -> Result<Rendered, Vec<sebar_compose::Fault>> {
    let email: Address =
        person.email.parse().or_else(|_| "unknown@preview.invalid".parse()).map_err(|_| Vec::new())?;
    let to = sebar_compose::Person {
        email: &email,
        name: Some(person.name.as_str()).filter(|name| !name.trim().is_empty()),
        merge: &person.merge,
    };
    compiled.render(site, &to)
}

/// The frame's document where there is no mail to show: without style, as a mail might be.
#[derive(Template)]
#[template(path = "writing/broken.html")]
struct Broken<'a> {
    lang: &'static str,
    title: String,
    pane: &'a Pane,
}

#[derive(Template)]
#[template(path = "writing/text.html")]
struct PlainText<'a> {
    lang: &'static str,
    text: &'a str,
}

/// A mail's HTML as an answer of its own: sandboxed by its own policy, whoever frames or opens it.
pub(crate) struct Document(pub(crate) String);

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        ([(header::CONTENT_SECURITY_POLICY, MAIL_CONTENT_SECURITY_POLICY)], Html(self.0)).into_response()
    }
}
