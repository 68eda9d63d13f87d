use std::future::Future;
use std::net::SocketAddr;

use bytes::Bytes;
use sebar_domain::Reply;

/// What the application decides on in a session. All but [`message`](Self::message) have a
/// default that accepts, except login, which is refused.
///
/// One handler serves all sessions at once. A slow answer holds up only its own session.
pub trait Handler: Send + Sync + 'static {
    /// Greets a client that has connected; anything but `220` ends the session.
    fn greeting(&self, peer: &Peer, hostname: &str) -> impl Future<Output = Answer> + Send {
        let _ = peer;
        let answer = Answer::Reply(Reply { code: 220, enhanced: None, text: format!("{hostname} ESMTP") });
        async move { answer }
    }

    /// Decides on MAIL FROM; `None` is the null path `<>`.
    fn mail(&self, peer: &Peer, mail_from: Option<&str>) -> impl Future<Output = Answer> + Send {
        let _ = (peer, mail_from);
        async { Answer::new(250, "2.1.0", "Sender ok") }
    }

    /// Decides on one RCPT TO.
    fn rcpt(
        &self,
        peer: &Peer,
        mail_from: Option<&str>,
        rcpt_to: &str,
    ) -> impl Future<Output = Answer> + Send {
        let _ = (peer, mail_from, rcpt_to);
        async { Answer::new(250, "2.1.5", "Recipient ok") }
    }

    /// Decides on DATA, or the first BDAT, before the message comes; `354` lets it come.
    fn data(&self, peer: &Peer) -> impl Future<Output = Answer> + Send {
        let _ = peer;
        async {
            let text = "End data with <CR><LF>.<CR><LF>".to_owned();
            Answer::Reply(Reply { code: 354, enhanced: None, text })
        }
    }

    /// Receives a whole message. A positive answer takes responsibility for it (RFC 5321 §6.1).
    fn message(&self, received: Received) -> impl Future<Output = Answer> + Send;

    /// Decides on a login: the name under which the client is known from now on ([`Peer::auth`]), or
    /// what it is told instead.
    fn authenticate(
        &self,
        peer: &Peer,
        username: &str,
        password: &str,
    ) -> impl Future<Output = Result<String, Answer>> + Send {
        let _ = (peer, username, password);
        async { Err(Answer::new(535, "5.7.8", "Wrong user name or password")) }
    }
}

/// What happens next in the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server says this and goes on; after `421` it closes the connection.
    Reply(Reply),
    /// The connection is closed without a word. For servers that play a broken one.
    HangUp,
}

impl Answer {
    /// A reply with an enhanced status code (`""` for none; one that does not parse is left out).
    pub fn new(code: u16, enhanced: &str, text: impl Into<String>) -> Self {
        Self::Reply(Reply { code, enhanced: enhanced.parse().ok(), text: text.into() })
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// The client at the other end of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address and port.
    pub address: SocketAddr,
    /// How it introduced itself in EHLO or HELO.
    pub hello: Option<String>,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The name under which it logged in: what [`Handler::authenticate`] called it.
    pub auth: Option<String>,
}

/// A message as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The return path; `None` is the null path `<>`.
    pub mail_from: Option<String>,
    /// The accepted recipients, in order, at least one.
    pub rcpt_to: Vec<String>,
    /// Headers and body, dots undone, without the end of data. It ends in CRLF unless it is empty.
    pub data: Bytes,
    /// Who brought it.
    pub peer: Peer,
    /// Whether the client asked for SMTPUTF8 (RFC 6531).
    pub smtp_utf8: bool,
}
