//! A sink: takes mail for `p1@…` to `pN@…` and counts it by recipient. Speaks our own server's
//! SMTP, on one thread; if it is told to, as badly as real relays do. It is asked by lines on its
//! standard input, and answers by lines of JSON.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use clap::Args;
use sebar_smtp::server::{Answer, Config, Handler, Peer, Received, serve};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
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

/// How the arrivals since the last report were paced.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Pace {
    /// The most messages in any second, wherever that second begins.
    pub(crate) max_in_any_second: usize,
    /// From the first to the last, in seconds.
    pub(crate) seconds: f64,
}

/// How a sink behaves.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Temper {
    /// Refuses some recipients, for now or for good, and drops connections.
    #[arg(long)]
    pub(crate) faults: bool,
    /// Notes when each message came.
    #[arg(long)]
    pub(crate) clock: bool,
}

/// A running sink in a process of its own.
pub(crate) struct Sink {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    pub(crate) port: u16,
}

impl Sink {
    pub(crate) fn start(temper: Temper) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("sink")
            .args(temper.faults.then_some("--faults"))
            .args(temper.clock.then_some("--clock"))
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

    /// How the arrivals since the last report were paced.
    pub(crate) fn pace(&mut self) -> Result<Pace> {
        writeln!(self.input, "pace")?;
        self.input.flush()?;
        Ok(serde_json::from_str(&self.answer()?)?)
    }

    /// Closes all connections and refuses new ones for so long.
    pub(crate) fn be_away(&mut self, time: Duration) -> Result<()> {
        writeln!(self.input, "away {}", time.as_millis())?;
        self.input.flush()?;
        self.answer()?;
        Ok(())
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
    temper: Temper,
    /// By the recipient's number.
    by_recipient: Mutex<Vec<u8>>,
    /// Whom a fault that passes has met.
    met: Mutex<HashSet<usize>>,
    arrivals: Mutex<Vec<Instant>>,
    octets: AtomicU64,
    strangers: AtomicU32,
}

/// The number of `p1@…`.
fn number(to: &str) -> Option<usize> {
    to.strip_prefix('p')?.split('@').next()?.parse().ok()
}

impl Handler for Counter {
    async fn rcpt(&self, _: &Peer, _: Option<&str>, to: &str) -> Answer {
        let number = number(to).filter(|_| self.temper.faults).unwrap_or(0);
        match number % 200 {
            n if n % 50 == 7 => Answer::new(550, "5.1.1", "No such user"),
            n if n % 10 == 3 && self.is_first(number) => Answer::new(450, "4.2.0", "Come back later"),
            11 if self.is_first(number) => Answer::HangUp,
            _ => Answer::new(250, "2.1.5", "Ok"),
        }
    }

    async fn message(&self, received: Received) -> Answer {
        if self.temper.clock {
            lock(&self.arrivals).push(Instant::now());
        }
        self.octets.fetch_add(received.data.len() as u64, Ordering::Relaxed);
        let mut hang_up = false;
        for to in &received.rcpt_to {
            let Some(number) = number(to) else {
                self.strangers.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            if self.temper.faults && number % 200 == 111 && self.is_first(number) {
                hang_up = true;
                // Of these, every other one is taken all the same.
                if number % 400 == 111 {
                    continue;
                }
            }
            let mut counts = lock(&self.by_recipient);
            if counts.len() <= number {
                counts.resize(number + 1, 0);
            }
            counts[number] = counts[number].saturating_add(1);
        }
        if hang_up { Answer::HangUp } else { Answer::new(250, "2.0.0", "Taken") }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Counter {
    /// Whether nobody with this number was here before.
    fn is_first(&self, number: usize) -> bool {
        lock(&self.met).insert(number)
    }

    fn report(&self) -> Report {
        let counts = std::mem::take(&mut *lock(&self.by_recipient));
        let messages = counts.iter().map(|n| u64::from(*n)).sum::<u64>();
        let recipients = counts.iter().filter(|n| **n > 0).count() as u64;
        Report {
            messages: messages + u64::from(self.strangers.swap(0, Ordering::Relaxed)),
            recipients,
            duplicates: messages - recipients,
            octets: self.octets.swap(0, Ordering::Relaxed),
        }
    }

    fn missing(&self, n: usize) -> Vec<usize> {
        let counts = lock(&self.by_recipient);
        (1..=n).filter(|number| counts.get(*number).is_none_or(|count| *count == 0)).collect()
    }

    fn pace(&self) -> Pace {
        let mut arrivals = std::mem::take(&mut *lock(&self.arrivals));
        arrivals.sort();
        let (mut max_in_any_second, mut first) = (0, 0);
        for (n, at) in arrivals.iter().enumerate() {
            while at.duration_since(arrivals[first]) >= Duration::from_secs(1) {
                first += 1;
            }
            max_in_any_second = max_in_any_second.max(n + 1 - first);
        }
        let span = arrivals.first().zip(arrivals.last()).map(|(first, last)| last.duration_since(*first));
        Pace { max_in_any_second, seconds: span.unwrap_or_default().as_secs_f64() }
    }
}

/// Serves until it is told to be away, and again after that.
async fn serve_on(
    port: u16,
    counter: Arc<Counter>,
    mut away: mpsc::UnboundedReceiver<Duration>,
) -> Result<()> {
    // A sink that dies does not say goodbye.
    let config = Config { drain: Duration::ZERO, ..Config::new("sink.example") };
    loop {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, config.clone(), Arc::clone(&counter), stop.clone()));
        let Some(time) = away.recv().await else { return Ok(()) };
        stop.cancel();
        let _ = serving.await;
        tokio::time::sleep(time).await;
    }
}

/// Is the sink until its input ends.
pub(crate) fn run(temper: Temper) -> Result<()> {
    let counter = Arc::new(Counter { temper, ..Counter::default() });
    let serving = Arc::clone(&counter);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let (go_away, away) = mpsc::unbounded_channel();
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let service = tokio::spawn(serve_on(port, serving, away));
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::task::yield_now().await;
            }
            let _ = ready.send(());
            service.await
        })
    });
    is_ready.recv().context("the sink does not listen")?;
    println!("{port}");
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match word {
            "missing" => serde_json::to_string(&counter.missing(rest.trim().parse()?))?,
            "pace" => serde_json::to_string(&counter.pace())?,
            "away" => {
                go_away.send(Duration::from_millis(rest.trim().parse()?))?;
                "true".to_owned()
            }
            _ => serde_json::to_string(&counter.report())?,
        };
        println!("{answer}");
    }
    Ok(())
}
