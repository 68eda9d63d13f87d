//! Programs hand in mail by SMTP, as real clients do.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use sebar_compose::MessageIdKey;
use sebar_domain::id::{MessageId, UserId};
use sebar_domain::{Address, Scope, Security};
use sebar_smtp::{Connection, Credentials, Envelope, Target, Tls, Trust};
use sebar_store::api_keys::{self, NewApiKey, Secret};
use sebar_store::{emails, suppressions};
use sebar_submission::{Door, Options, serve};
use sebar_testkit::TestDatabase;
use sqlx::PgPool;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

fn message_ids() -> MessageIdKey {
    MessageIdKey::new(&[7; 32])
}

/// A server at both doors, with a certificate for `localhost`.
struct Server {
    database: TestDatabase,
    starttls: u16,
    tls: u16,
    authority: String,
    stop: CancellationToken,
    work: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Options)) -> Self {
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
        };
        change(&mut options);
        let stop = CancellationToken::new();
        let running = serve(database.pool.clone(), message_ids(), doors, options, stop.clone());
        let work = tokio::spawn(async move { running.await.unwrap() });
        Self { database, starttls: ports[0], tls: ports[1], authority: made.cert.pem(), stop, work }
    }

    fn db(&self) -> &PgPool {
        &self.database.pool
    }

    async fn key(&self, change: impl FnOnce(&mut NewApiKey)) -> String {
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

    fn target(&self, security: Security, password: &str) -> Target {
        let port = if security == Security::ImplicitTls { self.tls } else { self.starttls };
        let mut target = Target::new("localhost", port, security);
        target.tls = Tls::new(Trust::Authorities(self.authority.clone()));
        target.credentials =
            Some(Credentials::Password { username: "anybody".to_owned(), password: password.to_owned() });
        target
    }

    async fn count(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM emails").fetch_one(self.db()).await.unwrap()
    }

    async fn stop(self) {
        self.stop.cancel();
        self.work.await.unwrap();
    }
}

const MAIL: &str = "From: Toko <halo@toko.example>\r\nTo: budi@x.example\r\nBcc: rahasia@x.example\r\n\
                    Subject: Selamat datang\r\nX-Sebar-Tag: kind=welcome\r\n\r\nHalo Budi\r\n.\r\n";

async fn hand_in(target: &Target, to: &str, mail: &str) -> Result<String, u16> {
    let mut connection =
        Connection::connect(target).await.map_err(|error| error.reply().map_or(0, |reply| reply.code))?;
    let to: Address = to.parse().unwrap();
    let from: Address = "whoever@elsewhere.example".parse().unwrap();
    let envelope = Envelope { mail_from: Some(&from), rcpt_to: &to };
    let answer = connection.send(&envelope, mail.as_bytes()).await;
    answer.map(|reply| reply.text).map_err(|error| error.reply().map_or(0, |reply| reply.code))
}

fn id(answer: &str) -> MessageId {
    answer.rsplit_once("msg_").unwrap().1.trim().parse().unwrap()
}

