//! What is typed about a relay, and what it means.

use sebar_domain::{Authentication, Security};
use sebar_oauth::AddressFault;
use sebar_smtp::{Tls, Trust};
use sebar_store::relays::{OAuth, PER_CONNECTION, Relay, RelaySettings};
use serde::Deserialize;

use super::presets::{self, Preset};
use super::warm_up::TypedPlan;
use crate::foundation::form::{Faults, check_address, check_line};
use crate::foundation::i18n::Text;
use crate::foundation::page::Page;

/// All as typed. Secrets are never filled in again.
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
    pub(crate) token_url: String,
    pub(crate) token_scope: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) refresh_token: String,
    pub(crate) ca_pem: String,
    pub(crate) from_allowed: String,
    pub(crate) per_second: String,
    pub(crate) per_minute: String,
    pub(crate) per_hour: String,
    pub(crate) per_day: String,
    pub(crate) connections: String,
    pub(crate) per_connection: String,
    #[serde(flatten)]
    pub(crate) warm_up: TypedPlan,
}

/// What was typed, understood.
pub(crate) struct Parsed {
    pub(crate) settings: RelaySettings,
    pub(crate) oauth: Option<OAuth>,
}

/// Which secrets are stored and still belong to what was typed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stored {
    pub(crate) secret: bool,
    pub(crate) client_secret: bool,
    /// There is a secret, for another way of logging in than was typed.
    pub(crate) secret_of_another: bool,
}

