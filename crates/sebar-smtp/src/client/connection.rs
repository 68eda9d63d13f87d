use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use sebar_domain::{Phase, Reply, Security};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, TlsStream};

use super::capabilities::Capabilities;
use super::error::{Fault, SendError, TlsFault};
use super::send::Opening;
use super::target::{Target, Timeouts};
use super::transcript::{Event, Transcript};
use super::wire::{Wire, within};
use crate::stream::Stream;

/// An open connection to a relay, greeted, encrypted and logged in as its [`Target`] wants it.
///
/// Keep it for many messages; [`is_usable`](Self::is_usable) tells whether it can take another one.
/// Dropping it closes it without a word, [`quit`](Self::quit) says goodbye first.
#[derive(Debug)]
pub struct Connection {
    pub(super) wire: Wire,
    pub(super) capabilities: Capabilities,
    pub(super) timeouts: Timeouts,
    /// Whether client and server agree on where in the conversation they are.
    pub(super) usable: bool,
    /// Whether a transaction was begun and refused: the next one begins with RSET.
    pub(super) needs_reset: bool,
    /// What the server was told of a message that is still to come.
    pub(super) announced: Option<Opening>,
}

impl Connection {
    /// Opens a connection and makes it ready to send.
    pub async fn connect(target: &Target) -> Result<Self, SendError> {
        Self::open(target, None).await
    }

    /// The same, and keeps all that is said in `transcript`, now and later.
    pub async fn connect_recorded(target: &Target, transcript: Transcript) -> Result<Self, SendError> {
        let outcome = Self::open(target, Some(transcript.clone())).await;
        if let Err(error) = &outcome
            && error.reply().is_none()
        {
            transcript.push(Event::Failed(error.phase));
        }
        outcome
    }

    async fn open(target: &Target, transcript: Option<Transcript>) -> Result<Self, SendError> {
        if target.hello.is_empty() || !target.hello.bytes().all(|byte| byte.is_ascii_graphic()) {
            let fault = Fault::Settings("the name for EHLO is no host name".to_owned());
            return Err(SendError::new(Phase::Connect, fault));
        }
        let (stream, peer) = dial(target).await.map_err(|fault| SendError::new(Phase::Connect, fault))?;
        let mut connection = Self {
            wire: Wire::new(stream, transcript),
            capabilities: Capabilities::default(),
            timeouts: target.timeouts,
            usable: true,
            needs_reset: false,
            announced: None,
        };
        connection.wire.record(|| Event::Connected(peer.to_string()));
        if target.security == Security::ImplicitTls {
            connection.encrypt(target).await?;
        }
        connection.greeting().await?;
        connection.hello(target).await?;
        if target.security == Security::StartTls {
            connection.start_tls(target).await?;
            // RFC 3207 §4.2: what was said in plain text does not count.
            connection.hello(target).await?;
        }
        if let Some(credentials) = &target.credentials {
            connection.log_in(credentials).await?;
        }
        Ok(connection)
    }

    /// Whether another message may be sent over it. After a connection fault, a `421`, or a `send`
    /// that was not awaited to its end, it may not.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Whether what is said cannot be read on the way.
    pub fn is_encrypted(&self) -> bool {
        self.wire.stream.is_tls()
    }

    /// Says goodbye and closes the connection. Faults at this point hurt nobody and are not told.
    pub async fn quit(mut self) {
        // A server that waits for a message would take the word for a part of it.
        if self.usable && self.announced.is_none() {
            let limit = self.timeouts.quit;
            self.wire.command(format_args!("QUIT"));
            if self.wire.flush(limit).await.is_ok() {
                let _ = self.wire.reply(limit).await;
            }
        }
        let closing = tokio::io::AsyncWriteExt::shutdown(&mut self.wire.stream);
        let _ = tokio::time::timeout(self.timeouts.quit, closing).await;
    }

    async fn greeting(&mut self) -> Result<(), SendError> {
        let reply = self
            .wire
            .reply(self.timeouts.greeting)
            .await
            .map_err(|fault| SendError::new(Phase::Greeting, fault))?;
        if reply.code == 220 { Ok(()) } else { Err(SendError::refused(Phase::Greeting, reply)) }
    }

