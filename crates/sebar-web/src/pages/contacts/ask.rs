//! The page that says what a change means, and takes what must be said for it to be made.

use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};

use crate::foundation::error::Result;
use crate::foundation::form::Faults;
use crate::foundation::i18n::Text;
use crate::foundation::page::{Page, render};

/// What is asked, and what happens then.
#[derive(Template)]
#[template(path = "contacts/ask.html")]
pub(crate) struct Ask {
    pub(crate) page: Page,
    /// What would be done, as a question.
    pub(crate) title: Text,
    /// What it means.
    pub(crate) text: Text,
    /// What else it means, one sentence each.
    pub(crate) more: Vec<Text>,
    /// Hidden fields that the answer repeats.
    pub(crate) repeat: Vec<(&'static str, String)>,
    /// The label of a note, if one is taken, and whether it may be left out.
    pub(crate) note: Option<(Text, bool)>,
    /// A sentence that must be ticked.
    pub(crate) promise: Option<Text>,
    /// A name that must be typed.
    pub(crate) name: Option<String>,
    /// What was typed already.
    pub(crate) typed: Typed,
    pub(crate) faults: Faults,
    /// Where the answer is posted.
    pub(crate) action: String,
    /// The word on the button.
    pub(crate) button: Text,
    /// Whether something is lost.
    pub(crate) danger: bool,
    /// Where to go instead.
    pub(crate) back: String,
}

/// What stands in the fields of an [`Ask`].
#[derive(Clone, Default, serde::Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    pub(crate) note: String,
    pub(crate) promise: String,
    pub(crate) confirm: String,
}

impl Ask {
    /// A bare question: title and text, and where yes and no lead.
    pub(crate) fn new(
        page: Page,
        title: Text,
        text: Text,
        action: String,
        button: Text,
        back: String,
    ) -> Self {
        Self {
            page,
            title,
            text,
            more: Vec::new(),
            repeat: Vec::new(),
            note: None,
            promise: None,
            name: None,
            typed: Typed::default(),
            faults: Faults::default(),
            action,
            button,
            danger: true,
            back,
        }
    }

    /// Takes the answer: `Ok` with the trimmed note if all that must be said was said.
    pub(crate) fn answered(mut self, typed: Typed) -> Result<String, Box<Self>> {
        let note = typed.note.trim().to_owned();
        if let Some((_, optional)) = &self.note {
            if note.is_empty() && !optional {
                self.faults.add("note", &self.page.t("fault-required"));
            } else if note.chars().count() > super::NOTE_LIMIT {
                self.faults.add("note", &self.page.t("fault-too-long").with("n", super::NOTE_LIMIT));
            }
        }
        if self.promise.is_some() && typed.promise.is_empty() {
            self.faults.add("promise", &self.page.t("contacts-ask-promise-missing"));
        }
        if self.name.as_ref().is_some_and(|name| name.trim() != typed.confirm.trim()) {
            self.faults.add("confirm", &self.page.t("contacts-ask-name-differs"));
        }
        if self.faults.is_empty() {
            return Ok(note);
        }
        self.typed = typed;
        Err(Box::new(self))
    }

    pub(crate) fn show(&self) -> Result<Html<String>> {
        render(self)
    }

    pub(crate) fn into_response(self) -> Result<Response> {
        Ok(self.show()?.into_response())
    }
}
