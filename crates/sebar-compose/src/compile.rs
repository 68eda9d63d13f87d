use std::collections::{BTreeMap, BTreeSet};

use minijinja::{Environment, ErrorKind};
use sebar_domain::{Address, FrozenContent, Tracking};
use serde::{Deserialize, Serialize};

use crate::engine::{Callable, environment, knows};
use crate::fault::{Fault, FaultKind, Part};
use crate::links::{Additions, LINK_PREFIX, Link, Rewritten, rewrite, with_encoded_query};
use crate::scan::{endless_chain, line_at};
use crate::text::text_template;
use crate::variables::{Needs, Variable, needs};

/// The version of the rules by which contents become bytes. It stands beside each frozen content;
/// whoever changes a byte of any mail raises it and keeps the old rules for the old contents, or
/// the archive could no longer prove what it shows.
///
/// | version | what changed |
/// |---|---|
/// | 1 | – |
/// | 2 | `first_name` passes over titles, articles and initials |
/// | 3 | Message-IDs are signed |
pub const COMPOSER: i16 = 3;
/// The first version whose Message-IDs are signed.
pub(crate) const SIGNED_MESSAGE_IDS: i16 = 3;

/// What somebody wrote to be sent. Subject, preheader, HTML and text are templates
/// (see the [crate's front page](crate) for what they may say).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The subject line.
    pub subject: String,
    /// What mail programs show after the subject; hidden in the mail itself. May be empty.
    pub preheader: String,
    /// The HTML body. May be empty if there is a text.
    pub html: String,
    /// The plain-text body; made from the HTML if not given.
    pub text: Option<String>,
    /// The sender's name; may be empty.
    pub from_name: String,
    /// The sender's address.
    pub from_email: Address,
    /// Where answers go, if not to the sender's address.
    pub reply_to: Option<Address>,
    /// What is recorded of opens and clicks.
    pub tracking: Tracking,
}

/// A content made ready: every template parsed, every link numbered. Immutable, cheap to share
/// (`Arc<Compiled>`) between threads; filling it in is all that is left to do for a message.
#[derive(Debug)]
pub struct Compiled {
    pub(crate) env: Environment<'static>,
    pub(crate) content_no: i64,
    /// By which version of our rules it is filled in.
    pub(crate) composer: i16,
    pub(crate) from_name: String,
    pub(crate) from_email: Address,
    pub(crate) reply_to: Option<Address>,
    pub(crate) tracking: Tracking,
    pub(crate) has_html: bool,
    pub(crate) text_from: TextFrom,
    /// What links need of the recipient, by their number.
    pub(crate) link_needs: Vec<Vec<String>>,
    links: Vec<Link>,
    variables: Vec<Variable>,
    link_faults: Vec<Fault>,
    html_bytes: usize,
    text_is_empty: bool,
    has_unsubscribe_link: bool,
}

/// Where the text part comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFrom {
    /// Written as it is sent.
    Author,
    /// Made from the HTML; may hold the empty lines of conditions that came out false.
    Html,
}

/// Variables that are always there, whatever the merge data says.
const GIVEN: [&str; 4] = ["company", "company_address", "email", "unsubscribe_url"];

impl From<&FrozenContent> for Content {
    fn from(frozen: &FrozenContent) -> Self {
        Self {
            subject: frozen.subject.clone(),
            preheader: frozen.preheader.clone(),
            html: frozen.html.clone(),
            text: frozen.text.clone(),
            from_name: frozen.from_name.clone(),
            from_email: frozen.from_email.clone(),
            reply_to: frozen.reply_to.clone(),
            tracking: frozen.tracking,
        }
    }
}

impl Content {
    /// Reads all parts and reports every fault at once, in the order of the parts and lines.
    ///
    /// `content_no` is the number that tokens of clicks carry; previews, which have none, take 0.
    pub fn compile(&self, content_no: i64) -> Result<Compiled, Vec<Fault>> {
        let env = environment();
        let mut faults = Vec::new();
        let mut variables = BTreeMap::new();
        let mut bound = BTreeSet::new();
        for (part, source) in self.parts() {
            if source.len() > Compiled::LONGEST_PART {
                let detail = source.len().to_string();
                faults.push(Fault { part, line: None, kind: FaultKind::TooLong, detail });
                continue;
            }
            if let Some(offset) = endless_chain(source) {
                let line = Some(line_at(source, offset));
                faults.push(Fault { part, line, kind: FaultKind::TooCostly, detail: String::new() });
                continue;
            }
            match needs(source, part.as_str()) {
                Ok(needs) => {
                    faults.extend(unknown_calls(&env, part, source, &needs));
                    collect(&mut variables, part, source, &needs);
                    if part == Part::Html {
                        bound = needs.bound;
                    }
                }
                Err(error) => faults.push(Compiled::fault(part, &error)),
            }
        }
        if faults.is_empty() {
            let has_unsubscribe_link =
                needs(&self.html, "html").is_ok_and(|needs| needs.variables.contains_key("unsubscribe_url"));
            self.assemble(env, content_no, &bound, variables.into_values().collect(), has_unsubscribe_link)
        } else {
            faults.sort_by_key(|fault| (fault.part, fault.line));
            Err(faults)
        }
    }