    async fn hello(&mut self, target: &Target) -> Result<(), SendError> {
        let mut reply = self.ask(Phase::Ehlo, &format!("EHLO {}", target.hello)).await?;
        if reply.is_positive() {
            self.capabilities = Capabilities::parse(&reply.text);
            return Ok(());
        }
        if reply.is_permanent() {
            // A server from before 1995 (RFC 5321 §3.2): no extension, but mail can be sent.
            self.capabilities = Capabilities::default();
            reply = self.ask(Phase::Ehlo, &format!("HELO {}", target.hello)).await?;
            if reply.is_positive() {
                return Ok(());
            }
        }
        Err(SendError::refused(Phase::Ehlo, reply))
    }

    async fn start_tls(&mut self, target: &Target) -> Result<(), SendError> {
        if !self.capabilities.starttls {
            return Err(SendError::new(Phase::Tls, Fault::StartTlsNotOffered));
        }
        let reply = self.ask(Phase::Tls, "STARTTLS").await?;
        if reply.code != 220 {
            return Err(SendError::refused(Phase::Tls, reply));
        }
        // Whatever came behind that reply was put there by somebody on the way, in the hope that it
        // is taken for what the server says under TLS.
        self.wire.input.clear();
        self.capabilities = Capabilities::default();
        self.encrypt(target).await
    }

    async fn encrypt(&mut self, target: &Target) -> Result<(), SendError> {
        self.handshake(target).await.map_err(|fault| SendError::new(Phase::Tls, fault))
    }

    async fn handshake(&mut self, target: &Target) -> Result<(), Fault> {
        let config = target.tls.config().map_err(Fault::Settings)?;
        let name = ServerName::try_from(target.bare_host().to_owned())
            .map_err(|error| Fault::Tls(TlsFault::Other(error.to_string())))?;
        let plain = self.wire.stream.take_plain().ok_or(Fault::Closed)?;
        let handshake = async { Ok(TlsConnector::from(config).connect(name, plain).await?) };
        let stream = within(self.timeouts.greeting, handshake).await?;
        let (_, session) = stream.get_ref();
        let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS");
        let suite = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).unwrap_or("");
        self.wire.record(|| Event::Encrypted(format!("{version} {suite}")));
        self.wire.stream = Stream::Tls(Box::new(TlsStream::Client(stream)));
        Ok(())
    }

    /// Sends one command and waits for its reply, whatever it says.
    pub(super) async fn ask(&mut self, phase: Phase, line: &str) -> Result<Reply, SendError> {
        self.wire.command(format_args!("{line}"));
        self.answer(phase).await
    }

    /// Writes what waits and reads the reply to it.
    pub(super) async fn answer(&mut self, phase: Phase) -> Result<Reply, SendError> {
        let failed = |fault| SendError::new(phase, fault);
        self.wire.flush(self.timeouts.block).await.map_err(failed)?;
        self.wire.reply(self.timeouts.command).await.map_err(failed)
    }
}

/// Resolves the host and connects to the first of its addresses that answers.
async fn dial(target: &Target) -> Result<(TcpStream, SocketAddr), Fault> {
    let deadline = tokio::time::Instant::now() + target.timeouts.connect;
    let look_up =
        async { tokio::net::lookup_host((target.bare_host(), target.port)).await.map_err(Fault::Dns) };
    let addresses: Vec<SocketAddr> = within(target.timeouts.connect, look_up).await?.collect();
    let mut fault = Fault::Dns(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    for (tried, address) in addresses.iter().enumerate() {
        // One address that swallows packets must not use up the time of the others.
        let left = deadline.saturating_duration_since(tokio::time::Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let connect = async { Ok(TcpStream::connect(address).await?) };
        match within(share.max(Duration::from_millis(1)), connect).await {
            Ok(stream) => {
                // Every step is one write: waiting to join it with the next only costs time.
                stream.set_nodelay(true)?;
                return Ok((stream, *address));
            }
            Err(failed) => fault = failed,
        }
    }
    Err(fault)
}
