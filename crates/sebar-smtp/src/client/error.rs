use std::io;

use rustls::CertificateError;
use sebar_domain::{Phase, Reply};

use crate::reply::ReplyError;

/// Why a connection could not be opened, or a message not be handed over.
#[derive(Debug, thiserror::Error)]
#[error("{phase}: {fault}")]
pub struct SendError {
    /// The step in which it happened.
    pub phase: Phase,
    /// What happened.
    pub fault: Fault,
    in_doubt: bool,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The server understood and said no.
    #[error("the server answered {0}")]
    Refused(Reply),
    /// The host's name could not be resolved.
    #[error("the host name could not be resolved: {0}")]
    Dns(io::Error),
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The operating system reported a fault; [`io::ErrorKind::ConnectionRefused`] when nothing
    /// listens at the port.
    #[error(transparent)]
    Io(io::Error),
    /// The server does not speak SMTP, or not well enough.
    #[error(transparent)]
    Malformed(#[from] ReplyError),
    /// TLS could not be agreed on, or the certificate is not to be trusted.
    #[error(transparent)]
    Tls(TlsFault),
    /// STARTTLS is required and the server does not offer it. Nothing was sent in plain text.
    #[error("the server does not offer STARTTLS")]
    StartTlsNotOffered,
    /// The server offers no way to log in that we know; those that it offers, if any.
    #[error("the server offers none of our ways to log in (it offers: {})", .offered.join(" "))]
    AuthNotOffered {
        /// The mechanisms that the server named.
        offered: Vec<String>,
    },
    /// The server's challenge in this way to log in is none (RFC 4954 §4).
    #[error("the server's challenge in AUTH {0} cannot be answered")]
    Challenge(&'static str),
    /// The message is larger than the server said it takes (RFC 1870). Nothing of it was sent.
    #[error("the message has {size} octets, the server takes {limit}")]
    TooBig {
        /// Octets of the message.
        size: usize,
        /// Octets that the server takes.
        limit: usize,
    },
    /// The message holds octets over 127 and the server does not offer 8BITMIME (RFC 6152).
    #[error("the message needs 8BITMIME, which the server does not offer")]
    EightBitNotOffered,
    /// An address needs SMTPUTF8 (RFC 6531), which the server does not offer.
    #[error("the addresses need SMTPUTF8, which the server does not offer")]
    SmtpUtf8NotOffered,
    /// The message holds a lone CR or LF, by which a second message could be smuggled in.
    #[error("the message holds a lone CR or LF")]
    BareNewline,
    /// The target itself is wrong: the name for EHLO or the PEM text of the authorities.
    #[error("the relay's settings are wrong: {0}")]
    Settings(String),
}

/// Why TLS failed, by what somebody could do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The certificate is signed by nobody whom we trust, perhaps by itself.
    #[error("the server's certificate is signed by an unknown authority")]
    UnknownAuthority,
    /// The certificate is for another host.
    #[error("the server's certificate is for another name")]
    WrongName,
    /// The certificate has expired or is not valid yet.
    #[error("the server's certificate is not valid at this time")]
    NotValidNow,
    /// The server does not speak TLS at this port.
    #[error("the server does not speak TLS here")]
    NotTls,
    /// Anything else, in the words of the TLS library.
    #[error("TLS failed: {0}")]
    Other(String),
}

impl SendError {
    /// A fault by which certainly no message was accepted.
    pub(crate) fn new(phase: Phase, fault: impl Into<Fault>) -> Self {
        Self { phase, fault: fault.into(), in_doubt: false }
    }

    /// A fault after the final dot was (perhaps) sent, with no reply to tell.
    pub(crate) fn in_doubt_at_end(fault: impl Into<Fault>) -> Self {
        Self { phase: Phase::EndOfData, fault: fault.into(), in_doubt: true }
    }

    pub(crate) fn refused(phase: Phase, reply: Reply) -> Self {
        Self::new(phase, Fault::Refused(reply))
    }

    /// Whether the server may have accepted the message all the same: the connection was lost after
    /// the final dot began to be written. When this is false, it certainly has not.
    pub fn in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// What the server answered, when it was the server who said no.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.fault {
            Fault::Refused(reply) => Some(reply),
            _ => None,
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected => Self::Closed,
            _ => match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(tls) => Self::Tls(tls.into()),
                None => Self::Io(error),
            },
        }
    }
}

impl From<&rustls::Error> for TlsFault {
    fn from(error: &rustls::Error) -> Self {
        use rustls::Error::{InvalidCertificate, InvalidMessage};
        match error {
            // A bad signature comes from an authority that only bears the name of one that we know.
            InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
                Self::UnknownAuthority
            }
            // What `openssl req -x509` makes is an authority that signed itself; rustls has no
            // variant of its own for it.
            InvalidCertificate(CertificateError::Other(inner))
                if inner.to_string().contains("CaUsedAsEndEntity") =>
            {
                Self::UnknownAuthority
            }
            InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => Self::WrongName,
            InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            ) => Self::NotValidNow,
            InvalidMessage(_) => Self::NotTls,
            other => Self::Other(other.to_string()),
        }
    }
}
