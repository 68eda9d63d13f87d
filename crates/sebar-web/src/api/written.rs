//! The parts of a mail as programs write them, for templates and campaigns.

use sebar_compose::Fault;
use sebar_store::templates::Draft;

use super::error::{Cause, Faults, Result};
use crate::foundation::app::App;
use crate::pages::writing::{LONGEST_LINE, Written, examine};

/// Parts that are to be changed; what is `None` stays as it is.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) subject: Option<String>,
    pub(super) preheader: Option<String>,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
}

impl Parts {
    /// Whether nothing is to be changed.
    pub(super) fn is_empty(&self) -> bool {
        self.subject.is_none() && self.preheader.is_none() && self.html.is_none() && self.text.is_none()
    }

    /// What there is, with these parts in it.
    pub(super) fn over(self, draft: Draft) -> Draft {
        let now = Written::from(draft);
        let written = Written {
            subject: self.subject.unwrap_or(now.subject),
            preheader: self.preheader.unwrap_or(now.preheader),
            html: self.html.unwrap_or(now.html),
            text: self.text.unwrap_or(now.text),
        };
        written.draft()
    }
}

/// Finds what is wrong with a mail whoever it goes to: faults of the template language, lines that are too
/// long. Variables that no contact has are no fault: they may come yet.
pub(super) async fn check(app: &App, faults: &mut Faults, draft: &Draft) -> Result<()> {
    for (field, text) in [("subject", &draft.subject), ("preheader", &draft.preheader)] {
        if text.chars().count() > LONGEST_LINE {
            faults.add(Cause::InvalidValue, field, format!("may have {LONGEST_LINE} characters."));
        }
    }
    let texts = [&draft.subject, &draft.preheader, &draft.html, draft.text.as_ref().unwrap_or(&draft.html)];
    if texts.iter().any(|text| text.contains('\0')) {
        faults.add(Cause::InvalidValue, "html", "may hold no NUL characters.");
        return Ok(());
    }
    for fault in &examine(app, draft).await?.faults {
        faults.add(Cause::TemplateFault, fault.part.as_str(), told(fault));
    }
    Ok(())
}

/// A fault in words.
fn told(fault: &Fault) -> String {
    let place = fault.line.map(|line| format!(" in line {line}")).unwrap_or_default();
    let detail: String = fault.detail.chars().take(200).collect();
    format!("has a fault{place}: {}: {detail}.", fault.kind.as_str())
}
