use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncRead, AsyncWrite};

use super::command::Syntax;
use super::handler::Handler;
use super::session::{End, Session};

const MECHANISM: Syntax = Syntax::new(504, "5.5.4", "Mechanism not known");
const NOT_BASE64: Syntax = Syntax::new(501, "5.5.2", "Not understood");
const CANCELLED: Syntax = Syntax::new(501, "5.7.0", "Login cancelled");

impl<S: AsyncRead + AsyncWrite + Unpin + Send, H: Handler> Session<'_, S, H> {
    /// AUTH PLAIN and LOGIN (RFC 4954, RFC 4616), with the handler as judge.
    pub(super) async fn log_in(&mut self, mechanism: &str, initial: Option<String>) -> Result<(), End> {
        let secrets = match mechanism {
            "PLAIN" => self.plain(initial).await?,
            "LOGIN" => self.login(initial).await?,
            _ => return self.refuse(MECHANISM).await,
        };
        let (username, password) = match secrets {
            Ok(secrets) => secrets,
            Err(syntax) => return self.refuse(syntax).await,
        };
        match self.handler.authenticate(&self.peer, &username, &password).await {
            Ok(name) => {
                self.welcome(name);
                self.answer(235, "2.7.0", "Welcome").await
            }
            Err(answer) => {
                self.decide(answer).await?;
                self.count_error().await
            }
        }
    }

    async fn plain(&mut self, initial: Option<String>) -> Result<Result<(String, String), Syntax>, End> {
        let response = match initial {
            Some(initial) => decode(initial.as_bytes()),
            None => self.challenge("").await?,
        };
        Ok(response.and_then(|response| {
            // authorization identity NUL user name NUL password
            let mut parts = response.splitn(3, '\0').skip(1);
            match (parts.next(), parts.next()) {
                (Some(username), Some(password)) => Ok((username.to_owned(), password.to_owned())),
                _ => Err(NOT_BASE64),
            }
        }))
    }

    async fn login(&mut self, initial: Option<String>) -> Result<Result<(String, String), Syntax>, End> {
        let username = match initial {
            Some(initial) => decode(initial.as_bytes()),
            None => self.challenge("Username:").await?,
        };
        let username = match username {
            Ok(username) => username,
            Err(syntax) => return Ok(Err(syntax)),
        };
        Ok(self.challenge("Password:").await?.map(|password| (username, password)))
    }

    async fn challenge(&mut self, prompt: &str) -> Result<Result<String, Syntax>, End> {
        self.answer(334, "", &BASE64.encode(prompt)).await?;
        let line = self.next_line().await?;
        Ok(if &line[..] == b"*" { Err(CANCELLED) } else { decode(&line) })
    }
}

/// A base64 response; a lone `=` is the empty one (RFC 4954 §4).
fn decode(response: &[u8]) -> Result<String, Syntax> {
    if response == b"=" {
        return Ok(String::new());
    }
    let octets = BASE64.decode(response).map_err(|_| NOT_BASE64)?;
    String::from_utf8(octets).map_err(|_| NOT_BASE64)
}