#[tokio::test]
async fn a_mail_is_accepted_over_tls_and_stands_in_the_database_with_what_it_said() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    for security in [Security::StartTls, Security::ImplicitTls] {
        let answer = hand_in(&server.target(security, &key), "budi@x.example", MAIL).await.unwrap();
        let email =
            emails::get(&mut server.db().acquire().await.unwrap(), id(&answer)).await.unwrap().unwrap();
        assert_eq!(email.subject, "Selamat datang");
        assert_eq!(email.addressed["to"], serde_json::json!(["budi@x.example"]));
        assert_eq!(email.tags, serde_json::json!([{ "name": "kind", "value": "welcome" }]));
        let parts = emails::parts(server.db(), email.id.0.into()).await.unwrap().unwrap();
        let sent = sebar_compose::assemble(&parts.mime, parts.dated_at, &parts.contents());
        let sent = String::from_utf8(sent.bytes).unwrap();
        assert!(sent.starts_with("Date: ") && sent.ends_with("\r\n\r\nHalo Budi\r\n.\r\n"), "{sent}");
        assert!(!sent.contains("rahasia") && !sent.contains("X-Sebar"), "{sent}");
        assert!(
            sent.contains(&format!("Message-ID: <{}>", message_ids().of(email.id.0.into(), "toko.example"))),
            "{sent}"
        );
    }
    let queued: i64 = sqlx::query_scalar("SELECT count(*) FROM queue").fetch_one(server.db()).await.unwrap();
    assert_eq!(queued, 2);
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_send_is_told_so_and_nothing_is_stored() {
    let server = Server::start().await;
    let other = server.key(|key| key.scopes = vec![Scope::EmailsRead]).await;
    let expired = server.key(|key| key.expires_at = Some(chrono::Utc::now())).await;
    let far = server.key(|key| key.networks = vec!["192.0.2.0/24".parse().unwrap()]).await;
    let unknown = format!("sbr_{}", "a".repeat(40));
    for (password, why) in [
        (other.as_str(), "scope"),
        (&expired, "expired"),
        (&far, "network"),
        (&unknown, "unknown"),
        ("secret", "no key"),
    ] {
        let answer = hand_in(&server.target(Security::StartTls, password), "budi@x.example", MAIL).await;
        assert_eq!(answer, Err(535), "{why}");
    }
    let bound = server.key(|key| key.from_domains = vec!["other.example".to_owned()]).await;
    let target = server.target(Security::StartTls, &bound);
    assert_eq!(hand_in(&target, "budi@x.example", MAIL).await, Err(550), "the domain of From");
    let allowed = MAIL.replace("toko.example", "other.example");
    assert!(hand_in(&target, "budi@x.example", &allowed).await.is_ok());
    let slow = server.key(|key| key.per_minute = Some(1)).await;
    let target = server.target(Security::StartTls, &slow);
    assert!(hand_in(&target, "budi@x.example", MAIL).await.is_ok());
    assert_eq!(hand_in(&target, "budi@x.example", MAIL).await, Err(450));
    let good = server.key(|_| {}).await;
    let target = server.target(Security::StartTls, &good);
    for unfit in [
        "no header\r\n\r\nx",
        "From: a@x.example\r\nFrom: b@x.example\r\n\r\nx",
        "From: a@x.example\r\nX-Sebar-Pool: None such\r\n\r\nx",
    ] {
        assert_eq!(hand_in(&target, "budi@x.example", unfit).await, Err(550), "{unfit}");
    }
    assert_eq!(server.count().await, 2);
    server.stop().await;
}

#[tokio::test]
async fn a_revocation_holds_for_the_next_mail_of_an_open_session() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let mut connection = Connection::connect(&server.target(Security::ImplicitTls, &key)).await.unwrap();
    let to: Address = "budi@x.example".parse().unwrap();
    let envelope = Envelope { mail_from: None, rcpt_to: &to };
    connection.send(&envelope, MAIL.as_bytes()).await.unwrap();
    sqlx::query("UPDATE api_keys SET revoked_at = now()").execute(server.db()).await.unwrap();
    let refused = connection.send(&envelope, MAIL.as_bytes()).await.unwrap_err();
    assert_eq!(refused.reply().unwrap().code, 535);
    assert_eq!(server.count().await, 1);
    server.stop().await;
}

#[tokio::test]
async fn a_suppressed_recipient_is_accepted_and_stands_so() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let entry = suppressions::New {
        email: "@x.example".to_owned(),
        reason: sebar_domain::SuppressionReason::Manual,
        note: String::new(),
        until: None,
    };
    let mut tx = server.db().begin().await.unwrap();
    suppressions::put(&mut tx, &[entry], "", None).await.unwrap();
    tx.commit().await.unwrap();
    let answer = hand_in(&server.target(Security::StartTls, &key), "budi@x.example", MAIL).await.unwrap();
    let state: String = sqlx::query_scalar("SELECT state FROM messages WHERE id = $1")
        .bind(id(&answer).0)
        .fetch_one(server.db())
        .await
        .unwrap();
    assert_eq!(state, "suppressed");
    server.stop().await;
}

/// A conversation in plain text; what is said is answered line by line.
struct Talk(BufReader<TcpStream>);

