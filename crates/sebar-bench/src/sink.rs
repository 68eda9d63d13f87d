//! A sink: takes mail for `p1@…` to `pN@…` and counts it by recipient. Speaks our own server's
//! SMTP, on one thread. It is asked by lines on its standard input, and answers by lines of JSON.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use sebar_smtp::server::{Answer, Config, Handler, Received, serve};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a sink took since it was asked last.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Messages.
    pub(crate) messages: u64,
    /// Recipients with at least one.
    pub(crate) recipients: u64,
    /// Messages beyond the first for each recipient.
    pub(crate) duplicates: u64,
    /// Octets of all messages.
    pub(crate) octets: u64,
}

/// A running sink in a process of its own.
pub(crate) struct Sink {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

impl Sink {
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("sink")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the sink does not start")?;
        let input = child.stdin.take().context("the sink has no input")?;
        let output = child.stdout.take().context("the sink has no output")?;
        let mut sink = Self { child, input, output: BufReader::new(output), port: 0 };
        sink.port = sink.answer()?.trim().parse().context("the sink tells no port")?;
        Ok(sink)
    }

    /// What it took since the last report.
    pub(crate) fn report(&mut self) -> Result<Report> {
        writeln!(self.input, "report")?;
        self.input.flush()?;
        Ok(serde_json::from_str(&self.answer()?)?)
    }

    /// Which of `p1@…` to `pN@…` got nothing since the last report.
    pub(crate) fn missing(&mut self, n: u32) -> Result<Vec<u32>> {
        writeln!(self.input, "missing {n}")?;
        self.input.flush()?;
        Ok(serde_json::from_str(&self.answer()?)?)
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        anyhow::ensure!(self.output.read_line(&mut line)? > 0, "the sink is gone");
        Ok(line)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Default)]
struct Counter {
    /// By the recipient's number.
    by_recipient: Mutex<Vec<u8>>,
    octets: std::sync::atomic::AtomicU64,
    strangers: AtomicU32,
}

impl Handler for Counter {
    async fn message(&self, received: Received) -> Answer {
        self.octets.fetch_add(received.data.len() as u64, Ordering::Relaxed);
        for to in &received.rcpt_to {
            let number = to.strip_prefix('p').and_then(|to| to.split('@').next()?.parse::<usize>().ok());
            let Some(number) = number else {
                self.strangers.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let mut counts = self.by_recipient.lock().unwrap_or_else(PoisonError::into_inner);
            if counts.len() <= number {
                counts.resize(number + 1, 0);
            }
            counts[number] = counts[number].saturating_add(1);
        }
        Answer::new(250, "2.0.0", "Taken")
    }
}

impl Counter {
    fn report(&self) -> Report {
        let counts = std::mem::take(&mut *self.by_recipient.lock().unwrap_or_else(PoisonError::into_inner));
        let messages = counts.iter().map(|n| u64::from(*n)).sum::<u64>();
        let recipients = counts.iter().filter(|n| **n > 0).count() as u64;
        Report {
            messages: messages + u64::from(self.strangers.swap(0, Ordering::Relaxed)),
            recipients,
            duplicates: messages - recipients,
            octets: self.octets.swap(0, Ordering::Relaxed),
        }
    }
}

impl Counter {
    fn missing(&self, n: usize) -> Vec<usize> {
        let counts = self.by_recipient.lock().unwrap_or_else(PoisonError::into_inner);
        (1..=n).filter(|number| counts.get(*number).is_none_or(|count| *count == 0)).collect()
    }
}

/// Is the sink until its input ends.
pub(crate) fn run() -> Result<()> {
    let counter = Arc::new(Counter::default());
    let serving = Arc::clone(&counter);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    println!("{}", listener.local_addr()?.port());
    std::thread::spawn(move || {
        runtime.block_on(serve(listener, Config::new("sink.example"), serving, CancellationToken::new()))
    });
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ') {
            Some(("missing", n)) => serde_json::to_string(&counter.missing(n.trim().parse()?))?,
            _ => serde_json::to_string(&counter.report())?,
        };
        println!("{answer}");
    }
    Ok(())
}
