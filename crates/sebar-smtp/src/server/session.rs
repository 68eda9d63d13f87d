use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use sebar_domain::Reply;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::Instant;
use tokio_rustls::{TlsAcceptor, TlsStream};
use tokio_util::sync::CancellationToken;

use super::command::{Command, Mail, Syntax};
use super::config::{AuthPolicy, Config};
use super::handler::{Answer, Handler, Peer, Received};
use super::wire::{Line, Wire};
use crate::dot::DotDecoder;
use crate::stream::Stream;

pub(super) const BAD_SEQUENCE: Syntax = Syntax::new(503, "5.5.1", "Not now: wrong order of commands");
const LINE_TOO_LONG: Syntax = Syntax::new(500, "5.5.2", "Line too long");
const BARE_NEWLINE: Syntax = Syntax::new(500, "5.5.2", "Lines end in CRLF, not in a lone LF");
const NOT_PROVIDED: Syntax = Syntax::new(502, "5.5.1", "Command not provided");
const LOGIN_FIRST: Syntax = Syntax::new(530, "5.7.0", "Log in first");
pub(super) const TOO_BIG: Syntax = Syntax::new(552, "5.3.4", "Message too big");
const TOO_MANY_RECIPIENTS: Syntax = Syntax::new(452, "4.5.3", "Too many recipients");
const BARE_IN_MESSAGE: Syntax = Syntax::new(554, "5.6.0", "The message holds a lone CR or LF");
const TOO_MANY_ERRORS: Syntax = Syntax::new(421, "4.7.0", "Too many errors");
const IDLE: Syntax = Syntax::new(421, "4.4.2", "Idle for too long");
const SESSION_OVER: Syntax = Syntax::new(421, "4.4.2", "Session too long, please connect again");
const SHUTTING_DOWN: Syntax = Syntax::new(421, "4.3.2", "Shutting down");

/// Largest buffer that is reserved on a client's word about the size of what comes.
pub(super) const MAX_RESERVED: usize = 256 * 1024;
/// How long a client has to read our last words before the connection is torn down.
const LINGER: Duration = Duration::from_secs(1);