impl Talk {
    async fn begin(port: u16) -> Self {
        let mut talk = Self(BufReader::new(TcpStream::connect(("127.0.0.1", port)).await.unwrap()));
        assert!(talk.hear().await.starts_with("220"));
        talk
    }

    async fn say(&mut self, bytes: &[u8]) {
        // The server may have hung up.
        let _ = self.0.write_all(bytes).await;
    }

    /// The last line of an answer; empty when the connection is over.
    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read =
                tokio::time::timeout(Duration::from_secs(20), self.0.read_line(&mut line)).await.unwrap();
            if read.unwrap_or(0) == 0 || line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    async fn ask(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n").as_bytes()).await;
        self.hear().await
    }
}

#[tokio::test]
async fn hostile_clients_get_clear_answers_and_others_are_served() {
    let server = Server::with(|options| options.plain_text = true).await;
    let key = server.key(|_| {}).await;
    let plain = |key: &str| {
        use std::fmt::Write as _;
        // AUTH PLAIN, by hand: NUL name NUL password in base64.
        let raw: Vec<u8> = [b"\0x\0", key.as_bytes()].concat();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for three in raw.chunks(3) {
            let n = three.iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            for at in 0..4 {
                let character = if at <= three.len() {
                    char::from(alphabet[(n >> (18 - 6 * at) & 63) as usize])
                } else {
                    '='
                };
                write!(out, "{character}").unwrap();
            }
        }
        out
    };

    // No relay for those who did not log in.
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    assert!(talk.ask("MAIL FROM:<a@x.example>").await.starts_with("530"));

    // Guessing keys has an end.
    let mut guesses = 0;
    while talk.ask(&format!("AUTH PLAIN {}", plain("sbr_wrong"))).await.starts_with("535") {
        guesses += 1;
        assert!(guesses < 20);
    }

    // Smuggling: a lone LF, or LF dot CRLF, ends no message (and is refused as a whole).
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    assert!(talk.ask(&format!("AUTH PLAIN {}", plain(&key))).await.starts_with("235"));
    for line in ["MAIL FROM:<a@x.example>", "RCPT TO:<budi@x.example>"] {
        assert!(talk.ask(line).await.starts_with("250"));
    }
    assert!(talk.ask("DATA").await.starts_with("354"));
    talk.say(b"From: a@x.example\r\n\r\nHi\n.\r\nMAIL FROM:<b@x.example>\r\nRCPT TO:<ida@x.example>\r\nDATA\r\nFrom: b@x.example\r\n\r\n.\r\n").await;
    assert!(talk.hear().await.starts_with("554"), "a lone LF");
    assert_eq!(server.count().await, 0);

    // Commands behind STARTTLS in plain text are forgotten.
    let mut talk = Talk::begin(server.starttls).await;
    talk.ask("EHLO x").await;
    talk.say(b"STARTTLS\r\nMAIL FROM:<a@x.example>\r\n").await;
    assert!(talk.hear().await.starts_with("220"));
    // Whatever comes now is no answer to MAIL: the server waits for the handshake.
    let mut byte = [0];
    let more = tokio::time::timeout(Duration::from_millis(300), talk.0.read(&mut byte)).await;
    assert!(more.is_err() || more.unwrap().unwrap_or(0) == 0);

    // A line without an end, in bounded memory; and garbage.
    let mut endless = Talk::begin(server.starttls).await;
    for _ in 0..8000 {
        endless.say(&[b'x'; 8192]).await;
    }
    let mut garbage = Talk::begin(server.starttls).await;
    garbage.say(&[0, 255, 13, 10].repeat(1000)).await;
    assert!(garbage.hear().await.starts_with('5'));

    // More clients than there is room for are told so, and who is inside goes on.
    let mut inside = Talk::begin(server.starttls).await;
    let mut crowd = Vec::new();
    let mut sent_away = 0;
    for _ in 0..100 {
        let mut one = BufReader::new(TcpStream::connect(("127.0.0.1", server.starttls)).await.unwrap());
        let mut line = String::new();
        one.read_line(&mut line).await.unwrap();
        sent_away += usize::from(line.starts_with("421"));
        crowd.push(one);
    }
    assert!(sent_away >= 50, "{sent_away}");
    assert!(inside.ask("EHLO x").await.starts_with("250"));
    drop((crowd, endless, garbage));
    server.stop().await;
}

