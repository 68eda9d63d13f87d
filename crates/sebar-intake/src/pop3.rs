//! Mailboxes by POP3 (RFC 1939): the few commands that are needed.

use bytes::Bytes;
use sebar_domain::{MailboxSettings, Road, Security};
use sebar_store::mailboxes::{self, Mailbox};
use sqlx::PgPool;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use crate::mailboxes::{GIVE_UP, MAX_SIZE};
use crate::stream::{Stream, connect, encrypt, in_time};
use crate::{Arrival, Fault, Intake};

/// Octets of one line of an answer; RFC 1939 §3 says 512, mails may be one line.
const MAX_LINE: u64 = 25_000_000;
/// Mails on a server that are looked at in one go.
const MOST: usize = 100_000;

/// An open mailbox.
pub(crate) struct Pop3(BufReader<Stream>);

/// A mail on the server.
struct Item {
    number: u32,
    uid: String,
}

impl Pop3 {
    /// Connects and logs in.
    pub(crate) async fn open(settings: &MailboxSettings, password: &str) -> Result<Self, Fault> {
        let mut pop = Self(BufReader::new(connect(settings).await?));
        pop.answer().await?;
        if settings.security == Security::StartTls {
            // RFC 2595 §4.
            pop.command("STLS").await.map_err(|fault| match fault {
                Fault::Refused(_) => Fault::NoStartTls,
                other => other,
            })?;
            // What the server said behind its answer in plain text is not to be trusted.
            if !pop.0.buffer().is_empty() {
                return Err(Fault::Tls("the server went on in plain text".to_owned()));
            }
            pop = Self(BufReader::new(encrypt(settings, pop.0.into_inner()).await?));
        }
        let is_one_line = |text: &str| !text.contains(['\r', '\n', '\0']);
        if !is_one_line(&settings.username) || !is_one_line(password) {
            return Err(Fault::Login("a line break in the name or password".to_owned()));
        }
        let refused = |fault| match fault {
            Fault::Refused(words) => Fault::Login(words),
            other => other,
        };
        pop.command(&format!("USER {}", settings.username)).await.map_err(refused)?;
        pop.command(&format!("PASS {password}")).await.map_err(refused)?;
        Ok(pop)
    }

    /// How many mails are there.
    pub(crate) async fn count(&mut self) -> Result<u32, Fault> {
        let answer = self.command("STAT").await?;
        answer.split_whitespace().next().and_then(|n| n.parse().ok()).ok_or(Fault::Refused(answer))
    }

    /// Ends the session; only now does the server delete what is marked (RFC 1939 §6).
    pub(crate) async fn quit(mut self) -> Result<(), Fault> {
        self.command("QUIT").await.map(drop)
    }

    /// Takes all that was not taken yet; how many that were.
    pub(crate) async fn take(
        &mut self,
        db: &PgPool,
        mailbox: &Mailbox,
        intake: &Intake,
        taken: &mut i64,
    ) -> Result<(), Fault> {
        let there = self.list().await?;
        let uids: Vec<String> = there.iter().map(|item| item.uid.clone()).collect();
        mailboxes::forget_gone(db, mailbox.id, &uids).await?;
        let seen: std::collections::HashSet<String> =
            mailboxes::seen(db, mailbox.id, &uids).await?.into_iter().collect();
        let (mut failed, mut in_a_row) = (false, 0);
        for item in there {
            if !seen.contains(&item.uid) {
                let raw = self.fetch(item.number).await?;
                let arrival = Arrival {
                    road: Road::Pop3,
                    mailbox: Some(mailbox.id),
                    source: mailbox.settings.name.clone(),
                    envelope_to: Vec::new(),
                    raw,
                };
                // One that cannot be stored stays, and does not keep out those behind it.
                if intake.take(arrival).await.is_err() {
                    failed = true;
                    in_a_row += 1;
                    if in_a_row >= GIVE_UP {
                        return Err(Fault::NotStored);
                    }
                    continue;
                }
                in_a_row = 0;
                mailboxes::note_seen(db, mailbox.id, std::slice::from_ref(&item.uid)).await?;
                *taken += 1;
            }
            if !mailbox.settings.keep {
                self.command(&format!("DELE {}", item.number)).await?;
            }
        }
        if failed { Err(Fault::NotStored) } else { Ok(()) }
    }

    async fn list(&mut self) -> Result<Vec<Item>, Fault> {
        self.command("UIDL").await.map_err(|fault| match fault {
            Fault::Refused(_) => Fault::Lacks("UIDL (RFC 1939 §7)"),
            other => other,
        })?;
        let mut items = Vec::new();
        loop {
            let line = self.line().await?;
            if line == b"." {
                return Ok(items);
            }
            let text = String::from_utf8_lossy(&line);
            let mut words = text.split_whitespace();
            if let (Some(Ok(number)), Some(uid)) = (words.next().map(str::parse), words.next())
                && items.len() < MOST
            {
                items.push(Item { number, uid: uid.chars().filter(|c| *c != '\0').take(200).collect() });
            }
        }
    }

    /// A mail's bytes, dots undone (RFC 1939 §3); of one that is too big, its beginning.
    async fn fetch(&mut self, number: u32) -> Result<Bytes, Fault> {
        self.command(&format!("RETR {number}")).await?;
        let mut raw = Vec::new();
        loop {
            let line = self.line().await?;
            let line = match line.strip_prefix(b".") {
                Some([]) => return Ok(raw.into()),
                Some(rest) => rest,
                None => &line,
            };
            if raw.len() + line.len() + 2 <= MAX_SIZE {
                raw.extend_from_slice(line);
                raw.extend_from_slice(b"\r\n");
            }
        }
    }

    async fn command(&mut self, command: &str) -> Result<String, Fault> {
        let line = format!("{command}\r\n");
        let sending = async {
            self.0.write_all(line.as_bytes()).await?;
            self.0.flush().await
        };
        in_time(sending).await??;
        self.answer().await
    }

    /// What follows `+OK`.
    async fn answer(&mut self) -> Result<String, Fault> {
        let line = self.line().await?;
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        match text.strip_prefix("+OK") {
            Some(words) => Ok(words.trim().to_owned()),
            None => Err(Fault::Refused(text.trim_start_matches("-ERR").trim().chars().take(500).collect())),
        }
    }

    /// One line without its end.
    async fn line(&mut self) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        let mut reader = (&mut self.0).take(MAX_LINE);
        in_time(reader.read_until(b'\n', &mut line)).await??;
        if line.pop() != Some(b'\n') {
            return Err(Fault::Connection(std::io::ErrorKind::UnexpectedEof.into()));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }
}
