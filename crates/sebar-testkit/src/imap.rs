//! A mailbox by IMAP that does as a test tells it: full, breaking off, silent about new mail.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

struct Mail {
    uid: u32,
    raw: String,
    seen: bool,
}

struct Inner {
    mails: Vec<Mail>,
    next_uid: u32,
    validity: u32,
    capabilities: &'static str,
    password: String,
    keeps_flags: bool,
    /// Mails of the next answer to be sent before the connection breaks.
    breaks_after: Option<usize>,
    moved: Vec<u32>,
    commands: Vec<String>,
}

/// An IMAP server on 127.0.0.1, in plain text, with one folder. It goes with the value.
pub struct ImapServer {
    /// Where it listens.
    pub port: u16,
    inner: Arc<Mutex<Inner>>,
    changed: watch::Sender<()>,
    listening: JoinHandle<()>,
}

impl ImapServer {
    /// The password that it takes, from anybody.
    pub const PASSWORD: &str = "geheim";

    /// Starts a server with these capabilities, such as `MOVE IDLE`.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start(capabilities: &'static str) -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(fault) => panic!("no port for a mailbox: {fault}"),
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let inner = Arc::new(Mutex::new(Inner {
            mails: Vec::new(),
            next_uid: 1,
            validity: 1,
            capabilities,
            password: Self::PASSWORD.to_owned(),
            keeps_flags: true,
            breaks_after: None,
            moved: Vec::new(),
            commands: Vec::new(),
        }));
        let (changed, changes) = watch::channel(());
        let shared = Arc::clone(&inner);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = Conversation { inner: Arc::clone(&shared), changes: changes.clone(), told: 0 };
                tokio::spawn(served.serve(stream));
            }
        });
        Self { port, inner, changed, listening }
    }

    /// Puts a mail into the folder, read or not; who idles is told.
    pub fn put(&self, raw: &str, seen: bool) {
        let mut inner = lock(&self.inner);
        let uid = inner.next_uid;
        inner.next_uid += 1;
        inner.mails.push(Mail { uid, raw: raw.replace('\n', "\r\n"), seen });
        drop(inner);
        self.changed.send_replace(());
    }

    /// Leaves out so many unique ids, as if their mails had been deleted.
    pub fn skip_uids(&self, n: u32) {
        lock(&self.inner).next_uid += n;
    }

    /// All unique ids get another meaning (RFC 9051 §2.3.1.1).
    pub fn renews_uids(&self) {
        lock(&self.inner).validity += 1;
    }

    /// Takes another password from now on.
    pub fn wants_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.inner).password);
    }

    /// Says OK to flags and forgets them, as for a folder that may only be read.
    pub fn forgets_flags(&self) {
        lock(&self.inner).keeps_flags = false;
    }

    /// The connection breaks in the next answer with more mails than these.
    pub fn breaks_after(&self, mails: usize) {
        lock(&self.inner).breaks_after = Some(mails);
    }

    /// What was asked since this was asked last, without tags.
    pub fn commands(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.inner).commands)
    }

    /// Mails in the folder, and those of them that are unread.
    pub fn count(&self) -> (usize, usize) {
        let inner = lock(&self.inner);
        (inner.mails.len(), inner.mails.iter().filter(|mail| !mail.seen).count())
    }

    /// The unique ids of mails that were moved away, in their order.
    pub fn moved(&self) -> Vec<u32> {
        lock(&self.inner).moved.clone()
    }
}

impl Drop for ImapServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Conversation {
    inner: Arc<Mutex<Inner>>,
    changes: watch::Receiver<()>,
    /// Mails that the client knows of.
    told: usize,
}

impl Conversation {
    async fn serve(mut self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let mut answer = "* OK ready\r\n".to_owned();
        loop {
            let broke = answer.is_empty();
            if broke || stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            let mut line = String::new();
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
            let Some((tag, command)) = line.trim_end().split_once(' ') else { return };
            lock(&self.inner).commands.push(command.to_owned());
            if command == "IDLE" {
                if self.idle(&mut stream).await.is_err() {
                    return;
                }
                answer = format!("{tag} OK done\r\n");
                continue;
            }
            let (mut said, breaks) = self.answer(command);
            if breaks {
                // In the middle of a mail.
                let _ = stream.write_all(said.as_bytes()).await;
                return;
            }
            if !said.starts_with("BAD") && !said.starts_with("NO") {
                let _ = write!(said, "{tag} OK done\r\n");
            } else {
                said = format!("{tag} {said}\r\n");
            }
            answer = said;
        }
    }

