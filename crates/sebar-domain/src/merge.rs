//! What a template knows of a contact: its own facts and its attributes, side by side.

use serde_json::{Map, Value};

/// Names that mean something else already and cannot be attributes. `first_name` is none of them:
/// an attribute of that name is better than a guess from the name.
pub const RESERVED: [&str; 7] =
    ["email", "name", "language", "time_zone", "company", "company_address", "unsubscribe_url"];

/// The longest name of an attribute, in bytes.
pub const MAX_KEY: usize = 50;

/// Whether templates can use it as a variable: a small letter, then small letters, digits and `_`.
pub fn is_attribute_key(key: &str) -> bool {
    key.len() <= MAX_KEY
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The name for an attribute made from what a person typed: `Kota / Kabupaten` becomes
/// `kota_kabupaten`. `None` where no letter begins it.
///
/// ```
/// use sebar_domain::merge::attribute_key;
/// assert_eq!(attribute_key("Kota Asal").as_deref(), Some("kota_asal"));
/// assert_eq!(attribute_key("2nd phone"), None);
/// ```
pub fn attribute_key(text: &str) -> Option<String> {
    let mut key = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') && !matches!(c, '\'' | '"') {
            key.push('_');
        }
    }
    key.truncate(MAX_KEY);
    key.truncate(key.trim_end_matches('_').len());
    is_attribute_key(&key).then_some(key)
}

/// The facts about a contact that are no attributes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// The address.
    pub email: &'a str,
    /// The name; may be empty.
    pub name: &'a str,
    /// BCP 47.
    pub language: Option<&'a str>,
    /// IANA name.
    pub time_zone: Option<&'a str>,
}

/// The variables of a contact. Attributes never override a fact that is known, nor stand for what
/// the installation says (`company` …); where a fact is missing, an attribute of its name serves.
pub fn merge_data(facts: Facts<'_>, attributes: &Map<String, Value>) -> Map<String, Value> {
    let mut data: Map<String, Value> = attributes
        .iter()
        .filter(|(key, value)| {
            !value.is_null() && !matches!(key.as_str(), "company" | "company_address" | "unsubscribe_url")
        })
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let known = [
        ("email", Some(facts.email)),
        ("name", Some(facts.name.trim())),
        ("language", facts.language),
        ("time_zone", facts.time_zone),
    ];
    for (key, value) in known {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            data.insert(key.to_owned(), value.into());
        }
    }
    if !data.contains_key("first_name")
        && let Some(first) = data.get("name").and_then(Value::as_str).and_then(call_name).map(str::to_owned)
    {
        data.insert("first_name".to_owned(), first.into());
    }
    data
}

/// What stands before a name and is none, in lower case and without a full stop: Balinese articles,
/// and titles that are written without one as well.
const TITLES: [&str; 28] = [
    "ni", "hj", "kh", "dr", "drg", "drs", "dra", "ir", "prof", "bapak", "bpk", "ibu", "sdr", "sdri", "tn",
    "ny", "raden", "rr", "mr", "mrs", "ms", "pak", "haji", "hajah", "saudara", "saudari", "tuan", "nyonya",
];

/// How a person is called: the first word of the name that is no title, article or initial; `None`
/// without a name. `I Gusti Ngurah Rai` is called `Gusti`, `Dr. Ani` is called `Ani`.
pub fn call_name(name: &str) -> Option<&str> {
    let is_title = |word: &&str| {
        word.ends_with('.')
            || (word.len() == 1 && word.is_ascii())
            || TITLES.contains(&word.to_lowercase().as_str())
    };
    // `Budi, S.Kom`: the comma is not his.
    let mut words =
        name.split_whitespace().map(|word| word.trim_end_matches([',', ';'])).filter(|word| !word.is_empty());
    let first = words.clone().next()?;
    Some(words.find(|word| !is_title(word)).unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_people_type_becomes_a_name_that_templates_can_use() {
        for (typed, key) in [
            ("Kota Asal", Some("kota_asal")),
            ("  Kota / Kabupaten ", Some("kota_kabupaten")),
            ("plan", Some("plan")),
            ("Mother's maiden name", Some("mothers_maiden_name")),
            ("No. HP (WA)", Some("no_hp_wa")),
            ("a1", Some("a1")),
            ("1a", None),
            ("", None),
            ("___", None),
            ("用户", None),
        ] {
            assert_eq!(attribute_key(typed).as_deref(), key, "{typed}");
        }
    }

    #[test]
    fn attributes_stand_beside_the_facts_and_never_before_them() {
        let facts =
            Facts { email: "budi@example.com", name: "Budi Santoso", language: Some("id"), time_zone: None };
        let attributes = json!({
            "email": "evil@example.com", "name": "Evil", "language": "xx", "time_zone": "Asia/Jakarta",
            "company": "Evil Ltd", "unsubscribe_url": "https://evil.example", "kota": "Ciamis", "umur": 31, "kosong": null,
        });
        assert_eq!(
            Value::Object(merge_data(facts, &map(&attributes))),
            json!({
                "email": "budi@example.com", "name": "Budi Santoso", "first_name": "Budi", "language": "id",
                "time_zone": "Asia/Jakarta", "kota": "Ciamis", "umur": 31,
            })
        );
    }

    #[test]
    fn a_missing_name_is_taken_from_the_attributes_and_a_given_first_name_is_kept() {
        let facts = Facts { email: "a@example.com", name: " ", ..Facts::default() };
        let data = merge_data(facts, &map(&json!({"name": "Siti Rahayu"})));
        assert_eq!((&data["name"], &data["first_name"]), (&json!("Siti Rahayu"), &json!("Siti")));
        let facts = Facts { name: "R. Siti Rahayu", ..facts };
        assert_eq!(merge_data(facts, &map(&json!({"first_name": "Siti"})))["first_name"], "Siti");
        assert!(!merge_data(Facts::default(), &Map::new()).contains_key("first_name"));
    }

    #[test]
    fn people_are_called_by_a_name_and_not_by_a_title() {
        for (name, called) in [
            ("Budi Santoso", "Budi"),
            ("Suharto", "Suharto"),
            ("I Gusti Ngurah Rai", "Gusti"),
            ("I Made Arya", "Made"),
            ("Ni Luh Putu Sari", "Luh"),
            ("Ida Ayu Laksmi", "Ida"),
            ("Dr. Ani Wijaya", "Ani"),
            ("H. Ahmad Fauzi", "Ahmad"),
            ("Hj Siti Aminah", "Siti"),
            ("Prof. Dr. Ir. B. J. Habibie", "Habibie"),
            ("M. Rizki", "Rizki"),
            ("Ibu Dewi", "Dewi"),
            ("Budi, S.Kom", "Budi"),
            ("Haji Agus Salim", "Agus"),
            (", Ana", "Ana"),
            ("Ni", "Ni"),
            ("A. B.", "A."),
            ("李 明", "李"),
        ] {
            assert_eq!(call_name(name), Some(called), "{name}");
        }
        assert_eq!(call_name("  "), None);
    }

    proptest! {
        #[test]
        fn every_name_that_is_made_can_be_used_and_is_made_of_itself(text in "\\PC{0,80}") {
            if let Some(key) = attribute_key(&text) {
                prop_assert!(is_attribute_key(&key));
                prop_assert_eq!(attribute_key(&key), Some(key));
            }
        }
    }
}
