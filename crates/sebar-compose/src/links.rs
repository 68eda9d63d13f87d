//! Finds the links of a template and puts tracked or guarded addresses in their places.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sebar_domain::Tracking;
use serde::Serialize;

use crate::engine::{HREF_FILTER, LINK_FILTER, QUERY_FILTER};
use crate::fault::{Fault, FaultKind, Part};
use crate::href::{is_safe_scheme, scheme};
use crate::scan::{Attribute, Event, Kind, Segment, Tag, inner, line_at, scan, segments};
use crate::variables::needs;

/// A link whose clicks are recorded. Its number stands in the tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The number, from 0, in the order of the template. A link in a loop has one number.
    pub index: u32,
    /// The target as a template, without HTML's `&amp;`: `https://shop.example/?n={{ name }}`.
    pub template: String,
    /// Whether the target differs from recipient to recipient.
    pub merged: bool,
}

/// More links than this are left untracked: no mail has them that was written for people.
const MOST_LINKS: usize = 1000;

/// The variable that stands for a tracked link's address.
pub(crate) fn link_variable(index: u32) -> String {
    format!("{LINK_PREFIX}{index}")
}

/// What [`link_variable`]s begin with.
pub(crate) const LINK_PREFIX: &str = "__link_";

/// How a link appears in the plain-text part.
pub(crate) struct TextLink {
    /// The template of its address.
    pub(crate) address: String,
    /// The target as written, to see whether the link's text says it already.
    pub(crate) shown: String,
}

#[derive(Default)]
pub(crate) struct Rewritten {
    pub(crate) html: String,
    pub(crate) links: Vec<Link>,
    /// By the offset of the `<a>` in the source.
    pub(crate) in_text: BTreeMap<usize, TextLink>,
    pub(crate) faults: Vec<Fault>,
}

/// What is put into the body besides the links, as template source.
pub(crate) struct Additions<'a> {
    pub(crate) at_start: &'a str,
    pub(crate) at_end: &'a str,
}

/// Rewrites a template. `bound` names what loops and `set` give values to: an address that uses
/// one cannot be found again from a click, so its link is left untracked.
pub(crate) fn rewrite(
    source: &str,
    tracking: Tracking,
    bound: &BTreeSet<&str>,
    additions: &Additions<'_>,
) -> Rewritten {
    let events = scan(source, true);
    let mut rewriter = Rewriter { source, tracking, bound, edits: Vec::new(), made: Rewritten::default() };
    for event in &events {
        if let Event::Open(tag) = event {
            rewriter.tag(tag);
        }
    }
    let (start, end) = body(source, &events);
    rewriter.edits.push((start..start, additions.at_start.to_owned()));
    rewriter.edits.push((end..end, additions.at_end.to_owned()));
    rewriter.finish()
}

/// Where the content of the body starts and ends, also where no `<body>` is written.
fn body(source: &str, events: &[Event]) -> (usize, usize) {
    let opened = |name: &str| {
        events.iter().find_map(|event| match event {
            Event::Open(tag) if tag.name == name => Some(tag.range.end),
            _ => None,
        })
    };
    let closed = |name: &str| {
        events.iter().rev().find_map(|event| match event {
            Event::Close(closed, range) if closed == name => Some(range.clone()),
            _ => None,
        })
    };
    let doctype = || {
        events.iter().find_map(|event| match event {
            Event::Markup(range)
                if source[range.clone()].get(..9).is_some_and(|s| s.eq_ignore_ascii_case("<!doctype")) =>
            {
                Some(range.end)
            }
            _ => None,
        })
    };
    let start = opened("body")
        .or_else(|| closed("head").map(|range| range.end))
        .or_else(|| opened("html"))
        .or_else(doctype)
        .unwrap_or(0);
    let end = closed("body").or_else(|| closed("html")).map_or(source.len(), |range| range.start);
    (start, end.max(start))
}

struct Rewriter<'a> {
    source: &'a str,
    tracking: Tracking,
    bound: &'a BTreeSet<&'a str>,
    edits: Vec<(Range<usize>, String)>,
    made: Rewritten,
}

/// An `href` taken apart.
struct Address {
    segments: Vec<Segment>,
    /// With the entities of its static parts decoded.
    template: String,
    /// The static text that it begins with, decoded.
    prefix: String,
    /// Whether it holds template tags.
    merged: bool,
    /// Whether its template tags close within it.
    whole: bool,
}

