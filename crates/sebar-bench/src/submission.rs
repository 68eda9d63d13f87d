//! `submission`: mails that programs hand in by SMTP, in mails per second that are accepted and
//! committed; beside what Postfix's smtp-source brings to smtp-sink, which stores nothing.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use sebar_compose::MessageIdKey;
use sebar_domain::{Address, Security};
use sebar_smtp::{Connection, Credentials, Envelope, Target};
use sebar_store::keys::MasterKey;
use sebar_submission::{Door, Options, serve};
use serde::Serialize;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::blast::sender::KEY;
use crate::blast::smtp_sink::SmtpSink;
use crate::blast::world;
use crate::child::Listening;
use crate::home::{self, Ground};

/// What is handed in.
#[derive(Args)]
pub(crate) struct Submission {
    #[arg(long, default_value_t = 20_000)]
    messages: u32,
    #[arg(long, default_value_t = 20)]
    connections: u32,
    /// Octets of each mail.
    #[arg(long, default_value_t = 10_000)]
    size: usize,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    messages: u32,
    connections: u32,
    mail_bytes: usize,
    seconds: f64,
    accepted_per_s: f64,
    /// From MAIL to the 250 behind the commit.
    p99_ms: f64,
    /// Of the process that listens.
    peak_rss_mb: f64,
    /// smtp-source against smtp-sink, over as many connections; `None` where they are not installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_source_per_s: Option<f64>,
}

impl Submission {
    pub(crate) fn run(self) -> Result<()> {
        home::run(self.json, async |ground| self.measure(ground).await)?;
        Ok(())
    }

    async fn measure(&self, ground: &mut Ground) -> Result<Outcome> {
        let url = ground.database("submission")?;
        let db = sebar_store::connect(&url, 4).await?;
        sebar_store::migrate(&db).await?;
        let key = world::api_key(&db).await?;
        let server = Listening::start(&["submission-server", "--database-url", &url])?;
        let mut target = Target::new("127.0.0.1", server.port, Security::None);
        target.credentials = Some(Credentials::Password { username: "bench".to_owned(), password: key });
        let mail = mail(self.size);
        let start = Instant::now();
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..self.connections {
            let n = (lane..self.messages).step_by(self.connections as usize).len();
            lanes.spawn(hand_in(target.clone(), lane, n, mail.clone()));
        }
        let mut times = Vec::new();
        while let Some(lane) = lanes.join_next().await {
            times.extend(lane??);
        }
        let seconds = start.elapsed().as_secs_f64();
        let stored: i64 =
            sqlx::query_scalar("SELECT count(*) FROM emails e JOIN queue q ON q.message_id = e.id")
                .fetch_one(&db)
                .await?;
        ensure!(stored == i64::from(self.messages), "{stored} of {} were stored", self.messages);
        let peak_rss_mb = server.peak_rss_mb()?;
        drop(server);
        db.close().await;
        times.sort_by(f64::total_cmp);
        Ok(Outcome {
            messages: self.messages,
            connections: self.connections,
            mail_bytes: mail.len(),
            seconds,
            accepted_per_s: f64::from(self.messages) / seconds,
            p99_ms: times.get(times.len() * 99 / 100).copied().unwrap_or_default(),
            peak_rss_mb,
            smtp_source_per_s: self.smtp_source(mail.len())?,
        })
    }

    fn smtp_source(&self, size: usize) -> Result<Option<f64>> {
        let Some(sink) = SmtpSink::start()? else { return Ok(None) };
        let start = Instant::now();
        let (messages, sessions) = (self.messages.to_string(), self.connections.to_string());
        let status = Command::new("smtp-source")
            .args(["-d", "-m", &messages, "-s", &sessions, "-l", &size.to_string()])
            .args(["-f", "a@x.example", "-t", "b@x.example", &format!("127.0.0.1:{}", sink.port)])
            .env("PATH", "/usr/sbin:/usr/bin:/bin")
            .stdout(Stdio::null())
            .status()?;
        ensure!(status.success(), "smtp-source failed");
        Ok(Some(f64::from(self.messages) / start.elapsed().as_secs_f64()))
    }
}

fn mail(size: usize) -> Vec<u8> {
    let mut mail =
        b"From: Toko <halo@toko.example>\r\nTo: budi@x.example\r\nSubject: Pesanan\r\n\r\n".to_vec();
    while mail.len() < size {
        let line = (size - mail.len()).clamp(2, 78) - 2;
        mail.resize(mail.len() + line, b'x');
        mail.extend_from_slice(b"\r\n");
    }
    mail
}

/// Hands in mails one after the other; how long each took, in milliseconds.
async fn hand_in(target: Target, lane: u32, n: usize, mail: Vec<u8>) -> Result<Vec<f64>> {
    let mut connection = Connection::connect(&target).await?;
    let from: Address = "halo@toko.example".parse()?;
    let mut times = Vec::with_capacity(n);
    for number in 0..n {
        let to: Address = format!("p{lane}.{number}@x.example").parse()?;
        // A body of its own, as most mails have: equal ones would be stored once.
        let mail = [&mail[..], format!("Nomor {lane}.{number}\r\n").as_bytes()].concat();
        let begun = Instant::now();
        connection.send(&Envelope { mail_from: Some(&from), rcpt_to: &to }, &mail).await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    connection.quit().await;
    Ok(times)
}

/// Which database to store in.
#[derive(Args)]
pub(crate) struct ServerProcess {
    #[arg(long)]
    database_url: String,
}

impl ServerProcess {
    /// Serves until its input ends; prints its port.
    pub(crate) fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?.port());
            let db = sebar_store::connect(&self.database_url, 6).await?;
            let options = Options {
                hostname: "bench.example".to_owned(),
                tls: None,
                plain_text: true,
                sessions: 500,
                sessions_of_one: 500,
            };
            let message_ids = MessageIdKey::new(&MasterKey::new(KEY).token_key());
            let stop = CancellationToken::new();
            let doors = vec![Door { listener, implicit_tls: false }];
            let work = tokio::spawn(serve(db, message_ids, doors, options, stop.clone()));
            tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
            stop.cancel();
            work.await??;
            Ok(())
        })
    }
}
