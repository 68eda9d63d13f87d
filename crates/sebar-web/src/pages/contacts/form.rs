//! The form of a contact: what was typed, and what it means.

use chrono_tz::Tz;
use sebar_domain::Address;
use sebar_domain::id::ListId;
use sebar_domain::merge::{MAX_KEY, RESERVED, attribute_key};
use sebar_store::contacts::{Contact, ContactData};
use serde_json::{Map, Value};

use crate::foundation::form::{Faults, check_address};
use crate::foundation::page::Page;

/// Characters of a name.
pub(crate) const NAME_LIMIT: usize = 200;
/// Characters of an attribute's value.
pub(crate) const VALUE_LIMIT: usize = 2000;
/// Attributes of a contact.
pub(crate) const MOST_ATTRIBUTES: usize = 200;
/// Empty rows offered for further attributes.
const SPARE_ROWS: usize = 3;

/// What was typed. Rows of attributes come as fields of the same names, in order.
#[derive(Default)]
pub(crate) struct Typed {
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) time_zone: String,
    pub(crate) lists: Vec<ListId>,
    pub(crate) attributes: Vec<TypedAttribute>,
    /// Whether only more rows were asked for.
    pub(crate) wants_rows: bool,
}

/// One row of the attributes.
#[derive(Default)]
pub(crate) struct TypedAttribute {
    pub(crate) key: String,
    pub(crate) value: String,
    /// `text`, `number`, `yes_no`, or `json` for what has no simple form.
    pub(crate) kind: String,
}

/// What a good form means.
pub(crate) struct Parsed {
    email: Address,
    name: String,
    language: Option<String>,
    time_zone: Option<&'static str>,
    attributes: Map<String, Value>,
}

impl Parsed {
    pub(crate) fn data(&self) -> ContactData<'_> {
        ContactData {
            email: &self.email,
            name: &self.name,
            attributes: &self.attributes,
            language: self.language.as_deref(),
            time_zone: self.time_zone,
        }
    }
}