impl Rewriter<'_> {
    fn tag(&mut self, tag: &Tag) {
        let link = matches!(tag.name.as_str(), "a" | "area");
        for attribute in &tag.attributes {
            match attribute.name.as_str() {
                "href" if link => self.link(tag, attribute),
                "href" | "xlink:href" | "action" | "formaction" => self.guard_only(attribute),
                _ => {}
            }
        }
    }

    fn address(&self, attribute: &Attribute) -> Address {
        let segments = segments(self.source, attribute.value.clone());
        let mut template = String::new();
        let mut prefix = String::new();
        let mut merged = false;
        for segment in &segments {
            match segment {
                Segment::Static(range) => {
                    let text = html_escape::decode_html_entities(&self.source[range.clone()]);
                    if !merged {
                        prefix.push_str(&text);
                    }
                    template.push_str(&literal(&text));
                }
                Segment::Tag(kind, range) => {
                    merged |= *kind != Kind::Comment;
                    if *kind != Kind::Comment {
                        template.push_str(&self.source[range.clone()]);
                    }
                }
            }
        }
        let template = template.trim().to_owned();
        let whole = !merged || needs(&template, "link").is_ok();
        Address { segments, template, prefix, merged, whole }
    }

    fn link(&mut self, tag: &Tag, attribute: &Attribute) {
        let address = self.address(attribute);
        // In the text part an address is written only where it surely belongs to the tag.
        let in_text = tag.values("href").count() == 1 && tag.templates.is_empty();
        let says_unsubscribe = uses(&address, self.source, |word| word == "unsubscribe_url");
        if address.template.is_empty() || address.template.starts_with('#') {
            return;
        }
        if address.merged && says_unsubscribe && is_single_expression(&address) {
            self.in_text(in_text, tag, &address, address.template.clone());
            return;
        }
        if !address.whole {
            return self.cut(attribute, &address);
        }
        let scheme = scheme(&address.prefix);
        let web = match scheme.as_deref() {
            Some("http" | "https") => true,
            Some(other) if !is_safe_scheme(other) => {
                self.fault(FaultKind::UnsafeLink, attribute, &address);
                self.edit(attribute, "#".to_owned());
                return;
            }
            Some(_) => false,
            // Its beginning comes from the merge data.
            None if address.merged && address.prefix.trim().is_empty() => true,
            None => {
                self.fault(FaultKind::BadLink, attribute, &address);
                false
            }
        };
        if web && scheme.is_some() && url::Url::parse(&probe(&address, self.source)).is_err() {
            self.fault(FaultKind::BadLink, attribute, &address);
            self.guard(attribute, &address);
            return;
        }
        let findable = !says_unsubscribe
            && !uses(&address, self.source, |word| word == "loop" || self.bound.contains(word));
        let tracked = web
            && self.made.links.len() < MOST_LINKS
            && match self.tracking {
                Tracking::Off => false,
                Tracking::Anonymous => !address.merged,
                Tracking::Individual => findable,
            };
        if tracked {
            self.track(in_text, tag, attribute, &address);
        } else {
            let text = if address.merged {
                let encoded = with_encoded_query(&address.template);
                format!("{{% filter {HREF_FILTER} %}}{encoded}{{% endfilter %}}")
            } else {
                address.template.clone()
            };
            self.in_text(in_text, tag, &address, text);
            self.guard(attribute, &address);
        }
    }

    fn track(&mut self, in_text: bool, tag: &Tag, attribute: &Attribute, address: &Address) {
        let Ok(index) = u32::try_from(self.made.links.len()) else { return };
        let variable = link_variable(index);
        // The lines below keep their numbers for the faults of rendering.
        let lines = "\n".repeat(self.source[attribute.value.clone()].matches('\n').count());
        // What is the same for all is a token of ours, which needs no escaping.
        let filter = if address.merged { format!("|{LINK_FILTER}") } else { String::new() };
        self.edit(attribute, format!("{{{{ {variable}{filter}{lines} }}}}"));
        self.in_text(in_text, tag, address, format!("{{{{ {variable} }}}}"));
        self.made.links.push(Link { index, template: address.template.clone(), merged: address.merged });
    }

    fn in_text(&mut self, wanted: bool, tag: &Tag, address: &Address, text: String) {
        if wanted {
            let link = TextLink { address: text, shown: address.template.clone() };
            self.made.in_text.insert(tag.range.start, link);
        }
    }

    /// An address that is no link to click on, but might run a program.
    fn guard_only(&mut self, attribute: &Attribute) {
        let address = self.address(attribute);
        // Whatever it is: the blocks that are cut by it must stay.
        if !address.whole {
            return self.cut(attribute, &address);
        }
        match scheme(&address.prefix) {
            Some(scheme) if !is_safe_scheme(&scheme) && scheme != "data" => {
                self.fault(FaultKind::UnsafeLink, attribute, &address);
                self.edit(attribute, "#".to_owned());
            }
            _ => self.guard(attribute, &address),
        }
    }

    /// An address that a `{% … %}` begins in and ends outside of: it can be neither followed
    /// nor checked, so only its blocks are kept.
    fn cut(&mut self, attribute: &Attribute, address: &Address) {
        self.fault(FaultKind::BadLink, attribute, address);
        let blocks = address.segments.iter().filter_map(|segment| match segment {
            Segment::Tag(Kind::Block, range) => Some(&self.source[range.clone()]),
            _ => None,
        });
        let blocks = blocks.collect();
        self.edit(attribute, blocks);
    }

    /// Lets the merged address pass through the filter that only harmless ones come out of.
    fn guard(&mut self, attribute: &Attribute, address: &Address) {
        if address.merged {
            let source = &self.source[attribute.value.clone()];
            let encoded = with_encoded_query(source);
            self.edit(attribute, format!("{{% filter {HREF_FILTER} %}}{encoded}{{% endfilter %}}"));
        }
    }

    fn edit(&mut self, attribute: &Attribute, value: String) {
        let value = if attribute.quoted { value } else { format!("\"{value}\"") };
        self.edits.push((attribute.value.clone(), value));
    }

    fn fault(&mut self, kind: FaultKind, attribute: &Attribute, address: &Address) {
        let line = line_at(self.source, attribute.value.start);
        let detail = address.template.chars().take(200).collect();
        self.made.faults.push(Fault { part: Part::Html, line: Some(line), kind, detail });
    }

    fn finish(mut self) -> Rewritten {
        // Stable: at the same place, what was asked for first comes first.
        self.edits.sort_by_key(|(range, _)| range.start);
        let mut html = String::with_capacity(self.source.len() + 1024);
        let mut at = 0;
        for (range, text) in &self.edits {
            html.push_str(&self.source[at..range.start]);
            html.push_str(text);
            at = range.end;
        }
        html.push_str(&self.source[at..]);
        self.made.html = html;
        self.made
    }
}

