//! Is it well written? Reads the template language and asks which variables contacts have.

use sebar_compose::{Compiled, Content, Fault, FaultKind, Site};
use sebar_domain::{Address, Tracking};
use sebar_store::settings::Settings;
use sebar_store::templates::{self, Draft};

use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::Page;

/// Variables that every recipient has, or that the composer finds for itself.
pub(crate) const BUILT_IN: [&str; 8] =
    ["first_name", "name", "email", "language", "time_zone", "company", "company_address", "unsubscribe_url"];

/// A content that was read.
pub(crate) struct Examined {
    /// Ready to be filled in, if its language is right.
    pub(crate) compiled: Option<Compiled>,
    /// What is wrong with its language. Such content can be neither previewed nor sent.
    pub(crate) faults: Vec<Fault>,
    /// Variables that no contact has and that have no default: nobody can be mailed with these.
    pub(crate) unknown: Vec<Fault>,
}

impl Examined {
    /// All that is wrong, in order.
    pub(crate) fn all_faults(&self) -> impl Iterator<Item = &Fault> {
        let links = self.compiled.as_ref().map(Compiled::link_faults).unwrap_or_default();
        self.faults.iter().chain(&self.unknown).chain(links)
    }
}

/// Stands in where a sender's address is needed to read a content and nobody was named yet.
/// The domain is one that cannot exist (RFC 2606 §2).
pub(crate) fn undeliverable_sender() -> Result<Address> {
    "nobody@preview.invalid".parse().map_err(Error::internal)
}

/// The content of a draft as somebody sends it.
pub(crate) fn content(
    draft: &Draft,
    from_name: &str,
    from_email: Address,
    reply_to: Option<Address>,
    tracking: Tracking,
) -> Content {
    Content {
        subject: draft.subject.clone(),
        preheader: draft.preheader.clone(),
        html: draft.html.clone(),
        text: draft.text.clone(),
        from_name: from_name.to_owned(),
        from_email,
        reply_to,
        tracking,
    }
}

/// Reads a draft: what is wrong with it whoever it goes to.
pub(crate) async fn examine(app: &App, draft: &Draft) -> Result<Examined> {
    let content = content(draft, "", undeliverable_sender()?, None, Tracking::Individual);
    let compiled = match content.compile(0) {
        Ok(compiled) => compiled,
        Err(faults) => return Ok(Examined { compiled: None, faults, unknown: Vec::new() }),
    };
    let needed: Vec<_> =
        compiled.required().filter(|variable| !BUILT_IN.contains(&variable.name.as_str())).collect();
    let names: Vec<String> = needed.iter().map(|variable| variable.name.clone()).collect();
    let missing =
        if names.is_empty() { Vec::new() } else { templates::unknown_attributes(&app.db, &names).await? };
    let unknown = needed
        .iter()
        .filter(|variable| missing.contains(&variable.name))
        .map(|variable| Fault {
            part: variable.part,
            line: Some(variable.line),
            kind: FaultKind::UnknownVariable,
            detail: variable.name.clone(),
        })
        .collect();
    Ok(Examined { compiled: Some(compiled), faults: Vec::new(), unknown })
}

/// What all mails of this installation share, as of now.
pub(crate) fn site(app: &App, settings: &Settings) -> Result<Site> {
    Ok(Site {
        public_url: app.config.public_url.parse().map_err(Error::internal)?,
        company: settings.company.clone(),
        company_address: settings.company_address.clone(),
        message_id_domain: None,
        unsubscribe_domain: None,
    })
}

/// A fault in the reader's words.
#[derive(Clone, Debug)]
pub(crate) struct FaultLine {
    /// `subject`, `preheader`, `html` or `text`: also the name of its field.
    pub(crate) part: &'static str,
    /// The line in it.
    pub(crate) line: Option<usize>,
    /// What is wrong, without the place.
    pub(crate) text: String,
    /// The same with the line in front, for the field itself.
    pub(crate) short: String,
    /// The same with part and line in front.
    pub(crate) full: String,
}

/// Faults in the reader's words.
pub(crate) fn lines<'a>(page: &Page, faults: impl IntoIterator<Item = &'a Fault>) -> Vec<FaultLine> {
    faults
        .into_iter()
        .map(|fault| {
            let part = fault.part.as_str();
            let detail: String = fault.detail.chars().take(120).collect();
            let text =
                page.t(&format!("writing-fault-{}", fault.kind.as_str())).with("detail", detail).to_string();
            let place = page.t(&format!("writing-{part}")).to_string();
            let (short, full) = match fault.line {
                Some(line) => (
                    page.t("writing-at-line").with("line", line).with("text", &text).to_string(),
                    page.t("writing-at-part-line")
                        .with("part", &place)
                        .with("line", line)
                        .with("text", &text)
                        .to_string(),
                ),
                None => (
                    text.clone(),
                    page.t("writing-at-part").with("part", &place).with("text", &text).to_string(),
                ),
            };
            FaultLine { part, line: fault.line, text, short, full }
        })
        .collect()
}
