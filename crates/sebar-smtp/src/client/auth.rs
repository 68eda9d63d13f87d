//! Logging in (RFC 4954): PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195), XOAUTH2 and OAUTHBEARER
//! (RFC 7628).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
use sebar_domain::{Phase, Reply};

use super::connection::Connection;
use super::error::{Fault, SendError};
use super::target::Credentials;

/// What the transcript shows instead of a secret.
const MASK: &str = "***";

/// A way to log in that we know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mechanism {
    Plain,
    Login,
    CramMd5,
    XOAuth2,
    OAuthBearer,
}

impl Mechanism {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::CramMd5 => "CRAM-MD5",
            Self::XOAuth2 => "XOAUTH2",
            Self::OAuthBearer => "OAUTHBEARER",
        }
    }

    /// Those for these credentials, the best first.
    fn for_credentials(credentials: &Credentials, encrypted: bool) -> &'static [Self] {
        match credentials {
            Credentials::Bearer { .. } => &[Self::XOAuth2, Self::OAuthBearer],
            Credentials::Password { .. } if encrypted => &[Self::Plain, Self::Login, Self::CramMd5],
            // Where anybody can read along, the one that does not show the password.
            Credentials::Password { .. } => &[Self::CramMd5, Self::Plain, Self::Login],
        }
    }
}

impl Connection {
    /// Logs in by the best way that the server offers.
    pub(super) async fn log_in(&mut self, credentials: &Credentials) -> Result<(), SendError> {
        let encrypted = self.is_encrypted();
        let known = Mechanism::for_credentials(credentials, encrypted);
        let mut refusal = None;
        for mechanism in known.iter().copied() {
            if !self.capabilities.auth.iter().any(|offered| offered == mechanism.name()) {
                continue;
            }
            let reply = self.try_mechanism(mechanism, credentials).await?;
            match reply.code {
                235 => return Ok(()),
                // 504: named in EHLO, but not to be used after all (RFC 4954 §4).
                504 => refusal = Some(reply),
                _ => return Err(SendError::refused(Phase::Auth, reply)),
            }
        }
        match refusal {
            Some(reply) => Err(SendError::refused(Phase::Auth, reply)),
            None => {
                let offered = self.capabilities.auth.clone();
                Err(SendError::new(Phase::Auth, Fault::AuthNotOffered { offered }))
            }
        }
    }

    async fn try_mechanism(
        &mut self,
        mechanism: Mechanism,
        credentials: &Credentials,
    ) -> Result<Reply, SendError> {
        match (credentials, mechanism) {
            (Credentials::Password { username, password }, Mechanism::Login) => {
                self.auth_login(username, password).await
            }
            (Credentials::Password { username, password }, Mechanism::CramMd5) => {
                self.auth_cram_md5(username, password).await
            }
            (Credentials::Password { username, password }, _) => self.auth_plain(username, password).await,
            (Credentials::Bearer { username, token }, mechanism) => {
                self.auth_bearer(mechanism, username, token).await
            }
        }
    }

    async fn auth_plain(&mut self, username: &str, password: &str) -> Result<Reply, SendError> {
        let secret = BASE64.encode(format!("\0{username}\0{password}"));
        self.wire.secret(&format!("AUTH PLAIN {secret}"), "AUTH PLAIN ***");
        let reply = self.answer(Phase::Auth).await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        // The server did not look at the initial response and asks for it.
        self.wire.secret(&secret, MASK);
        self.answer(Phase::Auth).await
    }

    async fn auth_login(&mut self, username: &str, password: &str) -> Result<Reply, SendError> {
        let mut reply = self.ask(Phase::Auth, "AUTH LOGIN").await?;
        for secret in [username, password] {
            if reply.code != 334 {
                break;
            }
            self.wire.secret(&BASE64.encode(secret), MASK);
            reply = self.answer(Phase::Auth).await?;
        }
        Ok(reply)
    }

    /// RFC 2195 §2: the name, and the challenge's HMAC-MD5 with the password as its key.
    async fn auth_cram_md5(&mut self, username: &str, password: &str) -> Result<Reply, SendError> {
        let reply = self.ask(Phase::Auth, "AUTH CRAM-MD5").await?;
        if reply.code != 334 {
            return Ok(reply);
        }
        let Some(response) = cram_md5(&reply.text, username, password) else {
            // RFC 4954 §4: a star takes the login back.
            let _ = self.ask(Phase::Auth, "*").await?;
            return Err(SendError::new(Phase::Auth, Fault::Challenge(Mechanism::CramMd5.name())));
        };
        self.wire.secret(&response, MASK);
        self.answer(Phase::Auth).await
    }

    async fn auth_bearer(
        &mut self,
        mechanism: Mechanism,
        username: &str,
        token: &str,
    ) -> Result<Reply, SendError> {
        // RFC 7628 §3.1; XOAUTH2 is its forerunner without the GS2 header.
        let (secret, consent) = match mechanism {
            Mechanism::OAuthBearer => {
                (format!("n,a={},\u{1}auth=Bearer {token}\u{1}\u{1}", sasl_name(username)), "AQ==")
            }
            _ => (format!("user={username}\u{1}auth=Bearer {token}\u{1}\u{1}"), ""),
        };
        let (name, secret) = (mechanism.name(), BASE64.encode(secret));
        self.wire.secret(&format!("AUTH {name} {secret}"), &format!("AUTH {name} {MASK}"));
        let mut reply = self.answer(Phase::Auth).await?;
        if reply.code == 334 && reply.text.trim().is_empty() {
            // The server did not look at the initial response and asks for it.
            self.wire.secret(&secret, MASK);
            reply = self.answer(Phase::Auth).await?;
        }
        if reply.code == 334 {
            // RFC 7628 §3.2.3: what is wrong comes as a challenge; the refusal follows our consent.
            reply = self.ask(Phase::Auth, consent).await?;
        }
        Ok(reply)
    }
}

/// The answer to a challenge of CRAM-MD5; `None` when it is none.
fn cram_md5(challenge: &str, username: &str, password: &str) -> Option<String> {
    let challenge = BASE64.decode(challenge.trim()).ok().filter(|challenge| !challenge.is_empty())?;
    let mut mac = Hmac::<Md5>::new_from_slice(password.as_bytes()).ok()?;
    mac.update(&challenge);
    let mut response = format!("{username} ");
    for byte in mac.finalize().into_bytes() {
        response
            .extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
    }
    Some(BASE64.encode(response))
}

/// RFC 5801 §4: a name in a GS2 header, its `,` and `=` spelt out.
fn sasl_name(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2195_is_answered_as_it_says() {
        let challenge = "PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+";
        let response = cram_md5(challenge, "tim", "tanstaaftanstaaf").unwrap();
        assert_eq!(response, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw");
    }

    #[test]
    fn what_is_no_challenge_has_no_answer() {
        for challenge in ["", "  ", "not base64!", "PDE4O", "====", "<123@relay.example>"] {
            assert_eq!(cram_md5(challenge, "tim", "x"), None, "{challenge:?}");
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        assert_eq!(sasl_name("a,b=c@example.com"), "a=2Cb=3Dc@example.com");
    }
}