/// Static text as template source: braces that came from entities must not begin a tag.
pub(crate) fn literal(text: &str) -> String {
    if text.contains('{') { text.replace('{', "{{ '{' }}") } else { text.to_owned() }
}

fn is_single_expression(address: &Address) -> bool {
    matches!(address.segments.as_slice(), [Segment::Tag(Kind::Expression, _)])
}

/// Whether a template tag of the address holds such a word. (A word in a string counts too: the
/// price is an untracked link.)
fn uses(address: &Address, source: &str, wanted: impl Fn(&str) -> bool) -> bool {
    address.segments.iter().any(|segment| match segment {
        Segment::Static(_) => false,
        Segment::Tag(_, range) => source[range.clone()]
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| !word.is_empty() && wanted(word)),
    })
}

/// The address with something harmless in the place of every value.
fn probe(address: &Address, source: &str) -> String {
    let mut text = String::new();
    for segment in &address.segments {
        match segment {
            Segment::Static(range) => {
                text.push_str(&html_escape::decode_html_entities(&source[range.clone()]));
            }
            Segment::Tag(Kind::Expression, _) => text.push('1'),
            Segment::Tag(..) => {}
        }
    }
    text.trim().to_owned()
}

/// Sends each expression after the `?` (or `#`) of an address through the filter that encodes
/// it as a value of a query, unless its author does.
pub(crate) fn with_encoded_query(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut in_query = false;
    for segment in segments(source, 0..source.len()) {
        match segment {
            Segment::Static(range) => {
                in_query |= source[range.clone()].contains(['?', '#']);
                out.push_str(&source[range]);
            }
            Segment::Tag(Kind::Expression, range)
                if in_query && !source[range.clone()].contains("urlencode") =>
            {
                let tag = &source[range];
                let code = inner(tag);
                // The marks of `{{-` and `-}}` stay where they were.
                let start = tag.find(code).unwrap_or(2);
                let (open, close) = (&tag[..start], &tag[start + code.len()..]);
                out.push_str(open);
                out.push_str(" (");
                out.push_str(code);
                out.push_str(")|");
                out.push_str(QUERY_FILTER);
                out.push(' ');
                out.push_str(close);
            }
            Segment::Tag(_, range) => out.push_str(&source[range]),
        }
    }
    out
}

#[cfg(test)]
mod tests;
