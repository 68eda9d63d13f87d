//! Examples for the reference: bodies from schemas, calls from bodies.

use serde_json::{Map, Value, json};

use super::fields::resolve;
use super::list;

/// A body that fits the schema: its own example, or what it must hold.
pub(super) fn body(document: &Value, schema: &Value) -> String {
    let value = value(document, schema, 0);
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// The call as a shell takes it. Parameters of the path are in capitals: curl has its own meaning for braces.
pub(super) fn curl(base: &str, method: &str, path: &str, body: &str) -> String {
    let path: String = path
        .split('/')
        .map(|part| {
            part.strip_prefix('{').map_or(part.to_owned(), |name| name.trim_end_matches('}').to_uppercase())
        })
        .collect::<Vec<_>>()
        .join("/");
    let mut call = format!("curl -X {method} {base}{path} \\\n  -H 'Authorization: Bearer sbr_…'");
    if !body.is_empty() {
        call.push_str(" \\\n  -H 'Content-Type: application/json' \\\n  -d '");
        // In a shell a quotation mark within quotation marks ends them.
        call.push_str(&body.replace('\'', "'\\''"));
        call.push('\'');
    }
    call
}

fn value(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolve(document, schema);
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(choice) = schema["enum"].get(0) {
        return choice.clone();
    }
    if let Some(first) = list(&schema["oneOf"]).chain(list(&schema["anyOf"])).next() {
        return value(document, first, depth);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
        // Where nothing must be there, something has to be shown: all of the first level.
        let wanted = |name: &str| required.contains(&name) || (required.is_empty() && depth == 0);
        let fields: Map<String, Value> = properties
            .iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, property)| {
                let value = match name.as_str() {
                    "email" | "from" | "to" => json!(format!("{name}@example.com")),
                    _ => value(document, property, depth + 1),
                };
                (name.clone(), value)
            })
            .collect();
        return Value::Object(fields);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        kind => kind.as_str(),
    };
    match (kind, schema["format"].as_str()) {
        (Some("array"), _) if depth < 4 => json!([value(document, &schema["items"], depth + 1)]),
        (Some("array"), _) => json!([]),
        (Some("integer" | "number"), _) => json!(1),
        (Some("boolean"), _) => json!(true),
        (Some("string"), Some("date-time")) => json!("2030-01-31T08:00:00Z"),
        (Some("string"), _) => json!("…"),
        _ => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{body, curl};

    #[test]
    fn a_body_holds_what_it_must_and_a_circle_ends() {
        let document = json!({ "components": { "schemas": { "A": {
            "required": ["name", "parts"],
            "properties": {
                "name": { "type": "string" }, "note": { "type": "string" },
                "parts": { "type": "array", "items": { "$ref": "#/components/schemas/A" } },
            },
        } } } });
        let shown: Value =
            serde_json::from_str(&body(&document, &json!({ "$ref": "#/components/schemas/A" }))).unwrap();
        assert_eq!(shown["name"], "…");
        assert!(shown.get("note").is_none());
        assert_eq!(shown["parts"][0]["name"], "…");
    }

    #[test]
    fn a_call_can_be_pasted_into_a_shell() {
        let call = curl("https://x.example/api/v1", "POST", "/emails/{id}/cancel", r#"{"a": "it's"}"#);
        assert!(call.starts_with("curl -X POST https://x.example/api/v1/emails/ID/cancel "), "{call}");
        assert!(call.ends_with(r#"-d '{"a": "it'\''s"}'"#), "{call}");
    }
}
