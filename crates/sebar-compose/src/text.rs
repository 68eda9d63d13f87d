//! Plain text from HTML, once per content: template tags stay where they were, so that the text
//! is filled in per message like any other template.

use std::collections::BTreeMap;

use crate::links::{TextLink, literal};
use crate::scan::{Attribute, Event, Kind, Segment, Tag, scan, segments};

/// The plain text of an HTML document, as a mail program without HTML would show it.
///
/// Links are written as `text <address>`, list items begin with `- `, pictures show their
/// alternative text; what is hidden or only styles is left out. Lines are not wrapped: that is
/// for the reader's window. The input is taken as HTML only, template tags are text in it.
pub fn plain_text(html: &str) -> String {
    let events = scan(html, false);
    let mut links = BTreeMap::new();
    for event in &events {
        if let Event::Open(tag) = event
            && tag.name == "a"
            && let Some(attribute) = tag.values("href").next()
        {
            let address = html_escape::decode_html_entities(&html[attribute.value.clone()]).trim().to_owned();
            if !address.is_empty() && !address.starts_with('#') {
                links.insert(tag.range.start, TextLink { shown: address.clone(), address });
            }
        }
    }
    tidy(&Writer::new(html, false, &links).run(&events))
}

/// The template of the text part of an HTML template; `links` by the offset of their tag.
pub(crate) fn text_template(html: &str, links: &BTreeMap<usize, TextLink>) -> String {
    Writer::new(html, true, links).run(&scan(html, true))
}

/// Takes away what conditions that came out false leave behind: spaces at the ends of lines and
/// more than one empty line.
pub(crate) fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        out.push_str(line);
    }
    out
}

struct Writer<'a> {
    source: &'a str,
    templates: bool,
    links: &'a BTreeMap<usize, TextLink>,
    out: String,
    /// Line ends to write before what comes next.
    breaks: usize,
    /// A space to write before what comes next.
    space: bool,
    /// Line ends that the text ends with; the beginning counts as two.
    newlines: usize,
    /// The element that is left out, and how many of its name are open within.
    hidden: Option<(String, usize)>,
    preformatted: usize,
    /// The links that are open, with where their text starts.
    open_links: Vec<(Option<usize>, usize)>,
}

impl<'a> Writer<'a> {
    fn new(source: &'a str, templates: bool, links: &'a BTreeMap<usize, TextLink>) -> Self {
        Self {
            source,
            templates,
            links,
            out: String::new(),
            breaks: 0,
            space: false,
            newlines: 2,
            hidden: None,
            preformatted: 0,
            open_links: Vec::new(),
        }
    }

    fn run(mut self, events: &[Event]) -> String {
        for event in events {
            match event {
                Event::Text(range) => {
                    if self.hidden.is_none() {
                        self.text(&html_escape::decode_html_entities(&self.source[range.clone()]));
                    }
                }
                Event::Template(kind, range) => self.template(*kind, &self.source[range.clone()]),
                Event::Open(tag) => self.open(tag),
                Event::Close(name, _) => self.close(name),
                Event::Markup(range) => self.blocks_within(range.clone()),
            }
        }
        self.out.trim_end().to_owned()
    }

    /// `{% … %}` are kept even where nothing is shown: an `{% if %}` that opens in a comment
    /// closes there, and a `{% set %}` in the head is used in the body.
    fn template(&mut self, kind: Kind, tag: &str) {
        match kind {
            Kind::Block => {
                self.flush();
                self.out.push_str(tag);
            }
            Kind::Expression | Kind::Raw if self.hidden.is_none() => self.emit(tag),
            Kind::Expression | Kind::Raw | Kind::Comment => {}
        }
    }