    fn parts(&self) -> impl Iterator<Item = (Part, &str)> {
        [
            (Part::Subject, Some(self.subject.as_str())),
            (Part::Preheader, Some(self.preheader.as_str())),
            (Part::Html, Some(self.html.as_str())),
            (Part::Text, self.text.as_deref()),
        ]
        .into_iter()
        .filter_map(|(part, source)| source.map(|source| (part, source)))
    }

    fn assemble(
        &self,
        mut env: Environment<'static>,
        content_no: i64,
        bound: &BTreeSet<&str>,
        variables: Vec<Variable>,
        has_unsubscribe_link: bool,
    ) -> Result<Compiled, Vec<Fault>> {
        let has_html = !self.html.trim().is_empty();
        let additions = Additions {
            at_start: if self.preheader.trim().is_empty() { "" } else { PREHEADER },
            at_end: if self.tracking == Tracking::Off { "" } else { PIXEL },
        };
        let rewritten = if has_html {
            rewrite(&self.html, self.tracking, bound, &additions)
        } else {
            Rewritten::default()
        };
        let given = self.text.as_deref().filter(|text| !text.trim().is_empty());
        let text = given.map_or_else(|| text_template(&self.html, &rewritten.in_text), ToOwned::to_owned);
        let text_is_empty = text.trim().is_empty();
        let mut add = |part: Part, source: String| {
            env.add_template_owned(part.as_str(), source).map_err(|error| Compiled::fault(part, &error))
        };
        let added = [
            add(Part::Subject, self.subject.clone()),
            add(Part::Preheader, self.preheader.clone()),
            add(Part::Html, rewritten.html),
            add(Part::Text, text).map_err(|mut fault| {
                if given.is_none() {
                    fault.kind = FaultKind::NoText;
                    fault.line = None;
                }
                fault
            }),
        ];
        let mut faults: Vec<Fault> = added.into_iter().filter_map(Result::err).collect();
        let mut link_needs = Vec::new();
        for link in &rewritten.links {
            let source = with_encoded_query(&link.template);
            let wanted = needs(&source, "link").map(|needs| {
                let required = needs.variables.iter().filter(|(_, (guarded, _))| !guarded);
                required.map(|(name, _)| (*name).to_owned()).collect()
            });
            link_needs.push(wanted.unwrap_or_default());
            if let Err(error) = env.add_template_owned(link_template(link.index), source) {
                faults.push(Compiled::fault(Part::Html, &error));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Compiled {
            env,
            content_no,
            composer: COMPOSER,
            from_name: self.from_name.clone(),
            from_email: self.from_email.clone(),
            reply_to: self.reply_to.clone(),
            tracking: self.tracking,
            has_html,
            text_from: if given.is_some() { TextFrom::Author } else { TextFrom::Html },
            link_needs,
            links: rewritten.links,
            variables,
            link_faults: rewritten.faults,
            html_bytes: self.html.len(),
            text_is_empty,
            has_unsubscribe_link,
        })
    }
}

/// Hidden by every means that some mail program heeds.
const PREHEADER: &str = "<div style=\"display:none;font-size:1px;line-height:1px;max-height:0;\
    max-width:0;opacity:0;overflow:hidden;mso-hide:all\">{{ __preheader }}</div>";

/// The picture that tells of an opening; the address is empty in a preview, which has no picture.
const PIXEL: &str = "{% if __open %}<img src=\"{{ __open }}\" alt=\"\" width=\"1\" height=\"1\" \
    style=\"display:block;width:1px;height:1px;border:0\">{% endif %}";

/// The name of a link's template in the engine.
pub(crate) fn link_template(index: u32) -> String {
    format!("link/{index}")
}

impl Compiled {
    /// How long a part may be, in bytes. Mail programs give up long before.
    pub const LONGEST_PART: usize = 2 << 20;

    /// The size in bytes over which Gmail shows only the beginning of a mail's HTML.
    pub const GMAIL_CLIPS_AT: usize = 102 * 1024;

    /// Every variable that the content uses, by name, without those that loops and `set` make.
    pub fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// The top-level keys of the merge data that a message needs: what the planner stores with
    /// it. `name` and `first_name` are in it if one of them is used, since the first name may be
    /// taken from the whole.
    pub fn merge_keys(&self) -> Vec<&str> {
        let mut keys: BTreeSet<&str> = self.variables.iter().map(|variable| variable.name.as_str()).collect();
        if keys.contains("first_name") {
            keys.insert("name");
        }
        keys.into_iter().filter(|key| !GIVEN.contains(key)).collect()
    }

    /// The variables without which a recipient cannot be mailed: used somewhere without a
    /// `default`. `name` and `first_name` may be among them.
    pub fn required(&self) -> impl Iterator<Item = &Variable> {
        self.variables.iter().filter(|variable| !variable.guarded && !GIVEN.contains(&variable.name.as_str()))
    }

