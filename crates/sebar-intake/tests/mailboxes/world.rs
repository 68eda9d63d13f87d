//! The world of these tests: a database, `sebar inbound`, and mailboxes.

use std::sync::Arc;
use std::time::Duration;

use sebar_domain::id::MailboxId;
use sebar_domain::{MailProtocol, MailboxSettings, Security};
use sebar_intake::{Inbound, Limits};
use sebar_store::keys::MasterKey;
use sebar_store::mailboxes::{self, Mailbox};
use sebar_testkit::{ImapServer, Pop3Server, TestDatabase};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) db: TestDatabase,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

fn key() -> MasterKey {
    MasterKey::new([7; 32])
}

impl World {
    pub(crate) async fn new() -> Self {
        let db = TestDatabase::new().await;
        let inbound = Inbound { db: db.pool.clone(), key: key(), listener: None, limits: Limits::default() };
        let stop = CancellationToken::new();
        let running = inbound.run(stop.clone());
        Self { db, stop, work: tokio::spawn(async move { running.await.unwrap() }) }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }

    /// Adds a mailbox, which is looked into by [`World::look`], or at once where the server tells of mail.
    pub(crate) async fn add(&self, settings: &MailboxSettings) -> MailboxId {
        let mut tx = self.db.pool.begin().await.unwrap();
        let id = mailboxes::add(&mut tx, &key(), settings, ImapServer::PASSWORD).await.unwrap();
        if settings.every_seconds == 86_400 {
            sqlx::query("UPDATE mailboxes SET polled_at = now() WHERE id = $1")
                .bind(id.0)
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        id
    }

    pub(crate) async fn change(&self, id: MailboxId, settings: &MailboxSettings) {
        let mut tx = self.db.pool.begin().await.unwrap();
        assert!(mailboxes::change(&mut tx, &key(), id, settings, None).await.unwrap());
        tx.commit().await.unwrap();
    }

    pub(crate) async fn find(&self, id: MailboxId) -> Mailbox {
        mailboxes::find(&self.db.pool, id).await.unwrap().unwrap()
    }

    /// Has the mailbox looked into, and waits for the end of that.
    pub(crate) async fn look(&self, id: MailboxId) {
        let due = "UPDATE mailboxes SET polled_at = NULL WHERE id = $1";
        sqlx::query(due).bind(id.0).execute(&self.db.pool).await.unwrap();
        let over = "SELECT polled_at IS NOT NULL AND leased_until IS NULL FROM mailboxes WHERE id = $1";
        self.until(async || {
            sqlx::query_scalar::<_, bool>(over).bind(id.0).fetch_one(&self.db.pool).await.unwrap()
        })
        .await;
    }

    /// The subjects of what was stored.
    pub(crate) async fn subjects(&self) -> Vec<String> {
        sqlx::query_scalar("SELECT subject FROM returned_mails ORDER BY subject COLLATE \"C\"")
            .fetch_all(&self.db.pool)
            .await
            .unwrap()
    }

    /// The database takes no mail with this subject.
    pub(crate) async fn refuse(&self, subject: &str) {
        let refuse = format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON returned_mails FOR EACH ROW
                 WHEN (NEW.subject = '{subject}') EXECUTE FUNCTION refuse()"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(refuse)).execute(&self.db.pool).await.unwrap();
    }

    /// It takes it again.
    pub(crate) async fn mend(&self) {
        sqlx::query("DROP TRIGGER refuse ON returned_mails").execute(&self.db.pool).await.unwrap();
    }

    pub(crate) async fn until(&self, mut is_so: impl AsyncFnMut() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so().await {
            assert!(Instant::now() < until, "it did not happen");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A mailbox by IMAP that is looked into when the test says so.
pub(crate) fn imap(server: &ImapServer, done_folder: &str) -> MailboxSettings {
    MailboxSettings { done_folder: done_folder.to_owned(), ..mailbox(MailProtocol::Imap, server.port) }
}

/// The same by POP3.
pub(crate) fn pop3(server: &Pop3Server, keep: bool) -> MailboxSettings {
    MailboxSettings { keep, ..mailbox(MailProtocol::Pop3, server.port) }
}

fn mailbox(protocol: MailProtocol, port: u16) -> MailboxSettings {
    MailboxSettings {
        name: "Returns".to_owned(),
        protocol,
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::None,
        username: "bounces".to_owned(),
        ca: String::new(),
        folder: "INBOX".to_owned(),
        done_folder: String::new(),
        keep: false,
        every_seconds: 86_400,
        enabled: true,
    }
}

/// A mail with this subject.
pub(crate) fn mail(subject: &str) -> String {
    format!("From: ida@example.com\nSubject: {subject}\n\nHi\n")
}

/// The same server over TLS: its port, and its certificate for `localhost`.
pub(crate) async fn behind_tls(port: u16) -> (u16, String) {
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![key.cert.der().clone()], private)
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                // A client that does not trust it ends here.
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
                }
            });
        }
    });
    (at, key.cert.pem())
}
