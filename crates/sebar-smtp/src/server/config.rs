use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

/// How a server behaves and what it bears.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each named where it is set")]
pub struct Config {
    /// Our name in the greeting and in the answer to EHLO.
    pub hostname: String,
    /// Sessions at once; a further client is told `421` and sent away.
    pub max_connections: usize,
    /// Sessions of one client at once: of one address, or by IPv6 of one network (/64).
    pub max_connections_of_one: usize,
    /// Octets of one message, told in SIZE (RFC 1870). At most so much memory is used per session.
    pub max_message_size: usize,
    /// Recipients of one message; RFC 5321 §4.5.3.1.8 wants at least 100.
    pub max_recipients: usize,
    /// Octets of a command line (RFC 5321 §4.5.3.1.4 says 512, extensions add to it).
    pub max_line: usize,
    /// Faults that a client may make before it is sent away: commands that are not understood or out
    /// of order, failed logins. Refused senders and recipients do not count.
    pub max_errors: usize,
    /// How long a client may be silent (RFC 5321 §4.5.3.2.7: at least five minutes).
    pub idle_timeout: Duration,
    /// How long a session may last, whatever is said in it.
    pub session_timeout: Duration,
    /// How long a client may take to log in, where it must.
    pub login_timeout: Duration,
    /// How long transactions that are under way at shutdown may take to end.
    pub drain: Duration,
    /// Certificate and key; offers STARTTLS, or speaks TLS from the first octet if `implicit_tls`.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether the port speaks TLS from the first octet (RFC 8314).
    pub implicit_tls: bool,
    /// Whether clients can or must log in.
    pub auth: AuthPolicy,
    /// Whether AUTH is offered on connections that are not encrypted.
    pub auth_in_plain_text: bool,
    /// Whether a message with a lone CR or LF is kept as it is; else it is refused. Such an octet is
    /// never a line end to us, but it may be to a server to which the message is passed on.
    pub keep_bare_newlines: bool,
    /// Whether PIPELINING is offered. It is understood in any case.
    pub pipelining: bool,
    /// Whether 8BITMIME and SMTPUTF8 are offered.
    pub eight_bit: bool,
}

/// Whether clients log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthPolicy {
    /// Login is not offered.
    Off,
    /// Login is offered.
    Optional,
    /// No mail without login.
    Required,
}

impl Config {
    /// A server that offers all but TLS and login, with limits for the open network.
    pub fn new(hostname: impl Into<String>) -> Self {
        Self {
            hostname: hostname.into(),
            max_connections: 500,
            max_connections_of_one: 500,
            max_message_size: 35 * 1024 * 1024,
            max_recipients: 1000,
            max_line: 4096,
            max_errors: 20,
            idle_timeout: Duration::from_mins(5),
            session_timeout: Duration::from_hours(1),
            login_timeout: Duration::from_mins(5),
            drain: Duration::from_secs(10),
            tls: None,
            implicit_tls: false,
            auth: AuthPolicy::Off,
            auth_in_plain_text: false,
            keep_bare_newlines: false,
            pipelining: true,
            eight_bit: true,
        }
    }
}
