//! Filling in: what the templates see for one recipient.

use std::sync::Arc;

use minijinja::value::{Object, Serde, Value};
use minijinja::{Environment, Error};
use sebar_domain::id::MessageId;
use sebar_domain::merge::call_name;

use crate::compile::{COMPOSER, Compiled, TextFrom, link_template};
use crate::engine::environment;
use crate::fault::{Fault, FaultKind, Part};
use crate::headers::one_line;
use crate::href::{safe_href, web_target};
use crate::links::{LINK_PREFIX, Link, with_encoded_query};
use crate::paths;
use crate::site::{Person, Site};
use crate::text::tidy;
use crate::token::{Token, TokenKey};
use crate::variables::needs;

/// A mail as a person sees it: for previews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The subject, on one line.
    pub subject: String,
    /// The preheader, on one line.
    pub preheader: String,
    /// The HTML body; show it only where it cannot do harm (a sandboxed frame).
    pub html: String,
    /// The plain-text body.
    pub text: String,
}

/// The variables of one recipient. Looked up by name, so only what a template asks for is made.
#[derive(Debug)]
pub(crate) struct Vars {
    composer: i16,
    merge: Value,
    email: Value,
    name: Option<Value>,
    company: Value,
    company_address: Value,
    pub(crate) unsubscribe_url: Value,
    pub(crate) preheader: Value,
    pub(crate) open: Value,
    /// The addresses of the tracked links; nothing where the recipient lacks what one needs.
    pub(crate) links: Vec<Option<Value>>,
}

impl Vars {
    pub(crate) fn new(composer: i16, site: &Site, person: &Person<'_>) -> Self {
        Self {
            composer,
            merge: Value::from(Serde(person.merge)),
            email: Value::from(person.email.as_str()),
            name: person.name.map(str::trim).filter(|name| !name.is_empty()).map(Value::from),
            company: Value::from(site.company.as_str()),
            company_address: Value::from(site.company_address.as_str()),
            unsubscribe_url: Value::from_safe_string(format!(
                "{}{}{}",
                site.public_url,
                paths::UNSUBSCRIBE,
                paths::PREVIEW
            )),
            preheader: Value::from(""),
            open: Value::from(""),
            links: Vec::new(),
        }
    }

    fn merged(&self, key: &str) -> Option<Value> {
        self.merge.get_attr(key).ok().filter(|value| !value.is_undefined() && !value.is_none())
    }

    /// Whether the recipient has a value for the variable.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn get(&self, key: &str) -> Option<Value> {
        match key {
            "email" => Some(self.email.clone()),
            "company" => Some(self.company.clone()),
            "company_address" => Some(self.company_address.clone()),
            "unsubscribe_url" => Some(self.unsubscribe_url.clone()),
            "name" => self.name.clone().or_else(|| self.merged("name")),
            // An attribute of that name is better than a guess.
            "first_name" => self.merged("first_name").or_else(|| {
                let name = self.name.clone().or_else(|| self.merged("name"))?;
                let name = name.as_str()?;
                if self.composer == 1 {
                    return name.split_whitespace().next().map(Value::from);
                }
                call_name(name).map(Value::from)
            }),
            "__preheader" => Some(self.preheader.clone()),
            "__open" => Some(self.open.clone()),
            _ => match key.strip_prefix(LINK_PREFIX) {
                Some(index) => self.links.get(index.parse::<usize>().ok()?)?.clone(),
                None => self.merged(key),
            },
        }
    }
}

impl Object for Vars {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.get(key)
    }
}

/// The parts filled in, before they become a mail.
pub(crate) struct Filled {
    pub(crate) subject: String,
    pub(crate) preheader: String,
    pub(crate) html: String,
    pub(crate) text: String,
    pub(crate) faults: Vec<Fault>,
}

impl Compiled {
    /// Fills in all parts for a preview: links lead where they will lead in the end, nothing is
    /// tracked, and `{{ unsubscribe_url }}` ends in [`paths::PREVIEW`]. Reports the faults of
    /// all parts at once.
    pub fn render(&self, site: &Site, person: &Person<'_>) -> Result<Rendered, Vec<Fault>> {
        self.render_with(Vars::new(self.composer, site, person))
    }

    /// The same for a message that is sent with what comes out: `{{ unsubscribe_url }}` is its own.
    pub fn render_for(
        &self,
        site: &Site,
        key: &TokenKey,
        message: MessageId,
        person: &Person<'_>,
    ) -> Result<Rendered, Vec<Fault>> {
        let mut vars = Vars::new(self.composer, site, person);
        let token = Token::Unsubscribe { message }.sign(key);
        vars.unsubscribe_url =
            Value::from_safe_string(format!("{}{}{token}", site.public_url, paths::UNSUBSCRIBE));
        self.render_with(vars)
    }

