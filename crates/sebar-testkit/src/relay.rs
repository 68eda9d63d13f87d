//! A relay that does what a test tells it: answers, silence, dropped connections, at any step.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sebar_domain::Phase;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the relay does at a step instead of its duty.
#[derive(Clone, Debug)]
pub enum Act {
    /// Answers this: `550 5.1.1 No such user`.
    Say(&'static str),
    /// Closes the connection without an answer. At [`Phase::EndOfData`] the message is not taken.
    Drop,
    /// Only at [`Phase::EndOfData`]: takes the message and closes the connection without an answer.
    TakeAndDrop,
    /// Waits, then does its duty.
    Wait(Duration),
}

/// A message that the relay took.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The envelope's sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// The message, dots undone.
    pub data: Vec<u8>,
    /// When its last byte came.
    pub at: Instant,
}

struct Rule {
    phase: Phase,
    /// A part of the sender's address at MAIL, of the recipient's from RCPT on; empty: any.
    about: String,
    act: Act,
    /// How often it still applies.
    times: usize,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    taken: Vec<Taken>,
    connections: usize,
    tasks: Vec<JoinHandle<()>>,
}

/// A relay on 127.0.0.1 that obeys a script. It goes with the value.
pub struct HostileRelay {
    /// Its port.
    pub port: u16,
    state: Arc<Mutex<State>>,
    listening: Option<JoinHandle<()>>,
}

impl HostileRelay {
    /// Starts an obedient relay; [`on`](Self::on) makes it hostile.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let mut relay = Self { port: 0, state: Arc::default(), listening: None };
        relay.up().await;
        relay
    }

    /// Listens (again), on the same port as before.
    ///
    /// # Panics
    /// When the port cannot be had.
    pub async fn up(&mut self) {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(fault) => panic!("no port for a relay: {fault}"),
        };
        self.port = listener.local_addr().map_or(self.port, |address| address.port());
        let state = Arc::clone(&self.state);
        self.listening = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let session = Session::new(stream, Arc::clone(&state));
                let task = tokio::spawn(async move {
                    // A session ends in an error when the other side or the script wants it so.
                    let _ = session.run().await;
                });
                let mut state = lock(&state);
                state.connections += 1;
                state.tasks.push(task);
            }
        }));
    }

    /// Stops listening and breaks every connection.
    pub fn down(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
        }
        for task in lock(&self.state).tasks.drain(..) {
            task.abort();
        }
    }

    /// At `phase`, for addresses that contain `about`, does `act`; every time.
    pub fn on(&self, phase: Phase, about: &str, act: Act) {
        self.on_times(phase, about, act, usize::MAX);
    }

    /// The same, `times` times only.
    pub fn on_times(&self, phase: Phase, about: &str, act: Act, times: usize) {
        lock(&self.state).rules.push(Rule { phase, about: about.to_owned(), act, times });
    }

    /// Forgets the script.
    pub fn obey(&self) {
        lock(&self.state).rules.clear();
    }

    /// What it took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.state).taken.clone()
    }

    /// How many messages it took.
    pub fn count(&self) -> usize {
        lock(&self.state).taken.len()
    }

    /// How many messages it took for each recipient.
    pub fn by_recipient(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for taken in &lock(&self.state).taken {
            *counts.entry(taken.to.clone()).or_default() += 1;
        }
        counts
    }

    /// How many connections were made to it.
    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }
}

impl Drop for HostileRelay {
    fn drop(&mut self) {
        self.down();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Session {
    stream: BufReader<TcpStream>,
    state: Arc<Mutex<State>>,
    from: Option<String>,
    to: Option<String>,
}

/// The script wants the connection closed.
fn dropped() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Session {
    fn new(stream: TcpStream, state: Arc<Mutex<State>>) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream: BufReader::new(stream), state, from: None, to: None }
    }

    async fn run(mut self) -> io::Result<()> {
        self.step(Phase::Connect, "", "").await?;
        self.step(Phase::Greeting, "", "220 hostile.example").await?;
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let verb = line.split([' ', '\r', '\n']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => {
                    let hello = "250-hostile.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                                 250-ENHANCEDSTATUSCODES\r\n250 AUTH PLAIN LOGIN";
                    self.step(Phase::Ehlo, "", hello).await?;
                }
                "AUTH" => drop(self.step(Phase::Auth, "", "235 2.7.0 Welcome").await?),
                "MAIL" => {
                    let from = address(&line);
                    let accepted = self.step(Phase::Mail, &from, "250 2.1.0 Ok").await?;
                    (self.from, self.to) = (accepted.then_some(from), None);
                }
                "RCPT" if self.from.is_none() => self.say("503 5.5.1 MAIL first").await?,
                "RCPT" => {
                    let to = address(&line);
                    let accepted = self.step(Phase::Rcpt, &to, "250 2.1.5 Ok").await?;
                    self.to = accepted.then_some(to);
                }
                "DATA" => self.data().await?,
                "RSET" => {
                    (self.from, self.to) = (None, None);
                    self.say("250 2.0.0 Ok").await?;
                }
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("250 2.0.0 Ok").await?,
            }
        }
    }

    async fn data(&mut self) -> io::Result<()> {
        let (Some(from), Some(to)) = (self.from.take(), self.to.take()) else {
            return self.say("554 5.5.1 No valid recipients").await;
        };
        if !self.step(Phase::Data, &to, "354 Go on").await? {
            return Ok(());
        }
        let (mut data, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Err(dropped());
            }
            match line.as_slice() {
                b".\r\n" => break,
                [b'.', rest @ ..] => data.extend_from_slice(rest),
                whole => data.extend_from_slice(whole),
            }
        }
        let taken = Taken { from, to: to.clone(), data, at: Instant::now() };
        match self.rule(Phase::EndOfData, &to) {
            Some(Act::TakeAndDrop) => {
                lock(&self.state).taken.push(taken);
                return Err(dropped());
            }
            Some(Act::Drop) => return Err(dropped()),
            Some(Act::Say(answer)) => return self.say(answer).await,
            Some(Act::Wait(time)) => tokio::time::sleep(time).await,
            None => {}
        }
        lock(&self.state).taken.push(taken);
        self.say("250 2.0.0 Queued").await
    }

    /// Does what the script says at this step, else answers `duty`. Whether it was that.
    async fn step(&mut self, phase: Phase, about: &str, duty: &str) -> io::Result<bool> {
        match self.rule(phase, about) {
            Some(Act::Drop | Act::TakeAndDrop) => return Err(dropped()),
            Some(Act::Say(answer)) => {
                self.say(answer).await?;
                return Ok(false);
            }
            Some(Act::Wait(time)) => tokio::time::sleep(time).await,
            None => {}
        }
        if !duty.is_empty() {
            self.say(duty).await?;
        }
        Ok(true)
    }

    fn rule(&self, phase: Phase, about: &str) -> Option<Act> {
        let mut state = lock(&self.state);
        let applies = |rule: &&mut Rule| rule.phase == phase && about.contains(&rule.about) && rule.times > 0;
        let rule = state.rules.iter_mut().find(applies)?;
        rule.times -= 1;
        Some(rule.act.clone())
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
