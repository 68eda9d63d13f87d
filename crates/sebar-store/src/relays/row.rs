//! A relay as its row says.

use chrono::{DateTime, Utc};
use sebar_domain::{Authentication, Phase, RelayTrouble, Security};

use super::{OAuth, Pause, PauseReason, Relay, RelaySettings, Slowed};

pub(super) struct Row {
    pub(super) id: uuid::Uuid,
    pub(super) name: String,
    pub(super) preset: String,
    pub(super) host: String,
    pub(super) port: i32,
    pub(super) security: String,
    pub(super) authentication: String,
    pub(super) username: String,
    pub(super) has_secret: bool,
    pub(super) ca_pem: Option<String>,
    pub(super) from_allowed: Vec<String>,
    pub(super) per_second: Option<f64>,
    pub(super) per_hour: Option<i32>,
    pub(super) per_day: Option<i32>,
    pub(super) connections: i32,
    pub(super) per_minute: Option<i32>,
    pub(super) per_connection: i32,
    pub(super) token_url: String,
    pub(super) token_scope: String,
    pub(super) client_id: String,
    pub(super) has_client_secret: bool,
    pub(super) enabled: bool,
    pub(super) paused_at: Option<DateTime<Utc>>,
    pub(super) paused_until: Option<DateTime<Utc>>,
    pub(super) pause_reason: Option<serde_json::Value>,
    pub(super) faults: i32,
    pub(super) parked_until: Option<DateTime<Utc>>,
    pub(super) slow_rate: Option<f64>,
    pub(super) slow_from: Option<f64>,
    pub(super) warmup_start: Option<i32>,
    pub(super) warmup_growth: Option<f64>,
    pub(super) warmup_cap: Option<i32>,
    pub(super) warmup_since: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl From<Row> for Relay {
    fn from(row: Row) -> Self {
        // CHECKs keep the words and the numbers in their ranges; what stands in for them is harmless.
        let positive = |n: i32| u32::try_from(n).unwrap_or(1);
        let pause = row.paused_until.map(|until| Pause {
            since: row.paused_at.unwrap_or(until),
            until,
            reason: row.pause_reason.and_then(|reason| serde_json::from_value(reason).ok()).unwrap_or(
                PauseReason {
                    kind: RelayTrouble::Unreachable,
                    phase: Phase::Connect,
                    code: None,
                    text: String::new(),
                },
            ),
            faults: positive(row.faults),
        });
        let authentication = row.authentication.parse().unwrap_or(Authentication::None);
        let oauth = (authentication == Authentication::OAuth2).then_some(OAuth {
            token_url: row.token_url,
            scope: row.token_scope,
            client_id: row.client_id,
            has_client_secret: row.has_client_secret,
        });
        Self {
            id: row.id.into(),
            settings: RelaySettings {
                name: row.name,
                preset: row.preset,
                host: row.host,
                port: u16::try_from(row.port).unwrap_or(25),
                security: row.security.parse().unwrap_or(Security::ImplicitTls),
                authentication,
                username: row.username,
                ca_pem: row.ca_pem,
                from_allowed: row.from_allowed,
                per_second: row.per_second,
                per_minute: row.per_minute.map(positive),
                per_hour: row.per_hour.map(positive),
                per_day: row.per_day.map(positive),
                warm_up: super::warm_up(
                    row.warmup_start,
                    row.warmup_growth,
                    row.warmup_cap,
                    row.warmup_since,
                ),
                connections: positive(row.connections),
                per_connection: positive(row.per_connection),
            },
            oauth,
            has_secret: row.has_secret,
            enabled: row.enabled,
            pause,
            parked_until: row.parked_until,
            slowed: row.slow_rate.map(|rate| Slowed { rate, from: row.slow_from.unwrap_or(rate) }),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