impl Typed {
    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "email" => typed.email = value,
                "name" => typed.name = value,
                "language" => typed.language = value,
                "time_zone" => typed.time_zone = value,
                "list" => typed.lists.extend(value.parse::<ListId>()),
                "attribute" => {
                    typed.attributes.push(TypedAttribute { key: value, ..TypedAttribute::default() });
                }
                "value" => {
                    if let Some(row) = typed.attributes.last_mut() {
                        row.value = value;
                    }
                }
                "kind" => {
                    if let Some(row) = typed.attributes.last_mut() {
                        row.kind = value;
                    }
                }
                "rows" => typed.wants_rows = true,
                _ => {}
            }
        }
        typed
    }

    pub(crate) fn stored(page: &Page, contact: &Contact, lists: Vec<ListId>) -> Self {
        Self {
            email: contact.email.clone(),
            name: contact.name.clone(),
            language: contact.language.clone().unwrap_or_default(),
            time_zone: contact.time_zone.clone().unwrap_or_default(),
            lists,
            attributes: contact.attributes.iter().map(|(key, value)| shown(page, key, value)).collect(),
            wants_rows: false,
        }
    }

    /// With room for further attributes, for the page.
    pub(crate) fn with_spare_rows(mut self) -> Self {
        if self.wants_rows {
            self.attributes.retain(|row| !row.is_empty());
        }
        let filled = self.attributes.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        self.attributes.truncate(filled);
        self.attributes.extend((0..SPARE_ROWS).map(|_| TypedAttribute::default()));
        self
    }

    /// What it means, or what is wrong with it. Keys that are stored already may stay as they are.
    pub(crate) fn parse(&self, page: &Page, stored: Option<&Contact>) -> Result<Parsed, Faults> {
        let mut faults = Faults::default();
        let email = check_address(page, &mut faults, "email", &self.email);
        if self.name.chars().count() > NAME_LIMIT {
            faults.add("name", &page.t("fault-too-long").with("n", NAME_LIMIT));
        }
        let language = self.language.trim();
        let language = (!language.is_empty()).then(|| sebar_import::language_tag(language));
        if language == Some(None) {
            faults.add("language", &page.t("contacts-fault-language"));
        }
        let time_zone = match self.time_zone.as_str() {
            "" => None,
            name => match name.parse::<Tz>() {
                Ok(zone) => Some(zone.name()),
                Err(_) => {
                    faults.add("time_zone", &page.t("fault-choice"));
                    None
                }
            },
        };
        let attributes = self.parse_attributes(page, stored, &mut faults);
        match email {
            Some(email) if faults.is_empty() => Ok(Parsed {
                email,
                name: self.name.split_whitespace().collect::<Vec<_>>().join(" "),
                language: language.flatten(),
                time_zone,
                attributes,
            }),
            _ => Err(faults),
        }
    }

    fn parse_attributes(
        &self,
        page: &Page,
        stored: Option<&Contact>,
        faults: &mut Faults,
    ) -> Map<String, Value> {
        let mut attributes = Map::new();
        for (n, row) in self.attributes.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            let typed = row.key.trim();
            let known = stored.is_some_and(|contact| contact.attributes.contains_key(typed));
            let key = if known { Some(typed.to_owned()) } else { attribute_key(typed) };
            let Some(key) = key else {
                let fault = if typed.is_empty() { "fault-required" } else { "contacts-fault-key" };
                faults.add(format!("attribute-{n}"), &page.t(fault).with("n", MAX_KEY));
                continue;
            };
            if !known && RESERVED.contains(&key.as_str()) {
                faults
                    .add(format!("attribute-{n}"), &page.t("contacts-fault-key-reserved").with("key", &key));
            } else if attributes.contains_key(&key) {
                faults.add(format!("attribute-{n}"), &page.t("contacts-fault-key-twice").with("key", &key));
            }
            match row.parse() {
                Ok(value) => {
                    attributes.insert(key, value);
                }
                Err(fault) => {
                    faults.add(format!("value-{n}"), &page.t(fault).with("n", VALUE_LIMIT));
                }
            }
        }
        if attributes.len() > MOST_ATTRIBUTES {
            faults.add("attribute-0", &page.t("contacts-fault-attributes").with("n", MOST_ATTRIBUTES));
        }
        attributes
    }
}

impl TypedAttribute {
    fn is_empty(&self) -> bool {
        self.key.trim().is_empty() && self.value.trim().is_empty()
    }

    /// The value as JSON, or the key of what is wrong with it.
    fn parse(&self) -> Result<Value, &'static str> {
        let text = self.value.trim();
        if text.chars().count() > VALUE_LIMIT {
            return Err("fault-too-long");
        }
        match self.kind.as_str() {
            "number" => {
                text.parse::<serde_json::Number>().map(Value::Number).map_err(|_| "contacts-fault-number")
            }
            "yes_no" => match text.to_lowercase().as_str() {
                "yes" | "true" | "1" | "ya" | "y" | "benar" => Ok(Value::Bool(true)),
                "no" | "false" | "0" | "tidak" | "n" | "t" | "salah" => Ok(Value::Bool(false)),
                _ => Err("contacts-fault-yes-no"),
            },
            "json" => serde_json::from_str(text).map_err(|_| "contacts-fault-json"),
            _ => Ok(Value::String(text.to_owned())),
        }
    }
}

fn shown(page: &Page, key: &str, value: &Value) -> TypedAttribute {
    let (kind, value) = match value {
        Value::String(text) => ("text", text.clone()),
        Value::Number(number) => ("number", number.to_string()),
        Value::Bool(yes) => ("yes_no", page.t(if *yes { "contacts-yes" } else { "contacts-no" }).to_string()),
        other => ("json", other.to_string()),
    };
    TypedAttribute { key: key.to_owned(), value, kind: kind.to_owned() }
}
