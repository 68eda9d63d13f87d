//! A server of ours that keeps what it receives, a scripted one that misbehaves, and certificates.
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sebar_domain::{Address, Security};
use sebar_smtp::server::{Answer, AuthPolicy, Config, Handler, Peer, Received, serve};
use sebar_smtp::{Envelope, Target, Timeouts, Tls, Trust};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const SHORT: Duration = Duration::from_millis(300);
pub(crate) const MESSAGE: &[u8] = b"Subject: Halo\r\n\r\nApa kabar?\r\n";

/// Keeps messages; refuses and knows what it is told to.
#[derive(Default)]
pub(crate) struct Keep {
    pub(crate) received: Mutex<Vec<Received>>,
    /// Recipients that are refused, with what is answered.
    pub(crate) refuse: Vec<(&'static str, Answer)>,
    pub(crate) refuse_mail: Option<Answer>,
    /// What is answered to a whole message instead of keeping it.
    pub(crate) refuse_message: Option<Answer>,
    pub(crate) password: Option<&'static str>,
}

impl Keep {
    pub(crate) fn messages(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Handler for Keep {
    async fn mail(&self, _: &Peer, _: Option<&str>) -> Answer {
        self.refuse_mail.clone().unwrap_or_else(|| Answer::new(250, "2.1.0", "Ok"))
    }

    async fn rcpt(&self, _: &Peer, _: Option<&str>, rcpt_to: &str) -> Answer {
        let refused = self.refuse.iter().find(|(address, _)| *address == rcpt_to);
        refused.map_or_else(|| Answer::new(250, "2.1.5", "Ok"), |(_, answer)| answer.clone())
    }

    async fn message(&self, received: Received) -> Answer {
        if let Some(answer) = &self.refuse_message {
            return answer.clone();
        }
        let mut all = self.received.lock().unwrap();
        all.push(received);
        Answer::new(250, "2.0.0", format!("Kept as {}", all.len()))
    }

    async fn authenticate(&self, _: &Peer, username: &str, password: &str) -> Result<String, Answer> {
        if username == "budi" && self.password == Some(password) {
            Ok(username.to_owned())
        } else {
            Err(Answer::new(535, "5.7.8", "Wrong user name or password"))
        }
    }
}

/// A running server of ours.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handler: Arc<Keep>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) ended: JoinHandle<std::io::Result<()>>,
}

impl Running {
    pub(crate) async fn start(config: Config, handler: Keep) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let handler = Arc::new(handler);
        let shutdown = CancellationToken::new();
        let ended = tokio::spawn(serve(listener, config, Arc::clone(&handler), shutdown.clone()));
        Self { address, handler, shutdown, ended }
    }

    pub(crate) async fn plain() -> Self {
        Self::start(Config::new("relay.test"), Keep::default()).await
    }

    pub(crate) fn target(&self, security: Security) -> Target {
        target(self.address, security)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A server that logs in, in plain text or not.
pub(crate) fn with_auth(policy: AuthPolicy) -> Config {
    Config { auth: policy, auth_in_plain_text: true, ..Config::new("relay.test") }
}

/// How to reach `address`; steps may last three seconds.
pub(crate) fn target(address: SocketAddr, security: Security) -> Target {
    Target::new("127.0.0.1", address.port(), security)
        .with_hello("client.test")
        .with_timeouts(Timeouts::every_step(Duration::from_secs(3)))
}

pub(crate) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// An envelope from and to fixed people.
pub(crate) struct People(pub(crate) Address, pub(crate) Address);

impl People {
    pub(crate) fn new() -> Self {
        Self(address("news@example.com"), address("ana@example.org"))
    }

    pub(crate) fn to(recipient: &str) -> Self {
        Self(address("news@example.com"), address(recipient))
    }

    pub(crate) fn envelope(&self) -> Envelope<'_> {
        Envelope { mail_from: Some(&self.0), rcpt_to: &self.1 }
    }
}

/// An authority, and a server certificate of it for `name`.
pub(crate) struct Certificates {
    pub(crate) authority_pem: String,
    pub(crate) server: Arc<ServerConfig>,
}

impl Certificates {
    pub(crate) fn for_name(name: &str) -> Self {
        Self::valid(name, 2020..2120)
    }

    /// Valid from the first day of a year to the first day of another.
    pub(crate) fn valid(name: &str, years: Range<i32>) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, format!("Authority of {name}"));
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let server_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        let certificate = params.signed_by(&server_key, &issuer).unwrap();
        Self::new(authority.pem(), &certificate, &server_key)
    }

    /// Signed by nobody else; as an `authority`, as `openssl req -x509` makes them, or not.
    pub(crate) fn self_signed(name: &str, authority: bool) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap();
        Self::new(certificate.pem(), &certificate, &key)
    }

    fn new(authority_pem: String, certificate: &Certificate, key: &KeyPair) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        Self { authority_pem, server: Arc::new(server) }
    }

    /// The TLS side of a client that a test plays itself.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority_pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }

    pub(crate) fn trusted(&self) -> Tls {
        Tls::new(Trust::Authorities(self.authority_pem.clone()))
    }
}

/// A server that a test plays itself, line by line, on one connection.
pub(crate) struct Script {
    pub(crate) stream: BufReader<TcpStream>,
    /// All lines that the client sent.
    pub(crate) heard: Vec<String>,
}

impl Script {
    /// Plays `scene` to the first client; the handle gives what it returned.
    pub(crate) async fn play<T, F>(
        scene: impl FnOnce(Script) -> F + Send + 'static,
    ) -> (SocketAddr, JoinHandle<T>)
    where
        F: Future<Output = T> + Send,
        T: Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scene = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            scene(Script { stream: BufReader::new(stream), heard: vec![] }).await
        });
        (address, scene)
    }

    /// Says lines as they are, in one write.
    pub(crate) async fn say(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Hears one line, which must begin with `start`.
    pub(crate) async fn hear(&mut self, start: &str) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap();
        assert!(line.starts_with(start), "wanted {start:?}, heard {line:?}");
        self.heard.push(line.trim_end().to_owned());
        line
    }

    /// Greets and offers `extensions` (`"250-PIPELINING\r\n"`).
    pub(crate) async fn welcome(&mut self, extensions: &str) {
        self.say("220 relay.test ESMTP\r\n").await;
        self.hear("EHLO client.test").await;
        self.say(&format!("250-relay.test\r\n{extensions}250 HELP\r\n")).await;
    }

    /// Hears the message up to its final dot.
    pub(crate) async fn hear_message(&mut self) -> String {
        let mut message = String::new();
        while !(message.ends_with("\r\n.\r\n") || message == ".\r\n") {
            assert!(self.stream.read_line(&mut message).await.unwrap() > 0, "ended after {message:?}");
        }
        message
    }

    /// All that still comes until the client closes.
    pub(crate) async fn hear_rest(&mut self) -> String {
        let mut rest = Vec::new();
        let _ = self.stream.read_to_end(&mut rest).await;
        String::from_utf8_lossy(&rest).into_owned()
    }
}