impl Stored {
    /// What stands at the field of a secret that was left empty.
    fn missing(self, page: &Page) -> Text {
        page.t(if self.secret_of_another { "relays-fault-secret-again" } else { "fault-required" })
    }
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
            token_url: preset.token_url.to_owned(),
            token_scope: preset.token_scope.to_owned(),
            per_second: or_empty(preset.per_second),
            per_minute: or_empty(preset.per_minute),
            per_day: or_empty(preset.per_day),
            connections: preset.connections.to_string(),
            per_connection: PER_CONNECTION.to_string(),
            ..Self::default()
        }
    }

    /// What the form shows of a stored relay.
    pub(crate) fn stored(page: &Page, relay: &Relay) -> Self {
        let of = &relay.settings;
        let oauth = relay.oauth.clone().unwrap_or_else(|| {
            // Should somebody change to tokens, the form knows where the preset's are had.
            let preset = presets::find(&of.preset);
            OAuth {
                token_url: preset.token_url.to_owned(),
                scope: preset.token_scope.to_owned(),
                client_id: String::new(),
                has_client_secret: false,
            }
        });
        Self {
            preset: of.preset.clone(),
            name: of.name.clone(),
            host: of.host.clone(),
            port: of.port.to_string(),
            security: of.security.as_str().to_owned(),
            authentication: of.authentication.as_str().to_owned(),
            username: of.username.clone(),
            password: String::new(),
            token_url: oauth.token_url,
            token_scope: oauth.scope,
            client_id: oauth.client_id,
            client_secret: String::new(),
            refresh_token: String::new(),
            ca_pem: of.ca_pem.clone().unwrap_or_default(),
            from_allowed: of.from_allowed.join("\n"),
            per_second: or_empty(of.per_second),
            per_minute: or_empty(of.per_minute),
            per_hour: or_empty(of.per_hour),
            per_day: or_empty(of.per_day),
            connections: of.connections.to_string(),
            per_connection: of.per_connection.to_string(),
            warm_up: TypedPlan::stored(page, of.warm_up.as_ref()),
        }
    }

    /// Which of a relay's secrets belong to what is typed now. Each is bound to the place that it was
    /// entered for: it must not be led to another server, account or address, nor over a connection that
    /// protects it less.
    pub(crate) fn still_good(&self, relay: &Relay) -> Stored {
        let of = &relay.settings;
        let same_login = of.host == self.host.trim()
            && of.port.to_string() == self.port.trim()
            && of.security.as_str() == self.security
            && of.ca_pem.as_deref().unwrap_or_default().split_whitespace().eq(self.ca_pem.split_whitespace())
            && of.username == self.username.trim()
            && of.authentication.as_str() == self.authentication;
        let same_program = relay.oauth.as_ref().is_none_or(|oauth| {
            oauth.token_url == self.token_url.trim() && oauth.client_id == self.client_id.trim()
        });
        let secret = same_login && same_program && relay.has_secret;
        Stored {
            secret,
            client_secret: same_program && relay.oauth.as_ref().is_some_and(|oauth| oauth.has_client_secret),
            secret_of_another: relay.has_secret && !secret,
        }
    }

    /// The settings, or the faults at their fields.
    pub(crate) fn parse(&self, page: &Page, stored: Stored) -> Result<Parsed, Faults> {
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
                if self.password.is_empty() && !stored.secret {
                    faults.add("password", &stored.missing(page));
                }
            }
            Some(Authentication::OAuth2) => {
                check_line(page, &mut faults, "username", &self.username, 200);
                self.check_oauth(page, &mut faults, stored);
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
        let per_minute = limit(page, &mut faults, "per_minute", &self.per_minute);
        let per_hour = limit(page, &mut faults, "per_hour", &self.per_hour);
        let per_day = limit(page, &mut faults, "per_day", &self.per_day);
        let connections = whole(page, &mut faults, "connections", &self.connections, 1, 200);
        let per_connection = self.parse_per_connection(page, &mut faults);
        let warm_up = self.warm_up.parse(page, &mut faults);

        let (Some(security), Some(authentication), Some(port), Some(connections), true) =
            (security, authentication, port, connections, faults.is_empty())
        else {
            return Err(faults);
        };
        let oauth = (authentication == Authentication::OAuth2).then(|| OAuth {
            token_url: self.token_url.trim().to_owned(),
            scope: self.token_scope.trim().to_owned(),
            client_id: self.client_id.trim().to_owned(),
            has_client_secret: stored.client_secret || !self.client_secret.trim().is_empty(),
        });
        let settings = RelaySettings {
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
            per_minute,
            per_hour,
            per_day,
            connections,
            per_connection,
            warm_up,
        };
        Ok(Parsed { settings, oauth })
    }

    fn check_oauth(&self, page: &Page, faults: &mut Faults, stored: Stored) {
        check_line(page, faults, "client_id", &self.client_id, 300);
        check_line(page, faults, "token_url", &self.token_url, 500);
        match sebar_oauth::check_address(&self.token_url) {
            Ok(_) => {}
            Err(AddressFault::NotHttps) => faults.add("token_url", &page.t("relays-fault-token-https")),
            Err(_) => faults.add("token_url", &page.t("relays-fault-token-url")),
        }
        if self.token_scope.chars().count() > 500 {
            faults.add("token_scope", &page.t("fault-too-long").with("n", 500));
        }
        if self.refresh_token.trim().is_empty() && !stored.secret {
            faults.add("refresh_token", &stored.missing(page));
        }
        // Microsoft's are some 1,500 characters long.
        for (field, secret) in
            [("refresh_token", &self.refresh_token), ("client_secret", &self.client_secret)]
        {
            if secret.chars().count() > 5000 {
                faults.add(field, &page.t("fault-too-long").with("n", 5000));
            }
        }
    }

    /// Left empty: the usual number.
    fn parse_per_connection(&self, page: &Page, faults: &mut Faults) -> u32 {
        if self.per_connection.trim().is_empty() {
            return PER_CONNECTION;
        }
        whole(page, faults, "per_connection", &self.per_connection, 1, 1_000_000).unwrap_or(PER_CONNECTION)
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
        if self.per_second.trim().is_empty() {
            return None;
        }
        within(page, faults, "per_second", &self.per_second, 0.001, 100_000.0)
    }
}

/// A number with decimals, after a point or a comma.
pub(crate) fn within(
    page: &Page,
    faults: &mut Faults,
    field: &str,
    text: &str,
    min: f64,
    max: f64,
) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let n = text.parse::<f64>().ok().filter(|n| (min..=max).contains(n));
    if n.is_none() {
        faults.add(field, &page.t("fault-number").with("min", min).with("max", max));
    }
    n
}

/// A whole number.
pub(crate) fn whole(
    page: &Page,
    faults: &mut Faults,
    field: &str,
    text: &str,
    min: u32,
    max: u32,
) -> Option<u32> {
    let n = text.trim().parse::<u32>().ok().filter(|n| (min..=max).contains(n));
    if n.is_none() {
        faults.add(field, &page.t("fault-number").with("min", min).with("max", max));
    }
    n
}

fn limit(page: &Page, faults: &mut Faults, field: &str, text: &str) -> Option<u32> {
    if text.trim().is_empty() { None } else { whole(page, faults, field, text, 1, 100_000_000) }
}
