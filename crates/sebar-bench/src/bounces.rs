//! `bounces`: mails that came back, at the listener of the return path, in mails per second: each is
//! understood, stored, matched by its mark, counted, and suppresses its recipient, before it is answered.

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use sebar_compose::ReturnPath;
use sebar_domain::Address;
use sebar_domain::id::MessageId;
use sebar_intake::{Inbound, Limits};
use sebar_smtp::{Connection, Envelope, Target};
use sebar_store::keys::MasterKey;
use sebar_store::settings::{self, Returns};
use serde::Serialize;
use sqlx::PgPool;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::blast::sender::KEY;
use crate::child::Listening;
use crate::home::{self, Ground};

/// What comes back.
#[derive(Args)]
pub(crate) struct Bounces {
    /// Mails; each is a hard bounce of another message.
    #[arg(long, default_value_t = 100_000)]
    mails: u32,
    /// Connections that bring them.
    #[arg(long, default_value_t = 50)]
    connections: u32,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    mails: u32,
    connections: u32,
    mail_bytes: usize,
    seconds: f64,
    per_s: f64,
    /// Of the process that listens.
    peak_rss_mb: f64,
    suppressed: i64,
}

impl Bounces {
    pub(crate) fn run(self) -> Result<()> {
        home::run(self.json, async |ground| self.measure(ground).await)?;
        Ok(())
    }

    async fn measure(&self, ground: &mut Ground) -> Result<Outcome> {
        let url = ground.database("bounces")?;
        let db = sebar_store::connect(&url, 4).await?;
        sebar_store::migrate(&db).await?;
        let base: Address = "bounces@returns.example".parse()?;
        let returns = Returns { return_path: Some(base.clone()), ..Returns::default() };
        settings::set_returns(&db, &returns).await?;
        let path = ReturnPath::new(base, Some(&MasterKey::new(KEY).token_key()));
        let messages = messages(&db, self.mails).await?;
        let listener = Listening::start(&["listener", "--database-url", &url])?;
        let start = Instant::now();
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..self.connections {
            let mine: Vec<(MessageId, String)> =
                messages.iter().skip(lane as usize).step_by(self.connections as usize).cloned().collect();
            lanes.spawn(bring(listener.port, path.clone(), mine));
        }
        let mut bytes = 0;
        while let Some(lane) = lanes.join_next().await {
            bytes = lane??.max(bytes);
        }
        let seconds = start.elapsed().as_secs_f64();
        let count = "SELECT count(*) FROM messages m JOIN suppressions s ON s.email = lower(m.recipient)
                      WHERE m.bounced_at IS NOT NULL AND s.reason = 'hard_bounce'";
        let suppressed: i64 = sqlx::query_scalar(count).fetch_one(&db).await?;
        ensure!(suppressed == i64::from(self.mails), "{suppressed} of {} were suppressed", self.mails);
        let peak_rss_mb = listener.peak_rss_mb()?;
        db.close().await;
        Ok(Outcome {
            mails: self.mails,
            connections: self.connections,
            mail_bytes: bytes,
            seconds,
            per_s: f64::from(self.mails) / seconds,
            peak_rss_mb,
            suppressed,
        })
    }
}

/// A fixture: messages as they stand when they were sent, and their recipients.
async fn messages(db: &PgPool, n: u32) -> Result<Vec<(MessageId, String)>> {
    let rows: Vec<(Uuid, String)> = (0..n).map(|n| (Uuid::now_v7(), format!("p{n}@example.com"))).collect();
    let (ids, recipients): (Vec<Uuid>, Vec<String>) = rows.iter().cloned().unzip();
    sqlx::query(
        "INSERT INTO messages (id, stream, content_id, recipient, state, finished_at)
         SELECT id, 'transactional', $1, recipient, 'sent', now() FROM unnest($2::uuid[], $3::text[]) AS m (id, recipient)",
    )
    .bind(Uuid::now_v7())
    .bind(&ids)
    .bind(&recipients)
    .execute(db)
    .await?;
    Ok(rows.into_iter().map(|(id, recipient)| (MessageId(id), recipient)).collect())
}

