//! The API for people: one page made from the description, where calls can be tried.
//!
//! What the description says stands there in English; the words around it are the reader's.

mod example;
mod fields;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use serde_json::Value;

use self::fields::{Field, Fields};
use super::error::Cause;
use crate::foundation::app::App;
use crate::foundation::error::{Error, Result};
use crate::foundation::page::{Page, render};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(Template)]
#[template(path = "api/reference.html")]
struct Reference {
    page: Page,
    /// Where every path begins.
    base: String,
    groups: Vec<Group>,
    causes: &'static [Cause],
}

/// Calls about one kind of thing.
struct Group {
    name: String,
    about: String,
    calls: Vec<Call>,
}

/// One call.
struct Call {
    /// Its operation id, which is also its anchor.
    id: String,
    method: String,
    path: String,
    summary: String,
    about: String,
    /// What the key must be allowed to do.
    scopes: Vec<String>,
    parameters: Vec<Field>,
    body: Vec<Field>,
    /// A body that can be sent as it is; empty if the call has none.
    body_example: String,
    answers: Vec<Answer>,
    curl: String,
}

/// One status that a call may be answered with.
struct Answer {
    status: String,
    about: String,
    fields: Vec<Field>,
}

/// A piece of a description: plain, or between backticks.
struct Piece<'a> {
    is_code: bool,
    text: &'a str,
}

impl Reference {
    #[expect(clippy::unused_self, reason = "templates reach it through the page")]
    fn pieces<'a>(&self, text: &'a str) -> Vec<Piece<'a>> {
        text.split('`').enumerate().map(|(i, text)| Piece { is_code: i % 2 == 1, text }).collect()
    }
}

/// The page.
pub(crate) async fn page(State(app): State<App>, page: Page) -> Result<Html<String>> {
    let document = serde_json::to_value(super::table(&app).into_openapi()).map_err(Error::internal)?;
    let base = format!("{}{}", app.config.public_url, super::BASE);
    let groups = groups(&document, &base);
    render(&Reference { page, base, groups, causes: Cause::ALL })
}

/// The calls by tag, tags and calls in the description's order.
fn groups(document: &Value, base: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = list(&document["tags"])
        .map(|tag| Group { name: text(&tag["name"]), about: text(&tag["description"]), calls: Vec::new() })
        .collect();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let tag = text(&operation["tags"][0]);
            let call = call(document, base, path, method, operation);
            match groups.iter_mut().find(|group| group.name == tag) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group { name: tag, about: String::new(), calls: vec![call] }),
            }
        }
    }
    groups.retain(|group| !group.calls.is_empty());
    groups
}

fn call(document: &Value, base: &str, path: &str, method: &str, operation: &Value) -> Call {
    let fields = Fields { document };
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let body_example = if schema.is_null() { String::new() } else { example::body(document, schema) };
    let method = method.to_uppercase();
    let answers = operation["responses"].as_object().into_iter().flatten().map(|(status, answer)| Answer {
        status: status.clone(),
        about: text(&answer["description"]),
        // An error's body is the same everywhere, and said once.
        fields: if status.starts_with('2') {
            fields.of(&answer["content"]["application/json"]["schema"])
        } else {
            Vec::new()
        },
    });
    Call {
        id: text(&operation["operationId"]),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        about: text(&operation["description"]),
        scopes: list(&operation["security"][0]["api_key"]).map(text).collect(),
        parameters: list(&operation["parameters"]).map(|parameter| fields.parameter(parameter)).collect(),
        body: fields.of(schema),
        answers: answers.collect(),
        curl: example::curl(base, &method, path, &body_example),
        body_example,
        method,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