    fn render_with(&self, vars: Vars) -> Result<Rendered, Vec<Fault>> {
        let mut vars = Arc::new(vars);
        let target =
            |link: &Link| self.link_target(link.index, &vars).map(|target| safe_href(&target).into());
        let links = self.links().iter().map(target).collect();
        if let Some(vars) = Arc::get_mut(&mut vars) {
            vars.links = links;
        }
        let filled = self.fill(vars);
        if filled.faults.is_empty() {
            let Filled { subject, preheader, html, text, .. } = filled;
            Ok(Rendered { subject, preheader, html, text })
        } else {
            Err(filled.faults)
        }
    }

    /// A link's address filled in; nothing where the recipient lacks what it needs.
    pub(crate) fn link_target(&self, index: u32, vars: &Arc<Vars>) -> Option<String> {
        self.fill_template(&link_template(index), vars).ok()
    }

    /// Where a click on a tracked link leads for this person: an address of the web, never
    /// anything else. The same as [`LinkTarget::resolve`] for whoever has the whole content.
    pub fn click_target(&self, link: u32, site: &Site, person: &Person<'_>) -> Result<String, Fault> {
        let vars = Arc::new(Vars::new(self.composer, site, person));
        let filled = self.fill_template(&link_template(link), &vars);
        target(filled)
    }

    fn fill_template(&self, name: &str, vars: &Arc<Vars>) -> Result<String, Error> {
        self.env.get_template(name)?.render(Value::from_dyn_object(Arc::clone(vars)))
    }

    /// Fills in every part. Each is tried, so that all faults show.
    pub(crate) fn fill(&self, mut vars: Arc<Vars>) -> Filled {
        let mut faults = Vec::new();
        let mut part = |part: Part, vars: &Arc<Vars>| {
            self.fill_template(part.as_str(), vars).unwrap_or_else(|error| {
                faults.push(self.fill_fault(part, &error, |name| vars.has(name)));
                String::new()
            })
        };
        let subject = one_line(&part(Part::Subject, &vars)).into_owned();
        let preheader = one_line(&part(Part::Preheader, &vars)).into_owned();
        if let Some(vars) = Arc::get_mut(&mut vars) {
            vars.preheader = Value::from(preheader.as_str());
        }
        let html = if self.has_html { part(Part::Html, &vars) } else { String::new() };
        let text = part(Part::Text, &vars);
        let text = if self.text_from == TextFrom::Html { tidy(&text) } else { text };
        faults.dedup_by(|a, b| a.kind == b.kind && a.detail == b.detail && a.part == b.part);
        Filled { subject, preheader, html, text, faults }
    }
}

/// One link's target, ready to resolve clicks: what a cache of links holds.
#[derive(Debug)]
pub struct LinkTarget {
    env: Environment<'static>,
    is_static: bool,
}

impl LinkTarget {
    /// Reads the template of a [`Link`].
    pub fn compile(template: &str) -> Result<Self, Fault> {
        let fault = |error| Compiled::fault(Part::Html, &error);
        let is_static = needs(template, "link").map_err(fault)?.variables.is_empty();
        let mut env = environment();
        env.add_template_owned("link", with_encoded_query(template)).map_err(fault)?;
        Ok(Self { env, is_static })
    }

    /// Whether the target is the same for everybody.
    pub fn is_static(&self) -> bool {
        self.is_static
    }

    /// Where a click leads for this person: an address of the web (`http`, `https`), never
    /// anything else, so that the merge data cannot make it run a program.
    pub fn resolve(&self, site: &Site, person: &Person<'_>) -> Result<String, Fault> {
        // A click is followed by today's rules: no digest proves it.
        let context = Value::from_object(Vars::new(COMPOSER, site, person));
        target(self.env.get_template("link").and_then(|template| template.render(context)))
    }
}

fn target(filled: Result<String, Error>) -> Result<String, Fault> {
    let text = filled.map_err(|error| Compiled::fault(Part::Html, &error))?;
    web_target(&text).ok_or_else(|| Fault {
        part: Part::Html,
        line: None,
        kind: FaultKind::BadLink,
        detail: text.chars().take(200).collect(),
    })
}

/// Resolves one click on a link's template; [`LinkTarget`] for many.
pub fn click_target(template: &str, site: &Site, person: &Person<'_>) -> Result<String, Fault> {
    LinkTarget::compile(template)?.resolve(site, person)
}
