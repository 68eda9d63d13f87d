//! What a user types about a new key.

use chrono::{DateTime, TimeDelta, Utc};
use sebar_domain::{Address, Network, Scope};
use sebar_store::api_keys::NewApiKey;

use crate::foundation::form::{Faults, check_line};
use crate::foundation::page::Page;

/// After how many days a key may end by itself.
pub(super) const DAYS: [i64; 4] = [30, 90, 180, 365];
/// Requests in a minute that a new key begins with.
const PER_MINUTE: &str = "600";
const MOST_PER_MINUTE: i32 = 10_000_000;

/// The fields as they were typed.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    pub(super) from_domains: String,
    pub(super) networks: String,
    pub(super) per_minute: String,
    pub(super) days: String,
}

/// A key as it is wanted; `None` if there are faults.
pub(super) struct Asked(pub(super) Option<NewApiKey>);

impl From<Vec<(String, String)>> for Typed {
    // Pairs, because a checkbox of the same name may come several times.
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (field, value) in pairs {
            match field.as_str() {
                "name" => typed.name = value,
                "scope" => typed.scopes.push(value),
                "from_domains" => typed.from_domains = value,
                "networks" => typed.networks = value,
                "per_minute" => typed.per_minute = value,
                "days" => typed.days = value,
                _ => {}
            }
        }
        typed
    }
}

/// When a key that is made `now` ends.
pub(super) fn end(now: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    now + TimeDelta::days(days)
}

impl Typed {
    /// What the form begins with.
    pub(super) fn begin() -> Self {
        Self {
            scopes: vec![Scope::EmailsSend.to_string(), Scope::EmailsRead.to_string()],
            per_minute: PER_MINUTE.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn has(&self, scope: &Scope) -> bool {
        self.scopes.iter().any(|typed| typed == scope.as_str())
    }

    pub(super) fn parse(&self, page: &Page, faults: &mut Faults) -> Asked {
        check_line(page, faults, "name", &self.name, 100);
        let scopes: Vec<Scope> = self.scopes.iter().filter_map(|word| word.parse().ok()).collect();
        if scopes.is_empty() {
            faults.add("scope", &page.t("keys-scope-none"));
        }
        let mut from_domains = Vec::new();
        for word in words(&self.from_domains) {
            match domain(word) {
                Some(domain) => from_domains.push(domain),
                None => faults.add("from_domains", &page.t("keys-domain-bad").with("word", word)),
            }
        }
        let mut networks: Vec<Network> = Vec::new();
        for word in words(&self.networks) {
            match word.parse() {
                Ok(network) => networks.push(network),
                Err(_) => faults.add("networks", &page.t("keys-network-bad").with("word", word)),
            }
        }
        let per_minute = self.per_minute(page, faults);
        let expires_at = match self.days.trim() {
            "" => None,
            typed => {
                let days = typed.parse().ok().filter(|days| DAYS.contains(days));
                if days.is_none() {
                    faults.add("days", &page.t("fault-choice"));
                }
                days.map(|days| end(page.now(), days))
            }
        };
        let name = self.name.trim().to_owned();
        Asked(faults.is_empty().then_some(NewApiKey {
            name,
            scopes,
            from_domains,
            networks,
            per_minute,
            expires_at,
        }))
    }

    fn per_minute(&self, page: &Page, faults: &mut Faults) -> Option<i32> {
        let typed = self.per_minute.trim();
        if typed.is_empty() {
            return None;
        }
        let number = typed.parse().ok().filter(|n| (1..=MOST_PER_MINUTE).contains(n));
        if number.is_none() {
            faults.add("per_minute", &page.t("fault-number").with("min", 1).with("max", MOST_PER_MINUTE));
        }
        number
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty())
}

/// A domain in its normal form, with or without `@` before it.
fn domain(word: &str) -> Option<String> {
    let word = word.strip_prefix('@').unwrap_or(word);
    if word.contains('@') {
        return None;
    }
    format!("x@{word}").parse::<Address>().ok().map(|address| address.domain().to_owned())
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn domains_are_kept_in_their_normal_form() {
        assert_eq!(domain("@Toko.Example").as_deref(), Some("toko.example"));
        assert_eq!(domain("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        for word in ["a@b.example", "toko", "*.example.com", "https://toko.example"] {
            assert_eq!(domain(word), None, "{word}");
        }
    }
}