/// Runs a client that people have; `None` where it is not installed.
async fn client(
    program: &str,
    arguments: &[&str],
    input: &str,
    environment: &[(&str, &str)],
) -> Option<(bool, String)> {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).envs(environment.iter().copied());
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        println!("SKIPPED: {program} is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

#[tokio::test]
async fn python_hands_in_mail() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let program = "import os, smtplib, ssl\n\
        from email.message import EmailMessage\n\
        mail = EmailMessage()\n\
        mail['From'] = 'Toko Kopi <halo@toko.example>'\n\
        mail['To'] = 'budi@x.example, ida@x.example'\n\
        mail['Bcc'] = 'rahasia@x.example'\n\
        mail['Subject'] = 'Pesanan n\u{ba} 7 \u{2013} terima kasih'\n\
        mail.set_content('Halo \u{2615}\\n.\\nSampai jumpa\\n')\n\
        mail.add_attachment(b'%PDF-1.4', maintype='application', subtype='pdf', filename='faktur.pdf')\n\
        trust = ssl.create_default_context(cadata=os.environ['AUTHORITY'])\n\
        for kind in ('starttls', 'tls'):\n\
        \x20   if kind == 'tls':\n\
        \x20       smtp = smtplib.SMTP_SSL('localhost', int(os.environ['TLS']), context=trust)\n\
        \x20   else:\n\
        \x20       smtp = smtplib.SMTP('localhost', int(os.environ['STARTTLS']))\n\
        \x20       smtp.starttls(context=trust)\n\
        \x20   smtp.login('anybody', os.environ['KEY'])\n\
        \x20   assert smtp.send_message(mail) == {}\n\
        \x20   smtp.quit()\n";
    let (starttls, tls) = (server.starttls.to_string(), server.tls.to_string());
    let environment =
        [("KEY", key.as_str()), ("AUTHORITY", &server.authority), ("STARTTLS", &starttls), ("TLS", &tls)];
    if let Some((success, said)) = client("python3", &["-"], program, &environment).await {
        assert!(success, "{said}");
        assert_eq!(server.count().await, 2);
        let to: Vec<String> = sqlx::query_scalar("SELECT DISTINCT recipient FROM messages ORDER BY 1")
            .fetch_all(server.db())
            .await
            .unwrap();
        assert_eq!(to, ["budi@x.example", "ida@x.example", "rahasia@x.example"]);
        let (subject, addressed): (String, serde_json::Value) =
            sqlx::query_as("SELECT subject, addressed FROM emails LIMIT 1")
                .fetch_one(server.db())
                .await
                .unwrap();
        assert_eq!(subject, "Pesanan nº 7 – terima kasih");
        assert_eq!(addressed["bcc"], serde_json::json!(["rahasia@x.example"]));
    }
    server.stop().await;
}

#[tokio::test]
async fn curl_hands_in_mail() {
    let server = Server::start().await;
    let key = server.key(|_| {}).await;
    let folder = std::env::temp_dir().join(format!("sebar-curl-{}", std::process::id()));
    std::fs::write(&folder, &server.authority).unwrap();
    let user = format!("anybody:{key}");
    let authority = folder.to_str().unwrap();
    for url in [format!("smtps://localhost:{}", server.tls), format!("smtp://localhost:{}", server.starttls)]
    {
        let arguments = [
            "--silent",
            "--show-error",
            "--ssl-reqd",
            "--url",
            &url,
            "--cacert",
            authority,
            "--user",
            &user,
            "--mail-from",
            "halo@toko.example",
            "--mail-rcpt",
            "budi@x.example",
            "--upload-file",
            "-",
        ];
        if let Some((success, said)) = client("curl", &arguments, MAIL, &[]).await {
            assert!(success, "{said}");
            assert!(server.count().await > 0);
        }
    }
    std::fs::remove_file(&folder).unwrap();
    server.stop().await;
}
