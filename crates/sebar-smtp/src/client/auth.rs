use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sebar_domain::{Phase, Reply};

use super::connection::Connection;
use super::error::{Fault, SendError};
use super::target::Credentials;

/// What the transcript shows instead of a secret.
const MASK: &str = "***";

impl Connection {
    /// Logs in by the best way that the server offers (RFC 4954).
    pub(super) async fn log_in(&mut self, credentials: &Credentials) -> Result<(), SendError> {
        let Credentials::Password { username, password } = credentials;
        let mut reply = None;
        if self.offers("PLAIN") {
            let answer = self.auth_plain(username, password).await?;
            // 504: named in EHLO, but not to be used after all (RFC 4954 §4).
            if answer.code != 504 || !self.offers("LOGIN") {
                reply = Some(answer);
            }
        }
        if reply.is_none() && self.offers("LOGIN") {
            reply = Some(self.auth_login(username, password).await?);
        }
        match reply {
            Some(reply) if reply.code == 235 => Ok(()),
            Some(reply) => Err(SendError::refused(Phase::Auth, reply)),
            None => {
                let offered = self.capabilities.auth.clone();
                Err(SendError::new(Phase::Auth, Fault::AuthNotOffered { offered }))
            }
        }
    }

    fn offers(&self, mechanism: &str) -> bool {
        self.capabilities.auth.iter().any(|offered| offered == mechanism)
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
}
