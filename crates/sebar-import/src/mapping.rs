//! Which column means what.

use std::collections::BTreeSet;

use sebar_domain::Address;
use sebar_domain::merge::{RESERVED, is_attribute_key};
use serde::{Deserialize, Serialize};

use crate::row::{language_tag, time_zone};

/// What a column becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to", content = "key")]
pub enum Target {
    /// Nothing.
    Ignore,
    /// The address: exactly one column.
    Email,
    /// The whole name.
    Name,
    /// The first part of the name.
    FirstName,
    /// The last part of the name.
    LastName,
    /// The language (BCP 47, or the name of one).
    Language,
    /// The time zone (IANA name, or WIB, WITA, WIT).
    TimeZone,
    /// An attribute of this key, which templates use as a variable.
    Attribute(String),
}

/// What each column becomes, in the file's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(pub Vec<Target>);

/// What is wrong with a mapping. The word of each is also its translation key (`imports-mapping-…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// No column holds the address.
    #[error("no-email")]
    NoEmail,
    /// Two columns become the same.
    #[error("twice")]
    Twice,
    /// A key that templates cannot use.
    #[error("key")]
    Key,
    /// A key that means something else already.
    #[error("reserved")]
    Reserved,
}

impl Target {
    /// The word for it in forms and translation keys.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Email => "email",
            Self::Name => "name",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Attribute(_) => "attribute",
        }
    }

    /// The target that a form's word and key mean; no known word is an attribute.
    pub fn from_form(word: &str, key: &str) -> Self {
        match word {
            "email" => Self::Email,
            "name" => Self::Name,
            "first_name" => Self::FirstName,
            "last_name" => Self::LastName,
            "language" => Self::Language,
            "time_zone" => Self::TimeZone,
            "attribute" => Self::Attribute(key.trim().to_owned()),
            _ => Self::Ignore,
        }
    }
}

impl Mapping {
    /// The first fault, with the number of its column (0 for the whole).
    pub fn fault(&self) -> Option<(usize, MappingFault)> {
        let mut seen = BTreeSet::new();
        for (n, target) in self.0.iter().enumerate() {
            let what = match target {
                Target::Ignore => continue,
                Target::Attribute(key) if !is_attribute_key(key) => return Some((n, MappingFault::Key)),
                Target::Attribute(key) if RESERVED.contains(&key.as_str()) => {
                    return Some((n, MappingFault::Reserved));
                }
                Target::Attribute(key) => format!("attribute {key}"),
                target => target.as_str().to_owned(),
            };
            if !seen.insert(what) {
                return Some((n, MappingFault::Twice));
            }
        }
        (!self.0.contains(&Target::Email)).then_some((0, MappingFault::NoEmail))
    }
}

/// A key made from a column's head: `Kota / Kabupaten` becomes `kota_kabupaten`.
pub fn key_for(head: &str, column: usize) -> String {
    let mut key = String::new();
    for c in head.trim().chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') && !matches!(c, '\'' | '"') {
            key.push('_');
        }
    }
    key.truncate(40);
    let key = key.trim_end_matches('_');
    if !key.starts_with(|c: char| c.is_ascii_lowercase()) {
        return if key.is_empty() { format!("column_{}", column + 1) } else { format!("column_{key}") };
    }
    if RESERVED.contains(&key) { format!("{key}_{}", column + 1) } else { key.to_owned() }
}

