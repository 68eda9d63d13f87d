//! A relay that does what a test tells it: answers, silence, dropped connections, at any step.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;
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

/// Whom the relay lets in, and by which ways to log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// What EHLO offers: `PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER`, or some of them.
    pub mechanisms: &'static str,
    /// The account's name.
    pub username: String,
    /// Its password, or its access token.
    pub secret: String,
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
    login: Option<Login>,
    logins: Vec<String>,
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

    /// From now on takes mail only from who logs in so.
    pub fn wants(&self, login: Login) {
        lock(&self.state).login = Some(login);
    }

    /// The ways by which somebody tried to log in, in order, each with its outcome: `XOAUTH2 535`.
    pub fn logins(&self) -> Vec<String> {
        lock(&self.state).logins.clone()
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
    logged_in: bool,
}

/// The script wants the connection closed.
fn dropped() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Session {
    fn new(stream: TcpStream, state: Arc<Mutex<State>>) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream: BufReader::new(stream), state, from: None, to: None, logged_in: false }
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
                    let mechanisms =
                        lock(&self.state).login.as_ref().map_or("PLAIN LOGIN", |login| login.mechanisms);
                    let hello = format!(
                        "250-hostile.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                         250-ENHANCEDSTATUSCODES\r\n250 AUTH {mechanisms}"
                    );
                    self.step(Phase::Ehlo, "", &hello).await?;
                }
                "AUTH" => self.auth(line.trim_end()).await?,
                // RFC 4954 §4: the client takes its login back.
                "*" => self.say("501 5.7.0 Cancelled").await?,
                "MAIL" if !self.logged_in && lock(&self.state).login.is_some() => {
                    self.say("530 5.7.0 Authentication required").await?;
                }
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

    /// What the script says, else a login by the ways that the relay was told of.
    async fn auth(&mut self, line: &str) -> io::Result<()> {
        let login = lock(&self.state).login.clone();
        let duty = if login.is_none() { "235 2.7.0 Welcome" } else { "" };
        if !self.step(Phase::Auth, "", duty).await? {
            return Ok(());
        }
        let Some(login) = login else { return Ok(()) };
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        let offered = login.mechanisms.split(' ').any(|offered| offered == mechanism);
        let right = offered && self.proves(&mechanism, words.next(), &login).await?;
        let answer = match (offered, right) {
            (false, _) => "504 5.5.4 Not offered",
            (true, false) => "535 5.7.8 Wrong user name or password",
            (true, true) => "235 2.7.0 Welcome",
        };
        self.logged_in = right;
        lock(&self.state).logins.push(format!("{mechanism} {}", &answer[..3]));
        self.say(answer).await
    }

    /// Whether the client proves, by this mechanism, that it is who may log in.
    async fn proves(&mut self, mechanism: &str, initial: Option<&str>, login: &Login) -> io::Result<bool> {
        let Login { username, secret, .. } = login;
        if mechanism == "CRAM-MD5" {
            let challenge = "<1896.697170952@hostile.example>";
            let response = self.ask(&BASE64.encode(challenge)).await?;
            return Ok(response == format!("{username} {}", hmac_md5(secret, challenge)));
        }
        if mechanism == "LOGIN" {
            let name = self.ask("VXNlcm5hbWU6").await?;
            return Ok(name == *username && self.ask("UGFzc3dvcmQ6").await? == *secret);
        }
        let response = match initial {
            Some(initial) => decode(initial),
            None => self.ask("").await?,
        };
        let wanted = match mechanism {
            "PLAIN" => format!("\0{username}\0{secret}"),
            "XOAUTH2" => format!("user={username}\u{1}auth=Bearer {secret}\u{1}\u{1}"),
            _ => format!("n,a={username},\u{1}auth=Bearer {secret}\u{1}\u{1}"),
        };
        if response != wanted && mechanism != "PLAIN" {
            // RFC 7628 §3.2.3: what is wrong, as a challenge; the client agrees to fail.
            self.ask(&BASE64.encode(r#"{"status":"400","schemes":"Bearer"}"#)).await?;
        }
        Ok(response == wanted)
    }

    /// Asks for a response of the login, and decodes it.
    async fn ask(&mut self, challenge: &str) -> io::Result<String> {
        self.say(&format!("334 {challenge}")).await?;
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err(dropped());
        }
        Ok(decode(line.trim_end()))
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

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&BASE64.decode(text).unwrap_or_default()).into_owned()
}

/// RFC 2104 with MD5, in hexadecimal digits.
fn hmac_md5(key: &str, text: &str) -> String {
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(text.as_bytes());
    let digit = |digit: u8| char::from_digit(digit.into(), 16).unwrap_or('0');
    mac.finalize().into_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
