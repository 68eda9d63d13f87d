//! The template language: minijinja, made strict, bounded and deterministic.

use std::borrow::Cow;
use std::sync::LazyLock;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::href::{escape_query, safe_href};

/// What one rendering may cost. The engine counts a unit for an instruction and for each 64 bytes
/// that it makes, so this also bounds the text that a part can grow to (32 MB).
const FUEL: u64 = 500_000;

/// How deep loops and calls may nest.
const RECURSION: usize = 60;

/// The name of the filter that encodes a value merged into the query of a link.
pub(crate) const QUERY_FILTER: &str = "__query";
/// The name of the filter that puts a tracked link's address into an attribute.
pub(crate) const LINK_FILTER: &str = "__link";
/// The name of the filter that lets only harmless addresses through.
pub(crate) const HREF_FILTER: &str = "__href";

/// An empty environment with our rules: no file access, no clock, no chance, no hash order.
/// Templates whose name is `html` are escaped.
pub(crate) fn environment() -> Environment<'static> {
    // Copies share the tables of filters and tests: contents and links are kept by the thousand.
    static RULES: LazyLock<Environment<'static>> = LazyLock::new(rules);
    RULES.clone()
}

fn rules() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    // Errors then carry the place of the failing expression; rendering itself costs the same.
    env.set_debug(true);
    env.set_auto_escape_callback(|name| if name == "html" { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(print);
    env.remove_global("debug");
    env.remove_filter("pprint");
    env.add_filter("default", or_default);
    env.add_filter("d", or_default);
    env.add_filter(QUERY_FILTER, query);
    env.add_filter(HREF_FILTER, href);
    env.add_filter(LINK_FILTER, link);
    env
}

/// Prints a value; a `null` inside the merge data prints as nothing, not as the word "none".
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_none() { Ok(()) } else { minijinja::escape_formatter(out, state, value) }
}

/// `| default("…")`: also stands in for a blank text, since an empty cell in a list of contacts
/// means the same to its owner as no cell. Without an argument it gives an empty text. Jinja's
/// second argument asks for just that, and changes nothing.
fn or_default(value: Value, other: Option<Value>, _also_if_blank: Option<bool>) -> Value {
    let blank =
        value.is_undefined() || value.is_none() || value.as_str().is_some_and(|s| s.trim().is_empty());
    if blank { other.unwrap_or_else(|| Value::from("")) } else { value }
}

/// Encodes a value merged into the query of a link.
fn query(value: Value) -> Value {
    if value.is_undefined() || value.is_none() || value.is_safe() || value.as_object().is_some() {
        return value;
    }
    let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
    Value::from_safe_string(escape_query(&text))
}

/// Escapes whether or not the author has switched escaping off.
fn link(value: Value) -> Value {
    let escaped = value.as_str().map(|address| html_escape::encode_quoted_attribute(address).into_owned());
    escaped.map_or(value, Value::from_safe_string)
}

/// Makes an address harmless, HTML's entities read and written where it stands in HTML.
fn href(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    let text =
        value.as_str().ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "a link must be text"))?;
    // By the template and not by the escaping, which an author may have switched off.
    Ok(if state.name() == "html" {
        let address = safe_href(&html_escape::decode_html_entities(text));
        Value::from_safe_string(html_escape::encode_quoted_attribute(&address).into_owned())
    } else {
        Value::from(safe_href(text))
    })
}

/// Whether the environment has a filter, test or function of this name.
pub(crate) fn knows(env: &Environment<'_>, what: Callable, name: &str) -> bool {
    let test = match what {
        Callable::Filter if name.starts_with("__") => return false,
        Callable::Filter => "{% if name is filter %}yes{% endif %}",
        Callable::Test => "{% if name is test %}yes{% endif %}",
        Callable::Function => return env.globals().any(|(global, _)| global == name),
    };
    env.render_str(test, minijinja::context! { name }).is_ok_and(|answer| answer == "yes")
}

/// What a template can call by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Callable {
    Filter,
    Test,
    Function,
}