/// Brings bounces one after the other; the size of the largest.
async fn bring(port: u16, path: ReturnPath, messages: Vec<(MessageId, String)>) -> Result<usize> {
    let target = Target::new("127.0.0.1", port, sebar_domain::Security::None);
    let mut connection = Connection::connect(&target).await?;
    let mut largest = 0;
    for (message, recipient) in messages {
        let to = path.of(message);
        let mail = bounce(message, &recipient, to.as_str());
        largest = mail.len().max(largest);
        connection.send(&Envelope { mail_from: None, rcpt_to: &to }, mail.as_bytes()).await?;
    }
    connection.quit().await;
    Ok(largest)
}

/// A notification as servers write it, with the header of the message.
fn bounce(message: MessageId, recipient: &str, to: &str) -> String {
    let id = message.0.simple();
    format!(
        "Return-Path: <>\nReceived: by mx.example.com (Postfix) id {id}; Fri, 27 Nov 2026 10:00:00 +0000 (UTC)\n\
         Date: Fri, 27 Nov 2026 10:00:00 +0000 (UTC)\nFrom: MAILER-DAEMON@mx.example.com (Mail Delivery System)\n\
         Subject: Undelivered Mail Returned to Sender\nTo: {to}\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"{id}/mx.example.com\"\n\
         Message-Id: <{id}.bounce@mx.example.com>\n\n\
         This is a MIME-encapsulated message.\n\n--{id}/mx.example.com\nContent-Description: Notification\n\
         Content-Type: text/plain; charset=us-ascii\n\nThis is the mail system at host mx.example.com.\n\n\
         I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.\n\n\
         <{recipient}>: host mail.example.com[192.0.2.25] said: 550 5.1.1 <{recipient}>:\n    Recipient address \
         rejected: User unknown in virtual mailbox table (in reply to\n    RCPT TO command)\n\n\
         --{id}/mx.example.com\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n\
         Reporting-MTA: dns; mx.example.com\nX-Postfix-Queue-ID: {id}\nArrival-Date: Fri, 27 Nov 2026 09:59:58 +0000 (UTC)\n\n\
         Final-Recipient: rfc822; {recipient}\nOriginal-Recipient: rfc822;{recipient}\nAction: failed\nStatus: 5.1.1\n\
         Remote-MTA: dns; mail.example.com\nDiagnostic-Code: smtp; 550 5.1.1 <{recipient}>: Recipient address rejected:\n    \
         User unknown in virtual mailbox table\n\n--{id}/mx.example.com\nContent-Description: Undelivered Message Headers\n\
         Content-Type: text/rfc822-headers\n\nReturn-Path: <{to}>\nFrom: Toko <news@example.com>\nTo: {recipient}\n\
         Subject: Promo akhir tahun\nMessage-ID: <{id}@example.com>\nMIME-Version: 1.0\n\
         Content-Type: multipart/alternative; boundary=x\n\n--{id}/mx.example.com--\n"
    )
    .replace('\n', "\r\n")
}

/// Which database to record in.
#[derive(Args)]
pub(crate) struct ListenerProcess {
    #[arg(long)]
    database_url: String,
}

impl ListenerProcess {
    /// Listens until its input ends; prints its port.
    pub(crate) fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let port = listener.local_addr()?.port();
            let db = sebar_store::connect(&self.database_url, 4).await?;
            let inbound =
                Inbound { db, key: MasterKey::new(KEY), listener: Some(listener), limits: Limits::default() };
            let stop = CancellationToken::new();
            let work = tokio::spawn(inbound.run(stop.clone()));
            // The return path is read at the start.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            println!("{port}");
            tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
            stop.cancel();
            work.await??;
            Ok(())
        })
    }
}