    /// Tells what comes, until the client is done. What came before is told first, as servers do.
    async fn idle(&mut self, stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
        stream.write_all(self.news().as_bytes()).await?;
        stream.write_all(b"+ idling\r\n").await?;
        let mut line = String::new();
        loop {
            tokio::select! {
                read = stream.read_line(&mut line) => {
                    return if read? > 0 { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) };
                }
                Ok(()) = self.changes.changed() => {}
            }
            stream.write_all(self.news().as_bytes()).await?;
        }
    }

    fn news(&mut self) -> String {
        let n = lock(&self.inner).mails.len();
        let has_news = n > self.told;
        self.told = n;
        if has_news { format!("* {n} EXISTS\r\n") } else { String::new() }
    }

    /// What is said before the end of an answer, and whether the connection breaks there.
    fn answer(&mut self, command: &str) -> (String, bool) {
        let mut inner = lock(&self.inner);
        let words: Vec<&str> = command.split(' ').collect();
        let said = match words[..] {
            ["CAPABILITY"] => format!("* CAPABILITY IMAP4rev1 {}\r\n", inner.capabilities),
            ["LOGIN", _, password] if password.trim_matches('"') == inner.password => String::new(),
            ["LOGIN", ..] => "NO [AUTHENTICATIONFAILED] Authentication failed.".to_owned(),
            ["SELECT", ..] => {
                self.told = inner.mails.len();
                let validity = inner.validity;
                format!("* {} EXISTS\r\n* OK [UIDVALIDITY {validity}] valid\r\n", self.told)
            }
            ["FETCH", "1,*", "(UID)"] => {
                let ends = inner.mails.first().into_iter().chain(inner.mails.last());
                each(ends, |mail| format!("* 1 FETCH (UID {})\r\n", mail.uid))
            }
            ["UID", "SEARCH", "UID", range, ..] => {
                let (from, to) = range.split_once(':').unwrap_or((range, range));
                let number = |text: &str| text.parse().unwrap_or(u32::MAX);
                let range = number(from)..=number(to);
                let found = inner.mails.iter().filter(|mail| range.contains(&mail.uid));
                let found = found.filter(|mail| !(command.contains("UNSEEN") && mail.seen));
                format!("* SEARCH{}\r\n", each(found, |mail| format!(" {}", mail.uid)))
            }
            ["UID", "FETCH", set, _, "RFC822.SIZE)"] => {
                let found = inner.mails.iter().filter(|mail| in_set(set, mail.uid));
                each(found, |mail| format!("* 1 FETCH (UID {} RFC822.SIZE {})\r\n", mail.uid, mail.raw.len()))
            }
            ["UID", "FETCH", set, _, _] => return inner.bodies(set),
            ["UID", "STORE", set, _, flags] => {
                let keeps = inner.keeps_flags;
                for mail in inner.mails.iter_mut().filter(|mail| in_set(set, mail.uid)) {
                    mail.seen |= keeps && flags.contains("Seen");
                }
                String::new()
            }
            ["UID", "MOVE", set, _] => {
                let gone: Vec<u32> =
                    inner.mails.iter().map(|mail| mail.uid).filter(|uid| in_set(set, *uid)).collect();
                inner.mails.retain(|mail| !gone.contains(&mail.uid));
                inner.moved.extend(&gone);
                self.told = inner.mails.len();
                "* 1 EXPUNGE\r\n".repeat(gone.len())
            }
            ["CREATE", ..] => "NO [ALREADYEXISTS] It is there".to_owned(),
            ["LOGOUT"] => "* BYE bye\r\n".to_owned(),
            _ => "BAD unknown command".to_owned(),
        };
        (said, false)
    }
}

impl Inner {
    fn bodies(&mut self, set: &str) -> (String, bool) {
        let mut said = String::new();
        let found = self.mails.iter().filter(|mail| in_set(set, mail.uid));
        for (n, mail) in found.enumerate() {
            let len = mail.raw.len();
            let _ = write!(said, "* 1 FETCH (UID {} BODY[] {{{len}}}\r\n", mail.uid);
            if self.breaks_after == Some(n) {
                self.breaks_after = None;
                said.push_str(&mail.raw[..len / 2]);
                return (said, true);
            }
            let _ = write!(said, "{})\r\n", mail.raw);
        }
        (said, false)
    }
}

fn each<'a>(mails: impl Iterator<Item = &'a Mail>, line: impl Fn(&Mail) -> String) -> String {
    mails.fold(String::new(), |said, mail| said + &line(mail))
}

fn in_set(set: &str, uid: u32) -> bool {
    set.split(',').any(|one| one.parse() == Ok(uid))
}
