//! A mailbox by POP3 that does as a test tells it.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

#[derive(Default)]
struct Inner {
    /// Unique ids and mails.
    mails: Vec<(String, String)>,
    breaks_at: Option<usize>,
    commands: Vec<String>,
}

/// A POP3 server on 127.0.0.1, in plain text, that takes every password. It goes with the value.
pub struct Pop3Server {
    /// Where it listens.
    pub port: u16,
    inner: Arc<Mutex<Inner>>,
    listening: JoinHandle<()>,
}

impl Pop3Server {
    /// Starts a server without mail.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(fault) => panic!("no port for a mailbox: {fault}"),
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = Arc::clone(&inner);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&shared), stream));
            }
        });
        Self { port, inner, listening }
    }

    /// Puts a mail into the mailbox.
    pub fn put(&self, uid: &str, raw: &str) {
        lock(&self.inner).mails.push((uid.to_owned(), raw.replace('\n', "\r\n")));
    }

    /// The connection breaks in the middle of this mail, once; mails are counted from 1.
    pub fn breaks_at(&self, number: usize) {
        lock(&self.inner).breaks_at = Some(number);
    }

    /// What was asked since this was asked last.
    pub fn commands(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.inner).commands)
    }

    /// Mails in the mailbox.
    pub fn count(&self) -> usize {
        lock(&self.inner).mails.len()
    }
}

impl Drop for Pop3Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(inner: Arc<Mutex<Inner>>, stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    let mut deleted: Vec<usize> = Vec::new();
    let mut answer = "+OK ready\r\n".to_owned();
    loop {
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        let mut line = String::new();
        if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
            return;
        }
        let command = line.trim_end();
        let (said, breaks) = lock(&inner).answer(command, &mut deleted);
        if breaks {
            let _ = stream.write_all(said.as_bytes()).await;
            return;
        }
        answer = said;
    }
}

impl Inner {
    /// What is answered, and whether the connection breaks there.
    fn answer(&mut self, command: &str, deleted: &mut Vec<usize>) -> (String, bool) {
        self.commands.push(command.to_owned());
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        let number = rest.parse::<usize>().unwrap_or_default();
        let said = match word {
            "STAT" => format!("+OK {} 1000\r\n", self.mails.len()),
            "UIDL" => {
                let mut said = "+OK\r\n".to_owned();
                for (n, (uid, _)) in self.mails.iter().enumerate() {
                    let _ = write!(said, "{} {uid}\r\n", n + 1);
                }
                said + ".\r\n"
            }
            "RETR" => match number.checked_sub(1).and_then(|n| self.mails.get(n)) {
                None => "-ERR no such mail\r\n".to_owned(),
                Some((_, raw)) if self.breaks_at == Some(number) => {
                    self.breaks_at = None;
                    return (format!("+OK\r\n{}", &raw[..raw.len() / 2]), true);
                }
                Some((_, raw)) => format!("+OK\r\n{raw}.\r\n"),
            },
            "DELE" => {
                deleted.push(number);
                "+OK\r\n".to_owned()
            }
            "QUIT" => {
                let mut n = 0;
                self.mails.retain(|_| {
                    n += 1;
                    !deleted.contains(&n)
                });
                deleted.clear();
                "+OK bye\r\n".to_owned()
            }
            _ => "+OK\r\n".to_owned(),
        };
        (said, false)
    }
}