/// Guesses what the columns are by their heads, in English and Indonesian, and by what stands in them.
pub fn guess(heads: &[String], rows: &[Vec<String>]) -> Mapping {
    let columns = heads.len().max(rows.iter().map(Vec::len).max().unwrap_or(0));
    let mut targets: Vec<Option<Target>> = vec![None; columns];
    let mut taken = BTreeSet::new();
    let mut take = |targets: &mut Vec<Option<Target>>, n: usize, target: Target| {
        if targets[n].is_none() && taken.insert(target.as_str()) {
            targets[n] = Some(target);
        }
    };
    // What stands in a column counts more than its head: the address above all.
    let addresses: Vec<usize> = (0..columns).map(|n| count(rows, n, is_address)).collect();
    let by_head = |words: &[&str]| {
        (0..columns).find(|n| heads.get(*n).is_some_and(|head| words.contains(&norm(head).as_str())))
    };
    let most = addresses.iter().copied().max().unwrap_or(0);
    let named = by_head(EMAIL).filter(|n| addresses[*n] * 2 >= most);
    if let Some(n) = named.or_else(|| addresses.iter().position(|n| *n == most && most > 0)) {
        take(&mut targets, n, Target::Email);
    }
    let kinds: [(&[&str], Target); 5] = [
        (FIRST_NAME, Target::FirstName),
        (LAST_NAME, Target::LastName),
        (NAME, Target::Name),
        (LANGUAGE, Target::Language),
        (TIME_ZONE, Target::TimeZone),
    ];
    for (words, target) in kinds {
        let Some(n) = by_head(words) else { continue };
        let fits = match target {
            // A column of that name may hold something else; then it is an attribute.
            Target::Language => mostly(rows, n, |text| language_tag(text).is_some()),
            Target::TimeZone => mostly(rows, n, |text| time_zone(text).is_some()),
            _ => true,
        };
        if fits {
            take(&mut targets, n, target);
        }
    }
    // A first name alone is all of the name that there is.
    if let Some(first) = targets.iter().position(|target| *target == Some(Target::FirstName)) {
        if targets.contains(&Some(Target::Name)) {
            targets[first] = None;
        } else if !targets.contains(&Some(Target::LastName)) {
            targets[first] = Some(Target::Name);
        }
    }
    if targets.contains(&Some(Target::Name))
        && let Some(last) = targets.iter().position(|target| *target == Some(Target::LastName))
    {
        targets[last] = None;
    }
    let mut keys = BTreeSet::new();
    let fill = |(n, target): (usize, Option<Target>)| {
        target.unwrap_or_else(|| {
            let head = heads.get(n).map_or("", String::as_str);
            if head.is_empty() && rows.iter().all(|row| row.get(n).is_none_or(String::is_empty)) {
                return Target::Ignore;
            }
            let mut key = key_for(head, n);
            if !keys.insert(key.clone()) {
                key = format!("{key}_{}", n + 1);
                keys.insert(key.clone());
            }
            Target::Attribute(key)
        })
    };
    Mapping(targets.into_iter().enumerate().map(fill).collect())
}

fn norm(head: &str) -> String {
    head.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn count(rows: &[Vec<String>], column: usize, is: impl Fn(&str) -> bool) -> usize {
    rows.iter().filter(|row| row.get(column).is_some_and(|text| is(text))).count()
}

fn mostly(rows: &[Vec<String>], column: usize, is: impl Fn(&str) -> bool) -> bool {
    let filled = count(rows, column, |text| !text.is_empty());
    count(rows, column, |text| !text.is_empty() && is(text)) * 2 >= filled
}

fn is_address(text: &str) -> bool {
    text.contains('@') && text.parse::<Address>().is_ok()
}

/// What heads mean, lower case without anything but letters and digits.
const EMAIL: &[&str] = &[
    "email",
    "emailaddress",
    "mail",
    "emails",
    "emailaddresses",
    "primaryemail",
    "workemail",
    "subscriberemail",
    "surel",
    "alamatsurel",
    "alamatemail",
    "posel",
    "suratelektronik",
    "emailpelanggan",
    "emailaktif",
    "contactemail",
    "useremail",
    "correo",
    "courriel",
];
const NAME: &[&str] = &[
    "name",
    "fullname",
    "contactname",
    "customername",
    "displayname",
    "subscribername",
    "nama",
    "namalengkap",
    "namapelanggan",
    "namakontak",
    "namacustomer",
    "namapenerima",
    "namaanggota",
    "namapeserta",
];
const FIRST_NAME: &[&str] =
    &["firstname", "fname", "givenname", "forename", "namadepan", "namapertama", "first", "namapanggilan"];
const LAST_NAME: &[&str] = &[
    "lastname",
    "lname",
    "surname",
    "familyname",
    "namabelakang",
    "namaakhir",
    "namakeluarga",
    "marga",
    "last",
];
const LANGUAGE: &[&str] = &["language", "lang", "locale", "preferredlanguage", "bahasa", "pilihanbahasa"];
const TIME_ZONE: &[&str] = &["timezone", "tz", "timezonename", "zonawaktu", "zona"];

#[cfg(test)]
mod tests;
