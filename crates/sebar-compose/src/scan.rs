//! Reads the source of an HTML template: markup and template tags side by side.
//!
//! A parser for HTML alone would take the quotes of `href="{{ url|default("x") }}"` for its own
//! and move the text between table rows. This one knows `{{ }}`, `{% %}` and `{# #}` as wholes,
//! keeps every place as a byte range, and never changes the source: whoever rewrites replaces
//! ranges and leaves the rest as it was written.

use std::ops::Range;

/// A kind of template tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `{{ … }}`
    Expression,
    /// `{% … %}`
    Block,
    /// `{# … #}`
    Comment,
    /// `{% raw %}…{% endraw %}`, whose content is not looked into.
    Raw,
}

/// A stretch of text, static or a template tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Static(Range<usize>),
    Tag(Kind, Range<usize>),
}

/// What the source consists of, in order and without gaps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Text between tags.
    Text(Range<usize>),
    /// A template tag between HTML tags.
    Template(Kind, Range<usize>),
    /// A start tag.
    Open(Tag),
    /// An end tag; the name in lower case.
    Close(String, Range<usize>),
    /// Comments, doctype, processing instructions; the content of `script`, `style`, `title` ...
    Markup(Range<usize>),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    /// In lower case.
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
    pub(crate) attributes: Vec<Attribute>,
    /// Template tags that stand between attributes.
    pub(crate) templates: Vec<(Kind, Range<usize>)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// In lower case.
    pub(crate) name: String,
    /// Without the quotes.
    pub(crate) value: Range<usize>,
    pub(crate) quoted: bool,
}

impl Tag {
    /// The values of the attribute, which an `{% if %}` may give more than once.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(move |attribute| attribute.name == name)
    }
}

/// The line, from 1, that an offset is in.
pub(crate) fn line_at(source: &str, offset: usize) -> usize {
    source.get(..offset).unwrap_or(source).matches('\n').count() + 1
}

/// Splits a text at its template tags.
pub(crate) fn segments(source: &str, within: Range<usize>) -> Vec<Segment> {
    let mut found = Vec::new();
    let (mut start, mut at) = (within.start, within.start);
    while at < within.end {
        if let Some((kind, end)) = template_tag(source, at) {
            if start < at {
                found.push(Segment::Static(start..at));
            }
            let end = end.min(within.end);
            found.push(Segment::Tag(kind, at..end));
            (start, at) = (end, end);
        } else {
            at += 1;
        }
    }
    if start < at {
        found.push(Segment::Static(start..at));
    }
    found
}

/// The inner text of a tag without its braces and whitespace marks: `{{- city }}` → ` city `.
pub(crate) fn inner(tag: &str) -> &str {
    let inner = tag.get(2..tag.len().saturating_sub(2)).unwrap_or_default();
    let inner = inner.strip_prefix(['-', '+']).unwrap_or(inner);
    inner.strip_suffix(['-', '+']).unwrap_or(inner)
}

/// Where a template chains more than anybody writes, if it does: operators in one tag, or `elif`s.
///
/// The engine limits nesting but not chains: `1+1+…` becomes a tree as deep as it is long, and
/// whoever walks that tree would run out of stack.
pub(crate) fn endless_chain(source: &str) -> Option<usize> {
    const MOST: usize = 400;
    let mut branches = 0;
    segments(source, 0..source.len()).into_iter().find_map(|segment| match segment {
        Segment::Tag(Kind::Expression | Kind::Block, range) => {
            let code = &source[range.clone()];
            let signs = code.bytes().filter(|byte| b"|.~+-*/%<>=([".contains(byte)).count();
            let mut words = 0;
            for word in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
                words += usize::from(matches!(word, "if" | "and" | "or" | "not" | "is" | "in"));
                branches += usize::from(word == "elif");
            }
            (signs + words > MOST || branches > MOST).then_some(range.start)
        }
        _ => None,
    })
}

/// The kind and end of the template tag that begins at `at`. One that is never closed reaches to
/// the end: the engine reports it.
fn template_tag(source: &str, at: usize) -> Option<(Kind, usize)> {
    let bytes = source.as_bytes();
    if bytes.get(at) != Some(&b'{') {
        return None;
    }
    match bytes.get(at + 1)? {
        b'#' => Some((Kind::Comment, source[at..].find("#}").map_or(source.len(), |end| at + end + 2))),
        b'{' => Some((Kind::Expression, end_of_code(bytes, at + 2, *b"}}"))),
        b'%' => {
            let end = end_of_code(bytes, at + 2, *b"%}");
            if inner(&source[at..end]).trim() == "raw" {
                return Some((Kind::Raw, end_of_raw(source, end)));
            }
            Some((Kind::Block, end))
        }
        _ => None,
    }
}

