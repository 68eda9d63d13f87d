//! Mailboxes by POP3 (RFC 1939): the few commands that are needed.

use std::collections::HashSet;

use bytes::Bytes;
use sebar_domain::{MailboxSettings, Road, Security};
use sebar_store::mailboxes;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use crate::Fault;
use crate::look::Look;
use crate::mailboxes::MAX_SIZE;
use crate::stream::{Stream, connect, encrypt, in_time};

/// Octets of one line of an answer; RFC 1939 §3 says 512, mails may be one line.
const MAX_LINE: u64 = 25_000_000;
/// Mails on a server whose ids are kept in mind; of more, the first.
const MOST: usize = 1_000_000;
/// New mails that are taken before the server is let to delete them, which it does when the session ends.
const A_SESSION: usize = 5_000;

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

    /// Takes what was not taken yet. `true`: there is more.
    pub(crate) async fn take(&mut self, look: &mut Look<'_>) -> Result<bool, Fault> {
        let there = self.list().await?;
        let seen = mailboxes::seen(look.db, look.mailbox.id).await?;
        if there.len() < MOST {
            let uids: HashSet<&String> = there.iter().map(|item| &item.uid).collect();
            let gone: Vec<String> = seen.iter().filter(|uid| !uids.contains(uid)).cloned().collect();
            mailboxes::forget_seen(look.db, look.mailbox.id, &gone).await?;
        }
        let mut new = 0;
        for item in there {
            if !seen.contains(&item.uid) {
                if new == A_SESSION {
                    return look.end().map(|()| true);
                }
                new += 1;
                let raw = self.fetch(item.number).await?;
                let stored = look.store(Road::Pop3, vec![(item.uid, raw)]).await?;
                look.go_on()?;
                // One that cannot be stored stays.
                if stored.is_empty() {
                    continue;
                }
            }
            if !look.mailbox.settings.keep {
                self.command(&format!("DELE {}", item.number)).await?;
            }
        }
        look.end().map(|()| false)
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
