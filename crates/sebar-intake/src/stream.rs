//! Connections to mail servers, in plain text or TLS.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use sebar_domain::{MailboxSettings, Security};
use sebar_smtp::{Tls, Trust};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::Fault;

/// How long one step of a conversation may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Anything that mail protocols are spoken over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Transport for T {}

/// A connection, whatever is beneath.
pub(crate) type Stream = Box<dyn Transport>;

/// Connects; over TLS at once where the settings say so.
pub(crate) async fn connect(settings: &MailboxSettings) -> Result<Stream, Fault> {
    let connecting = TcpStream::connect((settings.host.as_str(), settings.port));
    let stream = timeout(PATIENCE, connecting).await.map_err(|_| Fault::Silent)??;
    stream.set_nodelay(true)?;
    match settings.security {
        Security::ImplicitTls => encrypt(settings, Box::new(stream)).await,
        Security::None | Security::StartTls => Ok(Box::new(stream)),
    }
}

/// Turns a connection into TLS.
pub(crate) async fn encrypt(settings: &MailboxSettings, stream: Stream) -> Result<Stream, Fault> {
    let trust =
        if settings.ca.trim().is_empty() { Trust::Platform } else { Trust::Authorities(settings.ca.clone()) };
    let config: Arc<_> = Tls::new(trust).config().map_err(Fault::Tls)?;
    let name = ServerName::try_from(settings.host.clone()).map_err(|fault| Fault::Tls(fault.to_string()))?;
    let handshake = TlsConnector::from(config).connect(name, stream);
    let stream = timeout(PATIENCE, handshake).await.map_err(|_| Fault::Silent)?;
    Ok(Box::new(stream.map_err(|fault| Fault::Tls(fault.to_string()))?))
}

/// One step, within its time.
pub(crate) async fn in_time<T>(step: impl Future<Output = T>) -> Result<T, Fault> {
    timeout(PATIENCE, step).await.map_err(|_| Fault::Silent)
}