/// Holds one session over any transport; [`serve`](super::serve) does this for each connection.
///
/// The error is one of the transport. At `shutdown` the session ends as soon as no transaction is
/// under way.
pub async fn serve_connection<S, H>(
    stream: S,
    address: SocketAddr,
    config: &Config,
    handler: &H,
    shutdown: &CancellationToken,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    H: Handler,
{
    let limit = match config.auth {
        AuthPolicy::Required => config.login_timeout.min(config.session_timeout),
        AuthPolicy::Off | AuthPolicy::Optional => config.session_timeout,
    };
    let began = Instant::now();
    let mut session = Session {
        wire: Wire::new(Stream::Plain(stream)),
        config,
        handler,
        shutdown,
        peer: Peer { address, hello: None, tls: false, auth: None },
        transaction: None,
        errors: 0,
        began,
        deadline: began + limit,
    };
    let Err(end) = session.run().await;
    match end {
        End::Over => session.linger().await,
        End::HungUp => Ok(()),
        End::Broken(error) => Err(error),
    }
}

/// Why a session is over.
#[derive(Debug)]
pub(super) enum End {
    /// All was said.
    Over,
    /// The handler wants no word said.
    HungUp,
    /// The transport failed.
    Broken(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// What was said of a message so far.
#[derive(Debug)]
pub(super) struct Transaction {
    mail: Mail,
    pub(super) rcpt_to: Vec<String>,
    /// What BDAT brought of it; once that has begun, only more chunks may come.
    pub(super) chunks: Option<Vec<u8>>,
}

pub(super) struct Session<'a, S, H> {
    pub(super) wire: Wire<S>,
    pub(super) config: &'a Config,
    pub(super) handler: &'a H,
    shutdown: &'a CancellationToken,
    pub(super) peer: Peer,
    pub(super) transaction: Option<Transaction>,
    errors: usize,
    began: Instant,
    deadline: Instant,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send, H: Handler> Session<'_, S, H> {
    async fn run(&mut self) -> Result<Infallible, End> {
        if self.config.implicit_tls {
            self.encrypt().await?;
        }
        match self.handler.greeting(&self.peer, &self.config.hostname).await {
            Answer::Reply(reply) => {
                let welcome = reply.code == 220;
                self.say(&reply).await?;
                if !welcome {
                    return Err(End::Over);
                }
            }
            Answer::HangUp => return self.hang_up().await,
        }
        loop {
            let line = self.next_line().await?;
            match Command::parse(&line) {
                Ok(command) => self.obey(command).await?,
                Err(syntax) => self.refuse(syntax).await?,
            }
        }
    }

    async fn obey(&mut self, command: Command) -> Result<(), End> {
        match command {
            Command::Ehlo(name) => self.ehlo(name).await,
            Command::Helo(name) => {
                self.transaction = None;
                self.peer.hello = Some(name);
                self.answer(250, "", &self.config.hostname).await
            }
            Command::Mail(mail) => self.mail(mail).await,
            Command::Rcpt(to) => self.rcpt(to).await,
            Command::Data => self.data().await,
            Command::Bdat(chunk) => self.bdat(chunk).await,
            Command::Rset => {
                self.transaction = None;
                self.answer(250, "2.0.0", "Forgotten").await
            }
            Command::Noop => self.answer(250, "2.0.0", "Ok").await,
            Command::Vrfy => self.answer(252, "2.5.0", "Send some mail and see").await,
            Command::Help => self.answer(214, "2.0.0", "See RFC 5321").await,
            Command::Quit => {
                self.answer(221, "2.0.0", "Goodbye").await?;
                self.wire.flush(self.time_left().max(LINGER)).await?;
                Err(End::Over)
            }
            Command::StartTls => self.start_tls().await,
            Command::Auth { mechanism, initial } => {
                if self.peer.hello.is_none() || self.transaction.is_some() || self.peer.auth.is_some() {
                    return self.refuse(BAD_SEQUENCE).await;
                }
                if !self.offers_auth() {
                    return self.refuse(NOT_PROVIDED).await;
                }
                self.log_in(&mechanism, initial).await
            }
        }
    }

    async fn ehlo(&mut self, name: String) -> Result<(), End> {
        self.transaction = None;
        self.peer.hello = Some(name);
        let config = self.config;
        let mut text =
            format!("{}\nSIZE {}\nENHANCEDSTATUSCODES\nCHUNKING", config.hostname, config.max_message_size);
        if config.pipelining {
            text += "\nPIPELINING";
        }
        if config.eight_bit {
            text += "\n8BITMIME\nSMTPUTF8";
        }
        if config.tls.is_some() && !self.peer.tls {
            text += "\nSTARTTLS";
        }
        if self.offers_auth() {
            text += "\nAUTH PLAIN LOGIN";
        }
        self.answer(250, "", &text).await
    }

    async fn mail(&mut self, mail: Mail) -> Result<(), End> {
        if self.peer.hello.is_none() || self.transaction.is_some() {
            return self.refuse(BAD_SEQUENCE).await;
        }
        if self.config.auth == AuthPolicy::Required && self.peer.auth.is_none() {
            return self.refuse(LOGIN_FIRST).await;
        }
        if mail.size.is_some_and(|size| size > self.config.max_message_size) {
            return self.say(&TOO_BIG.reply()).await;
        }
        let answer = self.handler.mail(&self.peer, mail.from.as_deref()).await;
        if self.decide(answer).await? {
            self.transaction = Some(Transaction { mail, rcpt_to: Vec::new(), chunks: None });
        }
        Ok(())
    }

    async fn rcpt(&mut self, to: String) -> Result<(), End> {
        // Not counted as an error, nor is DATA: behind a refusal a pipelining client cannot know.
        let Some(transaction) = self.transaction.as_ref().filter(|begun| begun.chunks.is_none()) else {
            return self.say(&BAD_SEQUENCE.reply()).await;
        };
        if transaction.rcpt_to.len() >= self.config.max_recipients {
            return self.say(&TOO_MANY_RECIPIENTS.reply()).await;
        }
        if !transaction.mail.smtp_utf8 && !to.is_ascii() {
            let needed = Syntax::new(553, "5.6.7", "SMTPUTF8 is needed for this address");
            return self.say(&needed.reply()).await;
        }
        let answer = self.handler.rcpt(&self.peer, transaction.mail.from.as_deref(), &to).await;
        if self.decide(answer).await?
            && let Some(transaction) = &mut self.transaction
        {
            transaction.rcpt_to.push(to);
        }
        Ok(())
    }

    async fn data(&mut self) -> Result<(), End> {
        if self.transaction.as_ref().is_none_or(|transaction| transaction.rcpt_to.is_empty()) {
            return self.say(&BAD_SEQUENCE.reply()).await;
        }
        if self.transaction.as_ref().is_some_and(|transaction| transaction.chunks.is_some()) {
            // RFC 3030 §3: never both in one transaction, which is over with that.
            self.transaction = None;
            return self.say(&BAD_SEQUENCE.reply()).await;
        }
        match self.handler.data(&self.peer).await {
            Answer::Reply(reply) => {
                let go_on = reply.code == 354;
                self.say(&reply).await?;
                if !go_on {
                    return Ok(());
                }
            }
            Answer::HangUp => return self.hang_up().await,
        }
        let declared = self.transaction.as_ref().and_then(|transaction| transaction.mail.size);
        let mut data = Vec::with_capacity(declared.unwrap_or(16 * 1024).saturating_add(2).min(MAX_RESERVED));
        let mut decoder = DotDecoder::new(self.config.max_message_size);
        loop {
            let (taken, done) = decoder.push(&self.wire.input, &mut data);
            self.wire.take(taken);
            if done {
                break;
            }
            self.fill().await?;
        }
        if decoder.too_big {
            self.transaction = None;
            return self.say(&TOO_BIG.reply()).await;
        }
        self.hand_over(data, decoder.bare_newline).await
    }

    /// Gives a whole message to the handler; with that the transaction is over.
    pub(super) async fn hand_over(&mut self, data: Vec<u8>, bare_newline: bool) -> Result<(), End> {
        let Some(Transaction { mail, rcpt_to, .. }) = self.transaction.take() else { return Ok(()) };
        if bare_newline && !self.config.keep_bare_newlines {
            return self.say(&BARE_IN_MESSAGE.reply()).await;
        }
        let received = Received {
            mail_from: mail.from,
            rcpt_to,
            data: Bytes::from(data),
            peer: self.peer.clone(),
            smtp_utf8: mail.smtp_utf8,
        };
        let answer = self.handler.message(received).await;
        self.decide(answer).await.map(drop)
    }

    async fn start_tls(&mut self) -> Result<(), End> {
        if self.config.tls.is_none() || self.peer.tls {
            return self.refuse(NOT_PROVIDED).await;
        }
        self.answer(220, "2.0.0", "Go ahead").await?;
        self.wire.flush(self.time_left().max(LINGER)).await?;
        // What came behind STARTTLS in plain text was not said by the client that we shall trust.
        self.wire.input.clear();
        self.transaction = None;
        self.peer.hello = None;
        self.peer.auth = None;
        self.encrypt().await
    }

    async fn encrypt(&mut self) -> Result<(), End> {
        let no_tls = || io::Error::new(io::ErrorKind::Unsupported, "TLS is not configured");
        let config = self.config.tls.clone().ok_or_else(no_tls)?;
        let plain = self.wire.stream.take_plain().ok_or_else(no_tls)?;
        let handshake = TlsAcceptor::from(config).accept(plain);
        let stream = tokio::time::timeout(self.time_left(), handshake).await.map_err(io::Error::from)??;
        self.wire.stream = Stream::Tls(Box::new(TlsStream::Server(stream)));
        self.peer.tls = true;
        Ok(())
    }

    /// The client is known from now on: it has more time.
    pub(super) fn welcome(&mut self, name: String) {
        self.peer.auth = Some(name);
        self.deadline = self.began + self.config.session_timeout;
    }

    fn offers_auth(&self) -> bool {
        self.config.auth != AuthPolicy::Off && (self.peer.tls || self.config.auth_in_plain_text)
    }

    /// The next line; replies that wait are written before the client is waited for.
    pub(super) async fn next_line(&mut self) -> Result<BytesMut, End> {
        loop {
            if self.transaction.is_none() && self.shutdown.is_cancelled() {
                return self.part_with(SHUTTING_DOWN).await;
            }
            match self.wire.line(self.config.max_line) {
                None => self.fill().await?,
                Some(Line::Whole(line)) => return Ok(line),
                Some(Line::TooLong) => self.refuse(LINE_TOO_LONG).await?,
                Some(Line::BareNewline) => self.refuse(BARE_NEWLINE).await?,
            }
        }
    }

    /// Writes what waits, then waits for more from the client.
    pub(super) async fn fill(&mut self) -> Result<(), End> {
        let limit = self.time_left();
        self.wire.flush(limit.max(LINGER)).await?;
        if limit.is_zero() {
            // A client that never pauses would be read from for ever.
            return self.part_with(SESSION_OVER).await;
        }
        let between = self.transaction.is_none();
        let read = tokio::select! {
            biased;
            () = self.shutdown.cancelled(), if between => None,
            read = tokio::time::timeout(limit, self.wire.read()) => Some(read),
        };
        match read {
            None => self.part_with(SHUTTING_DOWN).await,
            Some(Err(_)) if limit < self.config.idle_timeout => self.part_with(SESSION_OVER).await,
            Some(Err(_)) => self.part_with(IDLE).await,
            Some(Ok(Ok(0))) => Err(End::HungUp),
            Some(Ok(Ok(_))) => Ok(()),
            Some(Ok(Err(error))) => Err(error.into()),
        }
    }

    fn time_left(&self) -> Duration {
        self.config.idle_timeout.min(self.deadline.saturating_duration_since(Instant::now()))
    }

    pub(super) async fn answer(&mut self, code: u16, enhanced: &str, text: &str) -> Result<(), End> {
        self.say(&Reply { code, enhanced: enhanced.parse().ok(), text: text.to_owned() }).await
    }

    /// Says a reply; `421` is the last one.
    pub(super) async fn say(&mut self, reply: &Reply) -> Result<(), End> {
        self.wire.say(reply);
        if reply.code == 421 {
            self.wire.flush(self.time_left().max(LINGER)).await?;
            return Err(End::Over);
        }
        Ok(())
    }

    /// Does what the handler decided; whether it was positive.
    pub(super) async fn decide(&mut self, answer: Answer) -> Result<bool, End> {
        match answer {
            Answer::Reply(reply) => {
                self.say(&reply).await?;
                Ok(reply.is_positive())
            }
            Answer::HangUp => self.hang_up().await,
        }
    }

    /// Tells the client off; too many times, and it has to go.
    pub(super) async fn refuse(&mut self, syntax: Syntax) -> Result<(), End> {
        self.say(&syntax.reply()).await?;
        self.count_error().await
    }

    pub(super) async fn count_error(&mut self) -> Result<(), End> {
        self.errors += 1;
        if self.errors > self.config.max_errors { self.part_with(TOO_MANY_ERRORS).await } else { Ok(()) }
    }

    pub(super) async fn part_with<T>(&mut self, syntax: Syntax) -> Result<T, End> {
        self.say(&syntax.reply()).await?;
        Err(End::Over)
    }

    pub(super) async fn hang_up<T>(&mut self) -> Result<T, End> {
        // Replies to earlier pipelined commands were said before the handler lost its temper.
        self.wire.flush(self.time_left().max(LINGER)).await?;
        Err(End::HungUp)
    }

    /// Lets the client read our last words: closing with unread input would reset the connection.
    async fn linger(&mut self) -> io::Result<()> {
        let goodbye = async {
            self.wire.stream.shutdown().await?;
            self.wire.input.clear();
            while self.wire.read().await? > 0 {
                self.wire.input.clear();
            }
            Ok(())
        };
        tokio::time::timeout(LINGER, goodbye).await.unwrap_or(Ok(()))
    }
}