    /// The tracked links, by number. Empty where clicks are not recorded.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Links that lead nowhere, or where a link must not lead. They hinder no preview; a
    /// campaign with such a link should not be sent.
    pub fn link_faults(&self) -> &[Fault] {
        &self.link_faults
    }

    /// The size of the HTML as written, in bytes: what a mail's HTML will come to but for the
    /// merge data and the longer addresses of tracked links.
    pub fn html_bytes(&self) -> usize {
        self.html_bytes
    }

    /// Whether Gmail is likely to cut the mail off.
    pub fn is_clipped_by_gmail(&self) -> bool {
        self.html_bytes > Self::GMAIL_CLIPS_AT
    }

    /// Whether the HTML shows the recipient a way out, `{{ unsubscribe_url }}`.
    pub fn has_unsubscribe_link(&self) -> bool {
        self.has_unsubscribe_link
    }

    /// Whether there is no plain text, neither given nor to be made from the HTML.
    pub fn text_is_empty(&self) -> bool {
        self.text_is_empty
    }

    /// What is recorded of opens and clicks.
    pub fn tracking(&self) -> Tracking {
        self.tracking
    }

    /// An error of the engine in our words.
    pub(crate) fn fault(part: Part, error: &minijinja::Error) -> Fault {
        let passage =
            error.template_source().zip(error.range()).and_then(|(source, range)| source.get(range));
        let detail = error.detail().unwrap_or_default();
        let (kind, detail) = match error.kind() {
            ErrorKind::SyntaxError | ErrorKind::BadEscape => (FaultKind::Syntax, detail),
            ErrorKind::UndefinedError => {
                let name = undefined_in(detail).or(passage).unwrap_or(detail);
                (FaultKind::UnknownVariable, name)
            }
            ErrorKind::UnknownFilter => (FaultKind::UnknownFilter, detail),
            ErrorKind::UnknownTest => (FaultKind::UnknownTest, detail),
            ErrorKind::UnknownFunction => (FaultKind::UnknownFunction, detail),
            ErrorKind::OutOfFuel => (FaultKind::TooCostly, detail),
            _ if detail.contains("recursion") => (FaultKind::TooCostly, detail),
            _ => (FaultKind::WrongValue, detail),
        };
        Fault { part, line: error.line(), kind, detail: detail.to_owned() }
    }

    /// The same for an error while filling in, where the variable of a link stands for what
    /// the link's address lacks.
    pub(crate) fn fill_fault(
        &self,
        part: Part,
        error: &minijinja::Error,
        has: impl Fn(&str) -> bool,
    ) -> Fault {
        let mut fault = Self::fault(part, error);
        if fault.kind == FaultKind::UnknownVariable {
            // `__link_3|…`
            let link = fault
                .detail
                .trim()
                .strip_prefix(LINK_PREFIX)
                .and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok());
            if let Some(link) = link {
                let missing =
                    self.link_needs.get(link).and_then(|needs| needs.iter().find(|name| !has(name)));
                let template = self.links.get(link).map(|link| &link.template);
                if let Some(lacking) = missing.or(template) {
                    fault.detail.clone_from(lacking);
                }
            }
            // `town.name` fails for want of `town`.
            let first =
                fault.detail.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if !first.is_empty() && first.len() < fault.detail.len() && !has(first) {
                fault.detail = first.to_owned();
            }
            if part == Part::Text && self.text_from == TextFrom::Html {
                // The author has not seen these lines.
                fault.part = Part::Html;
                fault.line = None;
            }
        }
        fault
    }
}

/// What is missing, out of the engine's sentence: "`town` is undefined".
fn undefined_in(detail: &str) -> Option<&str> {
    let name = detail.split_once("` is undefined")?.0.rsplit('`').next()?;
    (!name.contains("(...)")).then_some(name)
}

fn unknown_calls<'a>(
    env: &'a Environment<'_>,
    part: Part,
    source: &'a str,
    needs: &'a Needs<'a>,
) -> impl Iterator<Item = Fault> + 'a {
    needs.called.iter().filter(|((kind, name), _)| !knows(env, *kind, name)).map(
        move |((kind, name), &offset)| Fault {
            part,
            line: Some(line_at(source, offset as usize)),
            kind: match kind {
                Callable::Filter => FaultKind::UnknownFilter,
                Callable::Test => FaultKind::UnknownTest,
                Callable::Function => FaultKind::UnknownFunction,
            },
            detail: (*name).to_owned(),
        },
    )
}

fn collect(variables: &mut BTreeMap<String, Variable>, part: Part, source: &str, needs: &Needs<'_>) {
    for (&name, &(guarded, offset)) in &needs.variables {
        let line = line_at(source, offset as usize);
        let variable = Variable { name: name.to_owned(), guarded, part, line };
        match variables.get_mut(name) {
            // The use that needs the value is the one to show.
            Some(known) if known.guarded && !guarded => *known = variable,
            Some(_) => {}
            None => {
                variables.insert(name.to_owned(), variable);
            }
        }
    }
}

#[cfg(test)]
mod tests;