/// Finds the closing braces outside of strings and of literal maps.
fn end_of_code(bytes: &[u8], mut at: usize, closing: [u8; 2]) -> usize {
    let mut quote = None;
    let mut depth = 0usize;
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            Some(open) => match byte {
                b'\\' => at += 1,
                _ if byte == open => quote = None,
                _ => {}
            },
            None if depth == 0 && bytes[at..].starts_with(&closing) => return at + 2,
            None => match byte {
                b'"' | b'\'' => quote = Some(byte),
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
        at += 1;
    }
    bytes.len()
}

fn end_of_raw(source: &str, mut at: usize) -> usize {
    while let Some(found) = source[at..].find("{%") {
        let start = at + found;
        let Some(length) = source[start..].find("%}") else { break };
        let end = start + length + 2;
        if inner(&source[start..end]).trim() == "endraw" {
            return end;
        }
        at = start + 2;
    }
    source.len()
}

/// Reads a whole template. With `templates` off, braces are text like any other.
pub(crate) fn scan(source: &str, templates: bool) -> Vec<Event> {
    Scanner { source, bytes: source.as_bytes(), templates, at: 0, text_start: 0, events: Vec::new() }.run()
}

struct Scanner<'a> {
    source: &'a str,
    bytes: &'a [u8],
    templates: bool,
    at: usize,
    text_start: usize,
    events: Vec<Event>,
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Event> {
        while self.at < self.bytes.len() {
            if let Some((kind, end)) = self.template() {
                self.push(end, |range| Event::Template(kind, range));
            } else if self.bytes[self.at] == b'<' {
                self.markup();
            } else {
                self.at += 1;
            }
        }
        self.flush_text();
        self.events
    }

    fn template(&self) -> Option<(Kind, usize)> {
        if self.templates { template_tag(self.source, self.at) } else { None }
    }

    fn flush_text(&mut self) {
        if self.text_start < self.at {
            self.events.push(Event::Text(self.text_start..self.at));
        }
    }

    fn push(&mut self, end: usize, event: impl FnOnce(Range<usize>) -> Event) {
        self.flush_text();
        self.events.push(event(self.at..end));
        self.at = end;
        self.text_start = end;
    }

    fn markup(&mut self) {
        let rest = &self.bytes[self.at + 1..];
        let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
        if rest.starts_with(b"!--") {
            let end = self.find("-->", self.at + 2);
            self.push(end, Event::Markup);
        } else if rest.starts_with(b"!") || rest.starts_with(b"?") {
            let end = self.find(">", self.at + 2);
            self.push(end, Event::Markup);
        } else if rest.starts_with(b"/") && letter(rest.get(1)) {
            let start = self.at;
            self.flush_text();
            self.at += 2;
            let name = self.tag_name();
            self.attributes();
            self.events.push(Event::Close(name, start..self.at));
            self.text_start = self.at;
        } else if letter(rest.first()) {
            self.open_tag();
        } else {
            self.at += 1;
        }
    }

    fn find(&self, what: &str, from: usize) -> usize {
        // `from` follows ASCII, so it is a character's start.
        self.source[from..].find(what).map_or(self.source.len(), |found| from + found + what.len())
    }

    fn open_tag(&mut self) {
        let start = self.at;
        self.flush_text();
        self.at += 1;
        let name = self.tag_name();
        let (attributes, templates) = self.attributes();
        let holds_text = matches!(
            name.as_str(),
            "script" | "style" | "title" | "textarea" | "xmp" | "iframe" | "noembed" | "noframes"
        );
        let end_tag = format!("</{name}");
        self.events.push(Event::Open(Tag { name, range: start..self.at, attributes, templates }));
        self.text_start = self.at;
        if holds_text {
            let rest = &self.bytes[self.at..];
            let length = rest
                .windows(end_tag.len())
                .position(|window| window.eq_ignore_ascii_case(end_tag.as_bytes()))
                .unwrap_or(rest.len());
            if length > 0 {
                self.push(self.at + length, Event::Markup);
            }
        }
    }

    fn tag_name(&mut self) -> String {
        let start = self.at;
        while self.at < self.bytes.len()
            && !matches!(self.bytes[self.at], b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' | b'/' | b'>')
            && self.template().is_none()
        {
            self.at += 1;
        }
        self.source[start..self.at].to_ascii_lowercase()
    }

    /// Reads up to and over the `>`.
    fn attributes(&mut self) -> (Vec<Attribute>, Vec<(Kind, Range<usize>)>) {
        let (mut attributes, mut templates) = (Vec::new(), Vec::new());
        while self.at < self.bytes.len() {
            if let Some((kind, end)) = self.template() {
                templates.push((kind, self.at..end));
                self.at = end;
                continue;
            }
            match self.bytes[self.at] {
                b'>' => {
                    self.at += 1;
                    break;
                }
                b'/' => self.at += 1,
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ => {
                    let name = self.attribute_name();
                    let (value, quoted) = self.attribute_value();
                    attributes.push(Attribute { name, value, quoted });
                }
            }
        }
        (attributes, templates)
    }

    fn attribute_name(&mut self) -> String {
        let start = self.at;
        while self.at < self.bytes.len()
            && !matches!(self.bytes[self.at], b'/' | b'>' | b'=')
            && !self.bytes[self.at].is_ascii_whitespace()
            && self.template().is_none()
        {
            self.at += 1;
        }
        self.source[start..self.at].to_ascii_lowercase()
    }

    fn attribute_value(&mut self) -> (Range<usize>, bool) {
        let after_name = self.at;
        self.skip_space();
        if self.bytes.get(self.at) != Some(&b'=') {
            self.at = after_name;
            return (after_name..after_name, false);
        }
        self.at += 1;
        self.skip_space();
        let quote = self.bytes.get(self.at).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        self.at += usize::from(quote.is_some());
        let start = self.at;
        while self.at < self.bytes.len() {
            if let Some((_, end)) = self.template() {
                self.at = end;
                continue;
            }
            let byte = self.bytes[self.at];
            let ends = match quote {
                Some(quote) => byte == quote,
                None => byte == b'>' || byte.is_ascii_whitespace(),
            };
            if ends {
                break;
            }
            self.at += 1;
        }
        let value = start..self.at;
        self.at = (self.at + usize::from(quote.is_some())).min(self.bytes.len());
        (value, quote.is_some())
    }

    fn skip_space(&mut self) {
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every start tag's `href`, as written.
    fn hrefs(source: &str) -> Vec<&str> {
        let events = scan(source, true);
        let found = events.iter().filter_map(|event| match event {
            Event::Open(tag) => Some(tag.values("href").map(|attribute| &source[attribute.value.clone()])),
            _ => None,
        });
        found.flatten().collect()
    }

    #[test]
    fn an_attribute_is_found_however_it_is_written() {
        for (source, href) in [
            (r#"<a href="https://a.example/">"#, "https://a.example/"),
            ("<A\n HREF = 'https://a.example/'>", "https://a.example/"),
            ("<a href=https://a.example/ class=b>", "https://a.example/"),
            ("<a href={{ url }}>", "{{ url }}"),
            (r#"<a href="{{ url|default("x") }}">"#, r#"{{ url|default("x") }}"#),
            (
                r#"<a title="a > b" href="{{ a['}}'] }}?b={% if c > d %}1{% endif %}">"#,
                "{{ a['}}'] }}?b={% if c > d %}1{% endif %}",
            ),
            (r#"<a {% if b > c %}class="x"{% endif %} href="y">"#, "y"),
            (r#"<a data-{{ n }}="<z>" href="y">"#, "y"),
            (r#"<a href="{{ {"a": {"b": 1}} }}">"#, r#"{{ {"a": {"b": 1}} }}"#),
            (r#"<area shape="rect" href="y"/>"#, "y"),
        ] {
            assert_eq!(hrefs(source), [href], "{source}");
        }
    }

    #[test]
    fn what_is_no_tag_holds_no_links() {
        for source in [
            r#"<!-- <a href="x"> -->"#,
            r#"<!--[if mso]><v:roundrect href="x"><a href="y"><![endif]-->"#,
            r#"<style>a[href="x"] > b {}</style>"#,
            r#"<script>"<a href='x'>"</script>"#,
            r#"{# <a href="x"> #}"#,
            r#"{% raw %}<a href="x">{% endraw %}"#,
            r#"{{ '<a href="x">' }}"#,
            r#"a < b href="x""#,
        ] {
            assert!(hrefs(source).is_empty(), "{source}");
        }
    }

    #[test]
    fn two_branches_give_two_values() {
        let source = r#"<a {% if b %}href="x"{% else %}href="y"{% endif %}>"#;
        assert_eq!(hrefs(source), ["x", "y"]);
    }

    fn ranges(events: &[Event]) -> Vec<Range<usize>> {
        let range = |event: &Event| match event {
            Event::Text(range)
            | Event::Template(_, range)
            | Event::Close(_, range)
            | Event::Markup(range) => range.clone(),
            Event::Open(tag) => tag.range.clone(),
        };
        events.iter().map(range).collect()
    }

    proptest! {
        #[test]
        fn any_text_is_covered_without_gaps(
            source in r#"([<>a-z/!"'={}%# \né-]|\{\{|%\}|<a href=|<!--|-->|\{% raw %\}|<style>|</){0,40}"#,
            templates in any::<bool>(),
        ) {
            let mut at = 0;
            for range in ranges(&scan(&source, templates)) {
                prop_assert_eq!(range.start, at);
                prop_assert!(source.is_char_boundary(range.end) && range.end > range.start);
                at = range.end;
            }
            prop_assert_eq!(at, source.len());
            let mut at = 0;
            for segment in segments(&source, 0..source.len()) {
                let (Segment::Static(range) | Segment::Tag(_, range)) = segment;
                prop_assert_eq!(range.start, at);
                at = range.end;
            }
            prop_assert_eq!(at, source.len());
        }
    }
}
