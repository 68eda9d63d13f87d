//! From what a program says about a contact to what can be stored: every fault at its field.

use chrono_tz::Tz;
use sebar_domain::Address;
use sebar_domain::id::ListId;
use sebar_domain::merge::{MAX_KEY, RESERVED, attribute_key};
use sebar_store::contacts::Upsert;
use sebar_store::lists::List;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::body::given;
use crate::api::error::{Cause, Faults};
use crate::pages::contacts::{MOST_ATTRIBUTES, NAME_LIMIT, VALUE_LIMIT};

/// Contacts of one request.
pub(super) const MOST_AT_ONCE: usize = 1000;

/// A contact as a program writes it. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewContact, example = json!({
    "email": "ana@example.com", "name": "Ana Putri", "attributes": { "kota": "Ciamis", "poin": 17 },
}))]
pub(crate) struct ContactRequest {
    /// The address, by which a contact is known.
    pub(super) email: Option<String>,
    /// The name.
    pub(super) name: Option<String>,
    /// Free facts that templates use as variables: texts, numbers, true or false, lists and objects. `null` takes one away.
    #[schema(value_type = Option<Object>)]
    pub(super) attributes: Option<Map<String, Value>>,
    /// Language (BCP 47), such as `id` or `en-GB`. `null`: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "left as it is, taken away, or set")]
    pub(super) language: Option<Option<String>>,
    /// Time zone by its IANA name, such as `Asia/Jakarta`. `null`: none.
    #[serde(default, alias = "timeZone", deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    #[expect(clippy::option_option, reason = "left as it is, taken away, or set")]
    pub(super) time_zone: Option<Option<String>>,
    /// Ids of lists that the contact is to be in; it stays in others.
    pub(super) lists: Option<Vec<String>>,
}

/// What a good request means.
pub(super) struct Checked {
    pub(super) data: Upsert,
    /// The lists that it is to be in.
    pub(super) lists: Vec<ListId>,
}

/// Checks all of a contact but its address, which must be one. `lists` are those that there are.
pub(super) fn check(faults: &mut Faults, request: &ContactRequest, lists: &[List]) -> Option<Checked> {
    let email = match request.email.as_deref().map(str::trim) {
        None | Some("") => {
            faults.add(Cause::MissingRequiredField, "email", "is missing.");
            None
        }
        Some(text) => address(faults, text),
    };
    let name = request.name.as_deref().map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "));
    if name.as_deref().is_some_and(|name| name.chars().count() > NAME_LIMIT || name.contains('\0')) {
        faults.add(Cause::InvalidValue, "name", format!("may have {NAME_LIMIT} characters."));
    }
    let language = request.language.as_ref().map(|language| {
        let text = language.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        let tag = sebar_import::language_tag(text);
        if tag.is_none() {
            faults.add(Cause::InvalidValue, "language", "is no language. Write it as `id` or `en-GB`.");
        }
        tag
    });
    let time_zone = request.time_zone.as_ref().map(|zone| {
        let text = zone.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
        let zone = text.parse::<Tz>().ok();
        if zone.is_none() {
            let message = "is no time zone. Write its IANA name, such as `Asia/Jakarta`.";
            faults.add(Cause::InvalidValue, "time_zone", message);
        }
        zone.map(|zone| zone.name().to_owned())
    });
    let attributes = attributes(faults, request.attributes.as_ref());
    let lists = list_ids(faults, request.lists.as_deref().unwrap_or_default(), lists);
    let data = Upsert { email: email?, name, attributes, language, time_zone };
    faults.is_empty().then_some(Checked { data, lists })
}

/// An address, or its fault.
pub(in crate::api) fn address(faults: &mut Faults, text: &str) -> Option<Address> {
    let address = text.parse().ok();
    if address.is_none() {
        faults.add(Cause::InvalidAddress, "email", "is no email address. Write it as `name@example.com`.");
    }
    address
}

fn attributes(faults: &mut Faults, given: Option<&Map<String, Value>>) -> Map<String, Value> {
    let mut attributes = Map::new();
    for (key, value) in given.into_iter().flatten() {
        let shown: String = key.chars().filter(|c| !c.is_control()).take(100).collect();
        let field = format!("attributes.{shown}");
        let text = value.to_string();
        match attribute_key(key) {
            None => {
                let message =
                    format!("is no name for an attribute: letters, digits and `_`, at most {MAX_KEY}.");
                faults.add(Cause::InvalidValue, field, message);
            }
            Some(key) if RESERVED.contains(&key.as_str()) => {
                faults.add(Cause::InvalidValue, field, "is a name that Sebar itself uses. Choose another.");
            }
            Some(key) if attributes.contains_key(&key) => {
                faults.add(Cause::InvalidValue, field, "is given twice.");
            }
            Some(_) if text.chars().count() > VALUE_LIMIT + 2 || text.contains("\\u0000") => {
                faults.add(Cause::InvalidValue, field, format!("may have {VALUE_LIMIT} characters."));
            }
            Some(key) => {
                attributes.insert(key, value.clone());
            }
        }
    }
    if attributes.len() > MOST_ATTRIBUTES {
        let message = format!("are {}; a contact may have {MOST_ATTRIBUTES}.", attributes.len());
        faults.add(Cause::InvalidValue, "attributes", message);
    }
    attributes
}

fn list_ids(faults: &mut Faults, wanted: &[String], lists: &[List]) -> Vec<ListId> {
    let mut ids = Vec::new();
    for (n, text) in wanted.iter().enumerate() {
        match text.trim().parse::<ListId>().ok().filter(|id| lists.iter().any(|list| list.id == *id)) {
            Some(id) => ids.push(id),
            None => faults.add(Cause::InvalidValue, format!("lists[{n}]"), "names no list."),
        }
    }
    ids
}
