use std::io;

/// Why a mailbox could not be looked into. Its text is for the person who set it up.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// No connection, or it broke.
    #[error("the connection failed: {0}")]
    Connection(#[from] io::Error),
    /// The server did not answer in time.
    #[error("the server does not answer")]
    Silent,
    /// TLS failed, or the certificate is not to be trusted.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The server has no STARTTLS (RFC 2595).
    #[error("the server does not offer STARTTLS")]
    NoStartTls,
    /// The user name or password was not accepted.
    #[error("the login was refused: {0}")]
    Login(String),
    /// There is no such folder.
    #[error("the folder “{0}” cannot be opened: {1}")]
    Folder(String, String),
    /// The server lacks what is needed.
    #[error("the server does not support {0}")]
    Lacks(&'static str),
    /// The server refused a command, or did not speak the protocol.
    #[error("the server says: {0}")]
    Refused(String),
    /// What was fetched could not be stored.
    #[error("a mail could not be stored; it stays on the server and is fetched again")]
    NotStored,
    /// The stored password was sealed with another key.
    #[error("the password cannot be opened: enter it again")]
    Password,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}
