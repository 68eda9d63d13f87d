//! Faults of a form, each at its field; what was typed stays in the page's own struct.

use std::collections::BTreeMap;

use sebar_domain::Address;

use super::i18n::Text;
use super::page::Page;
use super::password;

/// The faults of a form by field. Empty means that all is well.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeMap<String, String>);

impl Faults {
    /// Notes a fault at a field. The first one stays: it is the one to mend first.
    pub(crate) fn add(&mut self, field: impl Into<String>, text: &Text) {
        self.0.entry(field.into()).or_insert_with(|| text.to_string());
    }

    /// The same with a text that is made already.
    pub(crate) fn add_text(&mut self, field: &str, text: &str) {
        self.0.entry(field.to_owned()).or_insert_with(|| text.to_owned());
    }

    /// The fault at a field; empty if there is none (as templates want it).
    pub(crate) fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A line of text that must not be empty nor longer than `limit` characters.
pub(crate) fn check_line(page: &Page, faults: &mut Faults, field: &str, value: &str, limit: usize) {
    if value.trim().is_empty() {
        faults.add(field, &page.t("fault-required"));
    } else if value.chars().count() > limit {
        faults.add(field, &page.t("fault-too-long").with("n", limit));
    }
}

/// An address, or its fault at the field.
pub(crate) fn check_address(page: &Page, faults: &mut Faults, field: &str, value: &str) -> Option<Address> {
    match value.parse::<Address>() {
        Ok(address) => Some(address),
        Err(fault) => {
            faults.add(field, &page.t(&format!("address-{fault}")));
            None
        }
    }
}

/// A domain as it stands in addresses: in lower case, in ASCII. `None`: it is none.
pub(crate) fn domain_in_ascii(typed: &str) -> Option<String> {
    let address: Address = format!("x@{typed}").parse().ok()?;
    Some(address.domain().to_ascii_lowercase())
}

/// A new password.
pub(crate) fn check_password(page: &Page, faults: &mut Faults, field: &str, value: &str) {
    if value.chars().count() < password::MIN_LENGTH {
        faults.add(field, &page.t("account-password-short").with("n", password::MIN_LENGTH));
    } else if value.len() > password::MAX_LENGTH {
        faults.add(field, &page.t("fault-too-long").with("n", password::MAX_LENGTH));
    }
}
