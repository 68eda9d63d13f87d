use std::fmt;
use std::time::Duration;

use sebar_domain::Security;

use super::tls::Tls;

/// Where to connect and how: all that a [`Connection`](super::Connection) needs to know of a relay.
#[derive(Clone, Debug)]
pub struct Target {
    /// Host name or IP address. The certificate must be for this name.
    pub host: String,
    /// TCP port, usually 25, 587 (submission) or 465 (submission over TLS).
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Whose certificates are accepted. Share one [`Tls`] between the connections to a relay: it
    /// holds the loaded roots and lets TLS sessions be resumed.
    pub tls: Tls,
    /// How to log in; `None` does not.
    pub credentials: Option<Credentials>,
    /// How we introduce ourselves in EHLO: a host name of ours, or an address literal.
    pub hello: String,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

impl Target {
    /// A relay with public certificates, without login, and with the time-outs of the RFC.
    pub fn new(host: impl Into<String>, port: u16, security: Security) -> Self {
        Self {
            host: host.into(),
            port,
            security,
            tls: Tls::default(),
            credentials: None,
            // RFC 5321 §4.1.3: who has no name of its own says an address literal.
            hello: "[127.0.0.1]".to_owned(),
            timeouts: Timeouts::default(),
        }
    }

    /// The host without the brackets that address literals wear in URLs and in mail, and without the
    /// dot that ends a fully qualified name: neither resolvers nor certificates know them.
    pub(super) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches([']', '.'])
    }

    /// The same with a login. Without TLS the password crosses the network readably.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// The same with another choice of whom to trust.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// The same with another name in EHLO.
    #[must_use]
    pub fn with_hello(mut self, hello: impl Into<String>) -> Self {
        self.hello = hello.into();
        self
    }

    /// The same with other time-outs.
    #[must_use]
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }
}

/// How to prove to a relay who we are (RFC 4954).
#[derive(Clone)]
pub enum Credentials {
    /// By PLAIN (RFC 4616), LOGIN or CRAM-MD5 (RFC 2195), whichever is offered. Without TLS CRAM-MD5
    /// comes first: it does not show the password.
    Password {
        /// The account's name, often an address.
        username: String,
        /// The password.
        password: String,
    },
    /// By an access token (RFC 6750): XOAUTH2, or OAUTHBEARER (RFC 7628) where only that is offered.
    Bearer {
        /// The account's name, usually its address.
        username: String,
        /// The token.
        token: String,
    },
}

impl Credentials {
    /// A name and a password.
    pub fn password(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Password { username: username.into(), password: password.into() }
    }

    /// A name and an access token.
    pub fn bearer(username: impl Into<String>, token: impl Into<String>) -> Self {
        Self::Bearer { username: username.into(), token: token.into() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, username) = match self {
            Self::Password { username, .. } => ("Password", username),
            Self::Bearer { username, .. } => ("Bearer", username),
        };
        f.debug_struct(kind).field("username", username).finish_non_exhaustive()
    }
}

/// How long the client waits for each step (RFC 5321 §4.5.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name look-up and TCP connection together.
    pub connect: Duration,
    /// The greeting, and the TLS handshake.
    pub greeting: Duration,
    /// The replies to EHLO, STARTTLS, AUTH, MAIL, RCPT and RSET.
    pub command: Duration,
    /// The reply to DATA.
    pub data: Duration,
    /// Each write of a command or a block of the message.
    pub block: Duration,
    /// The reply to the final dot. Giving up early here leads to messages in doubt.
    pub end_of_data: Duration,
    /// The reply to QUIT, which nobody needs.
    pub quit: Duration,
}

impl Default for Timeouts {
    /// The RFC's least values; connecting and quitting, of which it says nothing, in half a minute
    /// and in five seconds.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            block: Duration::from_mins(3),
            end_of_data: Duration::from_mins(10),
            quit: Duration::from_secs(5),
        }
    }
}

impl Timeouts {
    /// For a person who waits in front of a screen: the same limit for each step.
    pub fn every_step(limit: Duration) -> Self {
        Self {
            connect: limit,
            greeting: limit,
            command: limit,
            data: limit,
            block: limit,
            end_of_data: limit,
            quit: limit.min(Self::default().quit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_the_final_dot_are_no_part_of_a_host() {
        for (host, bare) in [("[::1]", "::1"), ("mx.example.", "mx.example"), ("127.0.0.1", "127.0.0.1")] {
            assert_eq!(Target::new(host, 25, Security::None).bare_host(), bare);
        }
    }

    #[test]
    fn a_password_does_not_show_in_logs() {
        let target = Target::new("mx.example", 587, Security::StartTls)
            .with_credentials(Credentials::password("budi", "sesame"));
        let shown = format!("{target:?}");
        assert!(shown.contains("budi") && !shown.contains("sesame"), "{shown}");
        let shown = format!("{:?}", Credentials::bearer("budi", "ya29.sesame"));
        assert!(shown.contains("budi") && !shown.contains("sesame"), "{shown}");
    }
}
