use std::time::Duration;

use sebar_domain::{Address, Phase, Reply};

use super::connection::Connection;
use super::error::{Fault, SendError};
use super::transcript::Event;
use crate::dot::{DotStuffer, has_bare_newline};

/// Larger messages are written in blocks of this size, so that no copy of the whole is made.
const BLOCK: usize = 256 * 1024;
/// How long to look for a parting word when the server hangs up while we write.
const PARTING_WORD: Duration = Duration::from_secs(2);

/// Who sends to whom, apart from what the message's headers say.
///
/// One recipient: Sebar sends each person their own message, and so every reply belongs to one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The return path, where bounces go; `None` is the null path `<>`.
    pub mail_from: Option<&'a Address>,
    /// The recipient.
    pub rcpt_to: &'a Address,
}

/// What is said before a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opening {
    mail: String,
    rcpt: String,
}

impl Opening {
    /// To be written together (RFC 2920 §3.1).
    fn lines(&self) -> [&str; 3] {
        [&self.mail, &self.rcpt, "DATA"]
    }
}

impl Connection {
    /// Hands one message to the server; `Ok` is its final reply, by which it took responsibility.
    ///
    /// `message` is the whole of it, headers and body, lines ended by CRLF. A refusal leaves the
    /// connection [usable](Self::is_usable). Dropping the future before its end gives the connection
    /// up, and the message is then in doubt.
    pub async fn send(&mut self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Reply, SendError> {
        self.send_before(envelope, message, None).await
    }

    /// The same, and tells the server who writes to whom in the message that comes `next`, in the same
    /// write as the end of this one: a message then costs one round trip (RFC 2920 §3.1 lets commands
    /// follow a message's end). Servers without PIPELINING are told nothing ahead.
    ///
    /// The next call must then be for that very message. Where it cannot be, drop the connection: the
    /// server waits for the message, and has taken nothing ([`awaits_message`](Self::awaits_message)).
    pub async fn send_before(
        &mut self,
        envelope: &Envelope<'_>,
        message: &[u8],
        next: Option<(&Envelope<'_>, &[u8])>,
    ) -> Result<Reply, SendError> {
        let outcome = self.transaction(envelope, message, next).await;
        if let Err(error) = &outcome {
            match error.reply() {
                // RFC 5321 §3.8: a server that says 421 closes the connection.
                Some(reply) if reply.code == 421 => self.usable = false,
                Some(_) => {}
                None => self.wire.record(|| Event::Failed(error.phase)),
            }
        }
        outcome
    }

    async fn transaction(
        &mut self,
        envelope: &Envelope<'_>,
        message: &[u8],
        next: Option<(&Envelope<'_>, &[u8])>,
    ) -> Result<Reply, SendError> {
        if !self.usable {
            return Err(SendError::new(Phase::Mail, Fault::Closed));
        }
        let opening = self.opening(envelope, message)?;
        // Until both sides agree again on where they are, also if this future is dropped.
        self.usable = false;
        match self.announced.take() {
            Some(announced) if announced == opening => self.opening_replies(false).await?,
            Some(_) => return Err(SendError::new(Phase::Mail, Fault::Closed)),
            None if self.capabilities.pipelining => self.envelope_pipelined(&opening).await?,
            None => self.envelope_stepwise(&opening).await?,
        }
        // What the server would not take is refused when its turn comes.
        let next = next.filter(|_| self.capabilities.pipelining);
        let next = next.and_then(|(envelope, message)| self.opening(envelope, message).ok());
        self.message(message, next).await
    }

    /// Whether the server was told of a message that did not come.
    pub fn awaits_message(&self) -> bool {
        self.announced.is_some()
    }

    /// The commands before a message.
    fn opening(&self, envelope: &Envelope<'_>, message: &[u8]) -> Result<Opening, SendError> {
        let parameters = self.parameters(envelope, message)?;
        let from = envelope.mail_from.map_or("", Address::as_str);
        Ok(Opening {
            mail: format!("MAIL FROM:<{from}>{parameters}"),
            rcpt: format!("RCPT TO:<{}>", envelope.rcpt_to),
        })
    }

    /// What MAIL FROM must say beside the address; or why the server cannot take the message.
    fn parameters(&self, envelope: &Envelope<'_>, message: &[u8]) -> Result<String, SendError> {
        let refuse = |fault| Err(SendError::new(Phase::Mail, fault));
        let mut parameters = String::new();
        if has_bare_newline(message) {
            return refuse(Fault::BareNewline);
        }
        if let Some(limit) = self.capabilities.size {
            if message.len() > limit {
                return refuse(Fault::TooBig { size: message.len(), limit });
            }
            parameters = format!(" SIZE={}", message.len());
        }
        // Asked first: such an address stands in the message's header too, and makes it 8-bit.
        let utf8 =
            envelope.rcpt_to.needs_smtputf8() || envelope.mail_from.is_some_and(Address::needs_smtputf8);
        if utf8 && !self.capabilities.smtp_utf8 {
            return refuse(Fault::SmtpUtf8NotOffered);
        }
        if !message.is_ascii() {
            if !self.capabilities.eight_bit_mime {
                return refuse(Fault::EightBitNotOffered);
            }
            parameters += " BODY=8BITMIME";
        }
        if utf8 {
            parameters += " SMTPUTF8";
        }
        Ok(parameters)
    }

    async fn envelope_pipelined(&mut self, opening: &Opening) -> Result<(), SendError> {
        let reset = std::mem::take(&mut self.needs_reset);
        if reset {
            self.wire.command(format_args!("RSET"));
        }
        for line in opening.lines() {
            self.wire.command(format_args!("{line}"));
        }
        let limit = self.timeouts.block;
        self.wire.flush(limit).await.map_err(|fault| SendError::new(Phase::Mail, fault))?;
        self.opening_replies(reset).await
    }

    /// The replies to what was said together.
    async fn opening_replies(&mut self, reset: bool) -> Result<(), SendError> {
        let limits = self.timeouts;
        if reset {
            self.accepted(Phase::Mail, limits.command).await?;
        }
        let mail = self.accepted(Phase::Mail, limits.command).await;
        if mail.as_ref().is_err_and(is_over) {
            return mail;
        }
        let rcpt = self.accepted(Phase::Rcpt, limits.command).await;
        let refusal = match (mail, rcpt) {
            (Ok(()), Ok(())) => None,
            (Ok(()), Err(error)) if is_over(&error) => return Err(error),
            (Ok(()), Err(refusal)) => Some((refusal, true)),
            // A recipient taken without a sender: an empty message must not reach them.
            (Err(refusal), rcpt) => Some((refusal, rcpt.is_err_and(|error| !is_over(&error)))),
        };
        let data = self.wire.reply(limits.data).await;
        let Some((refusal, nobody_accepted)) = refusal else {
            return self.data_reply(data.map_err(|fault| SendError::new(Phase::Data, fault))?);
        };
        // The refusal is what counts; from here on it is only about keeping the connection.
        self.needs_reset = true;
        self.usable = match data {
            Ok(reply) if reply.code == 354 && nobody_accepted => self.lone_dot().await,
            Ok(reply) => reply.code >= 400 && reply.code != 421,
            Err(_) => false,
        };
        Err(refusal)
    }

    /// One command after the other, for servers without PIPELINING.
    async fn envelope_stepwise(&mut self, opening: &Opening) -> Result<(), SendError> {
        let limits = self.timeouts;
        if std::mem::take(&mut self.needs_reset) {
            let reply = self.ask(Phase::Mail, "RSET").await?;
            self.agreed(Phase::Mail, reply)?;
        }
        let reply = self.ask(Phase::Mail, &opening.mail).await?;
        self.agreed(Phase::Mail, reply)?;
        self.needs_reset = true;
        let reply = self.ask(Phase::Rcpt, &opening.rcpt).await?;
        self.agreed(Phase::Rcpt, reply)?;
        self.needs_reset = false;
        self.wire.command(format_args!("DATA"));
        let failed = |fault| SendError::new(Phase::Data, fault);
        self.wire.flush(limits.block).await.map_err(failed)?;
        let reply = self.wire.reply(limits.data).await.map_err(failed)?;
        self.data_reply(reply)
    }

    /// A refusal between commands leaves both sides in agreement.
    fn agreed(&mut self, phase: Phase, reply: Reply) -> Result<(), SendError> {
        if reply.is_positive() {
            return Ok(());
        }
        self.usable = reply.code != 421;
        Err(SendError::refused(phase, reply))
    }

    async fn accepted(&mut self, phase: Phase, limit: Duration) -> Result<(), SendError> {
        let reply = self.wire.reply(limit).await.map_err(|fault| SendError::new(phase, fault))?;
        if reply.is_positive() { Ok(()) } else { Err(SendError::refused(phase, reply)) }
    }

    fn data_reply(&mut self, reply: Reply) -> Result<(), SendError> {
        if reply.code == 354 {
            return Ok(());
        }
        self.needs_reset = true;
        self.usable = reply.code >= 400;
        Err(SendError::refused(Phase::Data, reply))
    }

    /// Ends a DATA that the server began although it refused the recipient. Whether that worked.
    async fn lone_dot(&mut self) -> bool {
        self.wire.output.extend_from_slice(b".\r\n");
        self.wire.flush(self.timeouts.block).await.is_ok()
            && self.wire.reply(self.timeouts.end_of_data).await.is_ok_and(|reply| reply.code != 421)
    }

    /// The message, its final dot in the same write as its last block and the commands of the next
    /// one, and the reply to it.
    async fn message(&mut self, message: &[u8], next: Option<Opening>) -> Result<Reply, SendError> {
        let limits = self.timeouts;
        let mut stuffer = DotStuffer::new();
        let mut blocks = message.chunks(BLOCK).peekable();
        while let Some(block) = blocks.next() {
            stuffer.push(block, &mut self.wire.output);
            if blocks.peek().is_some()
                && let Err(fault) = self.wire.flush(limits.block).await
            {
                return Err(self.parting_word().await.map_or_else(
                    || SendError::new(Phase::Data, fault),
                    |reply| SendError::refused(Phase::Data, reply),
                ));
            }
        }
        stuffer.finish(&mut self.wire.output);
        // The dot and its CRLF are the message's last three octets: before the dot is handed over,
        // nothing can have been accepted. TLS takes more than it has sent, so there any fault leaves a
        // doubt.
        let dot = self.wire.output.len() - 3;
        let ahead = next.iter().flat_map(Opening::lines);
        for line in ahead.clone() {
            self.wire.output.extend_from_slice(line.as_bytes());
            self.wire.output.extend_from_slice(b"\r\n");
        }
        let mut written = 0;
        if let Err(fault) = self.wire.flush_counted(limits.block, &mut written).await {
            let in_doubt = self.is_encrypted() || written > dot;
            return match self.parting_word().await {
                Some(reply) => Err(SendError::refused(Phase::EndOfData, reply)),
                None if in_doubt => Err(SendError::in_doubt_at_end(fault)),
                None => Err(SendError::new(Phase::Data, fault)),
            };
        }
        self.wire.record(|| Event::SentMessage(message.len()));
        ahead.for_each(|line| self.wire.record(|| Event::Sent(line.to_owned())));
        let reply = self.wire.reply(limits.end_of_data).await.map_err(SendError::in_doubt_at_end)?;
        self.usable = true;
        self.announced = next;
        match reply.code {
            200..300 => Ok(reply),
            400..600 => Err(SendError::refused(Phase::EndOfData, reply)),
            // Neither yes nor no: the server is somewhere else than we are.
            _ => {
                self.usable = false;
                Err(SendError::in_doubt_at_end(Fault::Refused(reply)))
            }
        }
    }

    /// What a server that hung up while we were writing said before: its refusal, if any.
    async fn parting_word(&mut self) -> Option<Reply> {
        let limit = PARTING_WORD.min(self.timeouts.command);
        let reply = self.wire.reply(limit).await.ok()?;
        (reply.code >= 400).then_some(reply)
    }
}

/// Whether no further reply of a pipelined group is to be waited for.
fn is_over(error: &SendError) -> bool {
    error.reply().is_none_or(|reply| reply.code == 421)
}
