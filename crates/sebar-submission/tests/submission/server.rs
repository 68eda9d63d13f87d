//! A server of ours with a database of its own, and ways to talk to it.
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sebar_compose::MessageIdKey;
use sebar_domain::id::{MessageId, UserId};
use sebar_domain::{Address, Scope, Security};
use sebar_smtp::{Connection, Credentials, Envelope, Target, Tls, Trust};
use sebar_store::api_keys::{self, NewApiKey, Secret};
use sebar_submission::{Door, Options, serve};
use sebar_testkit::TestDatabase;
use sqlx::PgPool;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The key that signs Message-IDs.
pub(crate) fn message_ids() -> MessageIdKey {
    MessageIdKey::new(&[7; 32])
}

/// A server at both doors, with a certificate for `localhost`.
pub(crate) struct Server {
    database: TestDatabase,
    pub(crate) starttls: u16,
    pub(crate) tls: u16,
    pub(crate) authority: String,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let database = TestDatabase::new().await;
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut doors = Vec::new();
        let mut ports = Vec::new();
        for implicit_tls in [false, true] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            ports.push(listener.local_addr().unwrap().port());
            doors.push(Door { listener, implicit_tls });
        }
        let mut options = Options {
            hostname: "mail.toko.example".to_owned(),
            tls: Some(Arc::new(tls)),
            plain_text: false,
            sessions: 50,
            sessions_of_one: 50,
        };
        change(&mut options);
        let stop = CancellationToken::new();
        let running = serve(database.pool.clone(), message_ids(), doors, options, stop.clone());
        let work = tokio::spawn(async move { running.await.unwrap() });
        Self { database, starttls: ports[0], tls: ports[1], authority: made.cert.pem(), stop, work }
    }

    pub(crate) fn db(&self) -> &PgPool {
        &self.database.pool
    }

    pub(crate) async fn key(&self, change: impl FnOnce(&mut NewApiKey)) -> String {
        let mut key = NewApiKey {
            name: "Shop".to_owned(),
            scopes: vec![Scope::EmailsSend],
            from_domains: Vec::new(),
            networks: Vec::new(),
            per_minute: None,
            expires_at: None,
        };
        change(&mut key);
        let secret = Secret::new().unwrap();
        api_keys::create(self.db(), &secret, &key, UserId::new()).await.unwrap();
        secret.reveal().to_owned()
    }

    pub(crate) fn target(&self, security: Security, password: &str) -> Target {
        let port = if security == Security::ImplicitTls { self.tls } else { self.starttls };
        let mut target = Target::new("localhost", port, security);
        target.tls = Tls::new(Trust::Authorities(self.authority.clone()));
        target.credentials =
            Some(Credentials::Password { username: "anybody".to_owned(), password: password.to_owned() });
        target
    }

    pub(crate) async fn count(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM emails").fetch_one(self.db()).await.unwrap()
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }
}

pub(crate) const MAIL: &str = "From: Toko <halo@toko.example>\r\nTo: budi@x.example\r\nBcc: rahasia@x.example\r\n\
                    Subject: Selamat datang\r\nX-Sebar-Tag: kind=welcome\r\n\r\nHalo Budi\r\n.\r\n";

pub(crate) async fn hand_in(target: &Target, to: &str, mail: &str) -> Result<String, u16> {
    let mut connection =
        Connection::connect(target).await.map_err(|error| error.reply().map_or(0, |reply| reply.code))?;
    let to: Address = to.parse().unwrap();
    let from: Address = "whoever@elsewhere.example".parse().unwrap();
    let envelope = Envelope { mail_from: Some(&from), rcpt_to: &to };
    let answer = connection.send(&envelope, mail.as_bytes()).await;
    answer.map(|reply| reply.text).map_err(|error| error.reply().map_or(0, |reply| reply.code))
}

pub(crate) fn id(answer: &str) -> MessageId {
    answer.rsplit_once("msg_").unwrap().1.trim().parse().unwrap()
}

/// A conversation in plain text; what is said is answered line by line.
pub(crate) struct Talk(pub(crate) BufReader<TcpStream>);

impl Talk {
    pub(crate) async fn begin(port: u16) -> Self {
        let mut talk = Self(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap()));
        assert!(talk.hear().await.starts_with("220"));
        talk
    }

    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        // The server may have hung up.
        let _ = self.0.write_all(bytes).await;
    }

    /// The last line of an answer; empty when the connection is over.
    pub(crate) async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read =
                tokio::time::timeout(Duration::from_secs(20), self.0.read_line(&mut line)).await.unwrap();
            if read.unwrap_or(0) == 0 || line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    pub(crate) async fn ask(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n").as_bytes()).await;
        self.hear().await
    }

    pub(crate) async fn log_in(&mut self, key: &str) -> String {
        let secrets = STANDARD.encode(format!("\0x\0{key}"));
        self.ask(&format!("AUTH PLAIN {secrets}")).await
    }
}
