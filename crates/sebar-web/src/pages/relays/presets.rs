//! What is known of common providers, so that a form begins half filled in.

use sebar_domain::{Authentication, Security};

/// What the form for a new relay begins with. The texts about it stand in `locales` under
/// `relays-preset-<key>` and `relays-preset-<key>-hint`.
pub(crate) struct Preset {
    pub(crate) key: &'static str,
    pub(crate) host: &'static str,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) authentication: Authentication,
    pub(crate) username: &'static str,
    /// Where access tokens are had, for those that are logged in to by them.
    pub(crate) token_url: &'static str,
    pub(crate) token_scope: &'static str,
    pub(crate) per_second: Option<f64>,
    pub(crate) per_minute: Option<u32>,
    pub(crate) per_day: Option<u32>,
    pub(crate) connections: u32,
}

const SUBMISSION: Preset = Preset {
    key: "custom",
    host: "",
    port: 587,
    security: Security::StartTls,
    authentication: Authentication::Password,
    username: "",
    token_url: "",
    token_scope: "",
    per_second: None,
    per_minute: None,
    per_day: None,
    connections: 4,
};

/// Limits are those that the providers publish for ordinary accounts; a user can correct them.
pub(crate) const PRESETS: &[Preset] = &[
    // 500 recipients a day: support.google.com/mail/answer/22839.
    Preset {
        key: "gmail",
        host: "smtp.gmail.com",
        per_second: Some(1.0),
        per_day: Some(500),
        connections: 2,
        ..SUBMISSION
    },
    // The same account, by tokens: developers.google.com/workspace/gmail/imap/xoauth2-protocol.
    Preset {
        key: "gmail_oauth",
        host: "smtp.gmail.com",
        authentication: Authentication::OAuth2,
        token_url: "https://oauth2.googleapis.com/token",
        per_second: Some(1.0),
        per_day: Some(500),
        connections: 2,
        ..SUBMISSION
    },
    // 10,000 recipients a day for each user: support.google.com/a/answer/2956491.
    Preset {
        key: "workspace",
        host: "smtp-relay.gmail.com",
        per_second: Some(10.0),
        per_day: Some(10_000),
        ..SUBMISSION
    },
    // 10,000 recipients a day, 30 messages a minute, 3 connections: Exchange Online limits.
    Preset {
        key: "microsoft365",
        host: "smtp.office365.com",
        per_minute: Some(30),
        per_day: Some(10_000),
        connections: 3,
        ..SUBMISSION
    },
    // The same mailbox, by tokens: “Authenticate an IMAP, POP or SMTP connection using OAuth” in
    // Exchange's documentation. The scope is for SMTP alone; offline_access keeps the refresh token.
    Preset {
        key: "microsoft365_oauth",
        host: "smtp.office365.com",
        authentication: Authentication::OAuth2,
        token_url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        token_scope: "https://outlook.office.com/SMTP.Send offline_access",
        per_minute: Some(30),
        per_day: Some(10_000),
        connections: 3,
        ..SUBMISSION
    },
    // 14 a second and 50,000 a day are what an account leaves the sandbox with.
    Preset {
        key: "ses",
        host: "email-smtp.ap-southeast-3.amazonaws.com",
        per_second: Some(14.0),
        per_day: Some(50_000),
        connections: 10,
        ..SUBMISSION
    },
    Preset { key: "mailgun", host: "smtp.mailgun.org", connections: 10, ..SUBMISSION },
    Preset { key: "sendgrid", host: "smtp.sendgrid.net", username: "apikey", connections: 10, ..SUBMISSION },
    Preset { key: "brevo", host: "smtp-relay.brevo.com", connections: 5, ..SUBMISSION },
    Preset {
        key: "postfix",
        host: "127.0.0.1",
        port: 25,
        security: Security::None,
        authentication: Authentication::None,
        connections: 10,
        ..SUBMISSION
    },
    Preset {
        key: "catcher",
        host: "127.0.0.1",
        port: 2525,
        security: Security::None,
        authentication: Authentication::None,
        connections: 10,
        ..SUBMISSION
    },
    SUBMISSION,
];

/// The preset with this key; the empty one for any other word.
pub(crate) fn find(key: &str) -> &'static Preset {
    PRESETS.iter().find(|preset| preset.key == key).unwrap_or(&SUBMISSION)
}
