//! What a body or a parameter is made of, read from its JSON schema.

use serde_json::Value;

use super::{list, text};

/// How deep fields within fields are shown.
const DEEPEST: usize = 4;

/// One field or parameter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name, with what it stands in: `attachments[].filename`.
    pub(super) name: String,
    /// `string`, `array of object`, …
    pub(super) kind: String,
    /// Whether it must be there.
    pub(super) is_required: bool,
    /// `path`, `query`, `header` for parameters; empty in a body.
    pub(super) place: String,
    /// What it is.
    pub(super) about: String,
}

/// Reads schemas of this description.
pub(super) struct Fields<'a> {
    pub(super) document: &'a Value,
}

impl<'a> Fields<'a> {
    /// The fields of a body, those within others after them.
    pub(super) fn of(&self, schema: &'a Value) -> Vec<Field> {
        let mut fields = Vec::new();
        self.add(schema, "", 0, &mut fields);
        fields
    }

    /// A parameter as a field.
    pub(super) fn parameter(&self, parameter: &Value) -> Field {
        Field {
            name: text(&parameter["name"]),
            kind: self.kind(&parameter["schema"]),
            is_required: parameter["required"] == true,
            place: text(&parameter["in"]),
            about: text(&parameter["description"]),
        }
    }

    fn add(&self, schema: &'a Value, within: &str, depth: usize, fields: &mut Vec<Field>) {
        let schema = resolve(self.document, schema);
        if depth == DEEPEST {
            return;
        }
        if schema["items"].is_object() {
            return self.add(&schema["items"], &format!("{within}[]"), depth, fields);
        }
        for part in list(&schema["allOf"]).chain(list(&schema["oneOf"])).chain(list(&schema["anyOf"])) {
            self.add(part, within, depth, fields);
        }
        let is_required = |name: &str| list(&schema["required"]).any(|required| required == name);
        let mut properties: Vec<_> = schema["properties"].as_object().into_iter().flatten().collect();
        // What must be there comes first.
        properties.sort_by_key(|(name, _)| !is_required(name));
        for (own_name, property) in properties {
            let name = if within.is_empty() { own_name.clone() } else { format!("{within}.{own_name}") };
            if fields.iter().any(|field| field.name == name) {
                continue;
            }
            let own = property["description"].as_str();
            let about = own.or_else(|| resolve(self.document, property)["description"].as_str());
            fields.push(Field {
                kind: self.kind(property),
                is_required: is_required(own_name),
                place: String::new(),
                about: about.unwrap_or_default().to_owned(),
                name: name.clone(),
            });
            self.add(property, &name, depth + 1, fields);
        }
    }

    fn kind(&self, schema: &Value) -> String {
        let schema = resolve(self.document, schema);
        for several in ["oneOf", "anyOf", "allOf"] {
            let mut kinds: Vec<String> = Vec::new();
            for kind in list(&schema[several]).map(|part| self.kind(part)) {
                if kind != "null" && !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            if !kinds.is_empty() {
                return kinds.join(" | ");
            }
        }
        if let Some(choices) = schema["enum"].as_array() {
            return choices.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
        }
        let named: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter(|k| *k != "null").collect(),
            _ => vec![],
        };
        match (named.as_slice(), schema["format"].as_str()) {
            ([], _) if schema["properties"].is_object() => "object".to_owned(),
            ([], _) => "any".to_owned(),
            (["array"], _) => format!("array of {}", self.kind(&schema["items"])),
            (["string"], Some(format)) => format!("string ({format})"),
            (kinds, _) => kinds.join(" | "),
        }
    }
}

/// The schema that a reference names, or itself; of one that may also be null, the other.
pub(super) fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // A chain of references is short; one that never ends is left where it stands.
    for _ in 0..8 {
        let named = schema["$ref"].as_str().and_then(|name| document.pointer(name.trim_start_matches('#')));
        let other = || {
            let parts = schema["oneOf"].as_array()?;
            let mut others = parts.iter().filter(|part| part["type"] != "null");
            let first = others.next()?;
            (parts.len() == 2 && others.next().is_none()).then_some(first)
        };
        match named.or_else(other) {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fields;

    #[test]
    fn fields_within_fields_are_named_with_what_they_stand_in_and_a_circle_ends() {
        let document = json!({ "components": { "schemas": {
            "Email": {
                "required": ["to"],
                "properties": {
                    "to": { "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }], "description": "Whom." },
                    "files": { "type": ["array", "null"], "items": { "$ref": "#/components/schemas/File" } },
                    "at": { "type": "string", "format": "date-time" },
                    "answers": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Email" }] },
                },
            },
            "File": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
        } } });
        let schema = json!({ "$ref": "#/components/schemas/Email" });
        let fields = Fields { document: &document }.of(&schema);
        let shown: Vec<(&str, &str, bool)> = fields
            .iter()
            .filter(|f| !f.name.starts_with("answers"))
            .map(|f| (f.name.as_str(), f.kind.as_str(), f.is_required))
            .collect();
        assert_eq!(
            shown,
            [
                ("to", "string | array of string", true),
                ("at", "string (date-time)", false),
                ("files", "array of object", false),
                ("files[].name", "string", true),
            ]
        );
        assert!(fields.iter().any(|field| field.name == "answers.answers.to"));
        assert!(fields.len() < 30, "{}", fields.len());
    }
}