    fn blocks_within(&mut self, range: std::ops::Range<usize>) {
        if self.templates {
            for segment in segments(self.source, range) {
                if let Segment::Tag(Kind::Block, range) = segment {
                    self.template(Kind::Block, &self.source[range]);
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.emit(&self.as_literal(text));
            return;
        }
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\x0c');
        for word in text.split_inclusive(is_space) {
            let (word, space) = match word.strip_suffix(is_space) {
                Some(word) => (word, true),
                None => (word, false),
            };
            // Fillers that keep mail programs from showing the body after the preheader.
            let word: String = word
                .chars()
                .filter(|c| !matches!(c, '\u{ad}' | '\u{34f}' | '\u{200b}' | '\u{feff}'))
                .map(|c| if c == '\u{a0}' { ' ' } else { c })
                .collect();
            if !word.trim().is_empty() {
                self.emit(&self.as_literal(&word));
            }
            self.space |= space;
        }
    }

    fn as_literal(&self, text: &str) -> String {
        if self.templates { literal(text) } else { text.to_owned() }
    }

    fn emit(&mut self, text: &str) {
        self.flush();
        self.out.push_str(text);
        self.newlines = 0;
    }

    fn flush(&mut self) {
        if self.breaks > self.newlines {
            self.out.push_str(&"\n\n"[..self.breaks - self.newlines]);
            self.newlines = self.breaks;
        } else if self.space && self.newlines == 0 {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.space = false;
    }

    fn line_break(&mut self, lines: usize) {
        if lines > 0 {
            self.breaks = self.breaks.max(lines);
            self.space = false;
        }
    }

    fn open(&mut self, tag: &Tag) {
        let name = tag.name.as_str();
        for (kind, range) in &tag.templates {
            if *kind == Kind::Block {
                self.template(Kind::Block, &self.source[range.clone()]);
            }
        }
        let void =
            matches!(name, "img" | "br" | "hr" | "input" | "meta" | "link" | "area" | "base" | "col" | "wbr");
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                *depth += 1;
            } else if hidden == "head" && name == "body" {
                self.hidden = None;
            }
            return;
        }
        if is_hidden(self.source, tag) {
            if !void {
                self.hidden = Some((name.to_owned(), 1));
            }
            return;
        }
        match name {
            "br" => self.line_break((self.breaks.max(self.newlines) + 1).min(2)),
            "hr" => {
                self.line_break(2);
                self.emit("---");
                self.line_break(2);
            }
            "li" => {
                self.line_break(1);
                self.emit("- ");
                // A paragraph that begins the item begins on the same line.
                self.newlines = 2;
            }
            "img" => self.picture(tag),
            "a" => {
                self.flush();
                let known = self.links.contains_key(&tag.range.start);
                self.open_links.push((known.then_some(tag.range.start), self.out.len()));
            }
            "pre" => {
                self.line_break(2);
                self.preformatted += 1;
            }
            _ => self.line_break(lines_around(name)),
        }
    }

    fn close(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                *depth -= 1;
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        match name {
            "a" => self.close_link(),
            "td" | "th" => self.space = true,
            "li" => self.line_break(1),
            "pre" => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.line_break(2);
            }
            _ => self.line_break(lines_around(name)),
        }
    }

    fn close_link(&mut self) {
        let Some((Some(tag), start)) = self.open_links.pop() else { return };
        let Some(link) = self.links.get(&tag) else { return };
        let text = self.out[start..].trim();
        let said = text == link.shown || link.shown.strip_prefix("mailto:").is_some_and(|it| it == text);
        if text.is_empty() {
            self.emit(&link.address);
        } else if !said {
            // On the line of the link's text, whatever ended within the link.
            let (breaks, space) = (std::mem::take(&mut self.breaks), std::mem::take(&mut self.space));
            self.emit(&format!(" <{}>", link.address));
            (self.breaks, self.space) = (breaks, space);
        } else if !link.shown.starts_with("mailto:") {
            self.out.truncate(start + (self.out[start..].len() - self.out[start..].trim_start().len()));
            self.emit(&link.address);
        }
    }

    fn picture(&mut self, tag: &Tag) {
        if let Some(alt) = tag.values("alt").next()
            && tag.values("alt").count() == 1
        {
            let text = self.decoded(alt);
            if !text.trim().is_empty() {
                self.emit(text.trim());
            }
        }
    }

    fn decoded(&self, attribute: &Attribute) -> String {
        if !self.templates {
            return html_escape::decode_html_entities(&self.source[attribute.value.clone()]).into_owned();
        }
        let mut text = String::new();
        for segment in segments(self.source, attribute.value.clone()) {
            match segment {
                Segment::Static(range) => {
                    text.push_str(&literal(&html_escape::decode_html_entities(&self.source[range])));
                }
                Segment::Tag(Kind::Comment, _) => {}
                Segment::Tag(_, range) => text.push_str(&self.source[range]),
            }
        }
        text
    }
}

/// How many line ends separate an element from its surroundings.
fn lines_around(name: &str) -> usize {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "blockquote" | "table" => 2,
        "div" | "tr" | "section" | "article" | "header" | "footer" | "main" | "nav" | "aside" | "address"
        | "center" | "dt" | "dd" | "figure" | "figcaption" | "form" | "fieldset" | "caption" | "body" => 1,
        _ => 0,
    }
}

fn is_hidden(source: &str, tag: &Tag) -> bool {
    let by_name = matches!(
        tag.name.as_str(),
        "head" | "script" | "style" | "title" | "template" | "object" | "svg" | "select" | "textarea"
    );
    let by_style = || {
        tag.values("style").any(|attribute| {
            let style: String = source[attribute.value.clone()].split_whitespace().collect();
            style.to_ascii_lowercase().contains("display:none")
        })
    };
    by_name || by_style() || tag.values("hidden").next().is_some()
}

#[cfg(test)]
mod tests;
