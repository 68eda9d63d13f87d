//! One request to a provider's token endpoint (RFC 6749 §6), and its answer.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;

use crate::tokens::Account;
use crate::{TokenError, check_address};

/// How long a provider may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// No answer of a provider is longer; what is, is none.
const LONGEST: usize = 64 * 1024;
/// So much of a provider's words is shown to a person.
const SHOWN: usize = 300;
/// RFC 6749 §5.1: without a word about it, nobody knows how long a token lasts.
const UNSAID: Duration = Duration::from_mins(5);

/// What a provider gave.
pub(crate) struct Granted {
    pub(crate) access: String,
    pub(crate) lasts: Duration,
    /// In place of the one that it was asked with.
    pub(crate) refresh_token: Option<String>,
}

/// A client that verifies certificates by this machine's authorities and follows no redirects: the
/// secrets are for the address that was entered.
pub(crate) fn client() -> Result<Client, TokenError> {
    Client::builder()
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(|fault| TokenError::Tls(cause(&fault)))
}

/// Asks for an access token.
pub(crate) async fn ask(http: &Client, account: &Account) -> Result<Granted, TokenError> {
    let url = check_address(&account.token_url)?;
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", &account.refresh_token),
        ("client_id", &account.client_id),
    ];
    // RFC 6749 §2.3.1: in the body, which both Google and Microsoft document.
    if let Some(secret) = &account.client_secret {
        form.push(("client_secret", secret));
    }
    if !account.scope.is_empty() {
        form.push(("scope", &account.scope));
    }
    let unreachable = |fault: reqwest::Error| TokenError::Server(cause(&fault));
    let answer =
        http.post(url).header("accept", "application/json").form(&form).send().await.map_err(unreachable)?;
    let status = answer.status();
    let body = read(answer).await?;
    if status.is_success() { granted(&body) } else { Err(refused(status, &body)) }
}

/// The innermost cause: the outer ones repeat the address.
fn cause(fault: &reqwest::Error) -> String {
    if fault.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut inner: &dyn std::error::Error = fault;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

async fn read(mut answer: Response) -> Result<Vec<u8>, TokenError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|fault| TokenError::Server(cause(&fault)))? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST {
            return Err(TokenError::Server("its answer does not end".to_owned()));
        }
    }
    Ok(body)
}

/// RFC 6749 §5.1.
#[derive(Deserialize)]
struct Success {
    access_token: String,
    #[serde(default)]
    expires_in: serde_json::Value,
    #[serde(default)]
    refresh_token: Option<String>,
}

/// RFC 6749 §5.2.
#[derive(Deserialize)]
struct Failure {
    error: String,
    #[serde(default)]
    error_description: String,
}

fn granted(body: &[u8]) -> Result<Granted, TokenError> {
    let answer: Success =
        serde_json::from_slice(body).map_err(|_| TokenError::Server("it sent no access token".to_owned()))?;
    // RFC 6750 §2.1; it goes into a line of SMTP.
    if answer.access_token.is_empty() || !answer.access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(TokenError::Server("its access token is none".to_owned()));
    }
    // A number by the standard; some send it as a text.
    let seconds = answer.expires_in.as_u64().or_else(|| answer.expires_in.as_str()?.parse().ok());
    let lasts = seconds.map_or(UNSAID, Duration::from_secs);
    let refresh_token = answer.refresh_token.filter(|token| !token.is_empty());
    Ok(Granted { access: answer.access_token, lasts, refresh_token })
}

fn refused(status: StatusCode, body: &[u8]) -> TokenError {
    let Ok(failure) = serde_json::from_slice::<Failure>(body) else {
        return TokenError::Server(format!("it answered with status {}", status.as_u16()));
    };
    let words =
        if failure.error_description.is_empty() { &failure.error } else { &failure.error_description };
    let words: String =
        words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect::<String>();
    match failure.error.as_str() {
        "invalid_grant" => TokenError::Grant(words),
        "invalid_client" | "unauthorized_client" => TokenError::Client(words),
        "temporarily_unavailable" | "server_error" => TokenError::Server(words),
        _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => TokenError::Server(words),
        _ => TokenError::Refused(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_rfc_6749_says_and_a_little_more() {
        let read =
            |text: &str| granted(text.as_bytes()).map(|granted| (granted.access, granted.lasts.as_secs()));
        let token = |text: &str, lasts| Ok((text.to_owned(), lasts));
        assert_eq!(
            read(r#"{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}"#),
            token("ya29.a", 3599)
        );
        assert_eq!(read(r#"{"access_token":"ya29.a","expires_in":"3599"}"#), token("ya29.a", 3599));
        assert_eq!(read(r#"{"access_token":"ya29.a"}"#), token("ya29.a", 300));
        for text in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\u0001b"}"#,
            r#"{"access_token":"a b"}"#,
        ] {
            assert!(matches!(read(text), Err(TokenError::Server(_))), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_told_by_what_somebody_can_do_about_it() {
        let read = |status, text: &str| refused(StatusCode::from_u16(status).unwrap(), text.as_bytes());
        assert_eq!(
            read(
                400,
                r#"{"error":"invalid_grant","error_description":"Token has been\nexpired or revoked."}"#
            ),
            TokenError::Grant("Token has been expired or revoked.".to_owned())
        );
        assert_eq!(
            read(401, r#"{"error":"invalid_client"}"#),
            TokenError::Client("invalid_client".to_owned())
        );
        assert_eq!(
            read(400, r#"{"error":"invalid_scope"}"#),
            TokenError::Refused("invalid_scope".to_owned())
        );
        assert!(!read(503, r#"{"error":"backend_error"}"#).is_refusal());
        assert!(!read(404, "<html>Not found").is_refusal());
        assert!(read(400, r#"{"error":"invalid_grant"}"#).is_refusal());
        let long = format!(r#"{{"error":"x","error_description":"{}"}}"#, "y".repeat(5000));
        assert!(read(400, &long).to_string().len() < 400);
    }
}
