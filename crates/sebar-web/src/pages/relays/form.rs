//! What is typed about a relay, and what it means.

use sebar_domain::{Authentication, Security};
use sebar_smtp::{Tls, Trust};
use sebar_store::relays::{Relay, RelaySettings};
use serde::Deserialize;

use super::presets::Preset;
use crate::foundation::form::{Faults, check_address, check_line};
use crate::foundation::page::Page;

/// All as typed. The password is never filled in again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    pub(crate) preset: String,
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) security: String,
    pub(crate) authentication: String,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) ca_pem: String,
    pub(crate) from_allowed: String,
    pub(crate) per_second: String,
    pub(crate) per_hour: String,
    pub(crate) per_day: String,
    pub(crate) connections: String,
}

fn or_empty(n: Option<impl ToString>) -> String {
    n.map(|n| n.to_string()).unwrap_or_default()
}

impl Typed {
    /// What the form begins with for a preset.
    pub(crate) fn preset(page: &Page, preset: &Preset) -> Self {
        let name = if preset.key == "custom" {
            String::new()
        } else {
            page.t(&format!("relays-preset-{}", preset.key)).to_string()
        };
        Self {
            preset: preset.key.to_owned(),
            name,
            host: preset.host.to_owned(),
            port: preset.port.to_string(),
            security: preset.security.as_str().to_owned(),
            authentication: preset.authentication.as_str().to_owned(),
            username: preset.username.to_owned(),
            per_second: or_empty(preset.per_second),
            per_day: or_empty(preset.per_day),
            connections: preset.connections.to_string(),
            ..Self::default()
        }
    }

    /// What the form shows of a stored relay.
    pub(crate) fn stored(relay: &Relay) -> Self {
        let of = &relay.settings;
        Self {
            preset: of.preset.clone(),
            name: of.name.clone(),
            host: of.host.clone(),
            port: of.port.to_string(),
            security: of.security.as_str().to_owned(),
            authentication: of.authentication.as_str().to_owned(),
            username: of.username.clone(),
            password: String::new(),
            ca_pem: of.ca_pem.clone().unwrap_or_default(),
            from_allowed: of.from_allowed.join("\n"),
            per_second: or_empty(of.per_second),
            per_hour: or_empty(of.per_hour),
            per_day: or_empty(of.per_day),
            connections: of.connections.to_string(),
        }
    }

    /// The settings, or the faults at their fields. `has_secret`: a password is stored already.
    pub(crate) fn parse(&self, page: &Page, has_secret: bool) -> Result<RelaySettings, Faults> {
        let mut faults = Faults::default();
        check_line(page, &mut faults, "name", &self.name, 80);
        let host = self.host.trim();
        if host.is_empty() {
            faults.add("host", &page.t("fault-required"));
        } else if url::Host::parse(host).is_err() && host.parse::<std::net::Ipv6Addr>().is_err() {
            faults.add("host", &page.t("relays-fault-host"));
        }
        let port = whole(page, &mut faults, "port", &self.port, 1, 65_535);
        let security = self.security.parse::<Security>().ok();
        if security.is_none() {
            faults.add("security", &page.t("fault-choice"));
        }
        let authentication = self.authentication.parse::<Authentication>().ok();
        match authentication {
            None => faults.add("authentication", &page.t("fault-choice")),
            Some(Authentication::Password) => {
                check_line(page, &mut faults, "username", &self.username, 200);
                if self.password.is_empty() && !has_secret {
                    faults.add("password", &page.t("fault-required"));
                }
            }
            Some(Authentication::None) => {}
        }
        let ca_pem = Some(self.ca_pem.trim()).filter(|pem| !pem.is_empty()).map(str::to_owned);
        if let Some(pem) = &ca_pem
            && Tls::new(Trust::Authorities(pem.clone())).check().is_err()
        {
            faults.add("ca_pem", &page.t("relays-fault-ca"));
        }
        let from_allowed = self.parse_from_allowed(page, &mut faults);
        let per_second = self.parse_per_second(page, &mut faults);
        let per_hour = limit(page, &mut faults, "per_hour", &self.per_hour);
        let per_day = limit(page, &mut faults, "per_day", &self.per_day);
        let connections = whole(page, &mut faults, "connections", &self.connections, 1, 200);

        let (Some(security), Some(authentication), Some(port), Some(connections), true) =
            (security, authentication, port, connections, faults.is_empty())
        else {
            return Err(faults);
        };
        Ok(RelaySettings {
            name: self.name.trim().to_owned(),
            preset: self.preset.clone(),
            host: host.to_owned(),
            // Within 1 to 65,535.
            port: u16::try_from(port).unwrap_or(u16::MAX),
            security,
            authentication,
            username: if authentication == Authentication::None {
                String::new()
            } else {
                self.username.trim().to_owned()
            },
            ca_pem,
            from_allowed,
            per_second,
            per_hour,
            per_day,
            connections,
        })
    }

    /// One address or `@domain` a line.
    fn parse_from_allowed(&self, page: &Page, faults: &mut Faults) -> Vec<String> {
        let lines = self.from_allowed.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty());
        lines
            .filter_map(|line| {
                let probe = if line.starts_with('@') { format!("x{line}") } else { line.to_owned() };
                let address = check_address(page, faults, "from_allowed", &probe)?;
                Some(if line.starts_with('@') { format!("@{}", address.domain()) } else { address.key() })
            })
            .collect()
    }

    fn parse_per_second(&self, page: &Page, faults: &mut Faults) -> Option<f64> {
        let text = self.per_second.trim().replace(',', ".");
        if text.is_empty() {
            return None;
        }
        let rate = text.parse::<f64>().ok().filter(|rate| (0.001..=100_000.0).contains(rate));
        if rate.is_none() {
            faults.add("per_second", &page.t("fault-number").with("min", 0.001).with("max", 100_000));
        }
        rate
    }
}

fn whole(page: &Page, faults: &mut Faults, field: &str, text: &str, min: u32, max: u32) -> Option<u32> {
    let n = text.trim().parse::<u32>().ok().filter(|n| (min..=max).contains(n));
    if n.is_none() {
        faults.add(field, &page.t("fault-number").with("min", min).with("max", max));
    }
    n
}

fn limit(page: &Page, faults: &mut Faults, field: &str, text: &str) -> Option<u32> {
    if text.trim().is_empty() { None } else { whole(page, faults, field, text, 1, 100_000_000) }
}
