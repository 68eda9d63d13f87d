use crate::AddressFault;

/// Why there is no access token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The refresh token is not good (any more): consent was withdrawn, it has run out, or it belongs
    /// to another program (`invalid_grant`, RFC 6749 §5.2). The account must be connected again.
    #[error("the provider does not accept the refresh token: {0}")]
    Grant(String),
    /// The program is not known or its secret is wrong (`invalid_client`, `unauthorized_client`).
    #[error("the provider does not accept the client id or the client secret: {0}")]
    Client(String),
    /// Refused for another reason; the provider's words.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider does not answer, or not as RFC 6749 says.
    #[error("the provider does not answer as it should: {0}")]
    Server(String),
    /// The address must not be asked.
    #[error(transparent)]
    Address(#[from] AddressFault),
    /// This process cannot speak TLS.
    #[error("TLS cannot be used: {0}")]
    Tls(String),
}

impl TokenError {
    /// Whether somebody must do something about it; otherwise it may pass.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Grant(_) | Self::Client(_) | Self::Refused(_))
    }
}
