//! What templates and campaigns share: the parts of a mail as they are written, what is wrong with
//! them and where, and how they look for somebody.
mod examine;
mod preview;
mod starters;

pub(crate) use examine::{BUILT_IN, FaultLine, content, examine, lines, site};
pub(crate) use preview::{Pane, someone};
pub(crate) use starters::Starter;

use sebar_store::templates::Draft;
use serde::Deserialize;

use crate::foundation::app::App;
use crate::foundation::error::Result;
use crate::foundation::form::Faults;
use crate::foundation::page::Page;

/// The parts of a mail as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) preheader: String,
    pub(crate) html: String,
    pub(crate) text: String,
}

impl Written {
    /// As it is stored: with the line ends of Unix (forms send CRLF), a blank text as none.
    pub(crate) fn draft(&self) -> Draft {
        let body = |text: &str| text.replace("\r\n", "\n");
        Draft {
            subject: self.subject.trim().to_owned(),
            preheader: self.preheader.trim().to_owned(),
            html: body(&self.html),
            text: (!self.text.trim().is_empty()).then(|| body(&self.text)),
        }
    }
}

impl From<Draft> for Written {
    fn from(draft: Draft) -> Self {
        Self {
            subject: draft.subject,
            preheader: draft.preheader,
            html: draft.html,
            text: draft.text.unwrap_or_default(),
        }
    }
}

/// The longest subject and preheader, in characters: mail programs show some 70 and 140.
pub(crate) const LONGEST_LINE: usize = 500;

/// Puts each fault at its field, and refuses lines that are too long for one.
pub(crate) fn field_faults(page: &Page, written: &Written, found: &[FaultLine]) -> Faults {
    let mut faults = Faults::default();
    for (field, value) in [("subject", &written.subject), ("preheader", &written.preheader)] {
        if value.chars().count() > LONGEST_LINE {
            faults.add(field, &page.t("fault-too-long").with("n", LONGEST_LINE));
        }
    }
    for fault in found {
        faults.add_text(fault.part, &fault.short);
    }
    faults
}

/// The marks for the editor's lines, as its script reads them.
pub(crate) fn marks(found: &[FaultLine], part: &str) -> Result<String> {
    let marks: Vec<_> = found
        .iter()
        .filter(|fault| fault.part == part)
        .filter_map(|fault| Some(serde_json::json!({ "line": fault.line?, "text": fault.text })))
        .collect();
    serde_json::to_string(&marks).map_err(crate::foundation::error::Error::internal)
}

/// The most attributes that the editor offers to insert.
const OFFERED: i64 = 60;

/// The variables that the editor offers to insert: ours, then those that contacts have.
pub(crate) async fn variables(app: &App) -> Result<Vec<String>> {
    let keys = sebar_store::templates::attribute_keys(&app.db, OFFERED).await?;
    // A key with other characters cannot be written as a name: `{{ … }}` would read it as a sum.
    let is_name = |key: &String| {
        key.chars().all(|c| c.is_alphanumeric() || c == '_') && !key.starts_with(|c: char| c.is_numeric())
    };
    let ours = BUILT_IN.iter().map(|&name| name.to_owned());
    Ok(ours.chain(keys.into_iter().filter(is_name).filter(|key| !BUILT_IN.contains(&key.as_str()))).collect())
}
