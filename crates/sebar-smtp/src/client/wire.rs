use std::fmt;
use std::future::Future;
use std::io::Write as _;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use sebar_domain::Reply;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::error::Fault;
use super::transcript::{Event, Transcript};
use crate::reply::{parse_reply, write_reply};
use crate::stream::Stream;

/// The connection's bytes: commands gathered into one write, replies parsed out of what was read.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) stream: Stream<TcpStream>,
    /// What was read and not yet understood.
    pub(crate) input: BytesMut,
    /// What waits to be written; kept for its capacity.
    pub(crate) output: Vec<u8>,
    transcript: Option<Transcript>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, transcript: Option<Transcript>) -> Self {
        let (input, output) = (BytesMut::with_capacity(4096), Vec::with_capacity(16 * 1024));
        Self { stream: Stream::Plain(stream), input, output, transcript }
    }

    pub(crate) fn record(&self, event: impl FnOnce() -> Event) {
        if let Some(transcript) = &self.transcript {
            transcript.push(event());
        }
    }

    /// Adds a command line to what waits to be written.
    pub(crate) fn command(&mut self, line: fmt::Arguments<'_>) {
        let start = self.output.len();
        #[expect(clippy::unwrap_used, reason = "writing into a Vec cannot fail")]
        self.output.write_fmt(line).unwrap();
        self.record(|| Event::Sent(String::from_utf8_lossy(&self.output[start..]).into_owned()));
        self.output.extend_from_slice(b"\r\n");
    }

    /// Adds a line that holds a secret; `shown` is what the transcript tells of it.
    pub(crate) fn secret(&mut self, line: &str, shown: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
        self.record(|| Event::Sent(shown.to_owned()));
    }

    /// Writes what waits, in one write where the system takes it so.
    pub(crate) async fn flush(&mut self, limit: Duration) -> Result<(), Fault> {
        self.flush_counted(limit, &mut 0).await
    }

    /// The same; `written` tells, whatever the outcome, how much of it was handed over.
    pub(crate) async fn flush_counted(&mut self, limit: Duration, written: &mut usize) -> Result<(), Fault> {
        let (stream, output) = (&mut self.stream, &self.output);
        let result = within(limit, async {
            while *written < output.len() {
                match stream.write(&output[*written..]).await? {
                    0 => return Err(Fault::Closed),
                    n => *written += n,
                }
            }
            Ok(stream.flush().await?)
        })
        .await;
        self.output.clear();
        result
    }

    /// Waits for one whole reply.
    pub(crate) async fn reply(&mut self, limit: Duration) -> Result<Reply, Fault> {
        // Replies to pipelined commands arrive together: only the first costs a read and a timer.
        let reply = match self.buffered_reply()? {
            Some(reply) => reply,
            None => within(limit, self.read_reply()).await?,
        };
        self.record_reply(&reply);
        Ok(reply)
    }

    async fn read_reply(&mut self) -> Result<Reply, Fault> {
        loop {
            self.input.reserve(1024);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Err(Fault::Closed);
            }
            if let Some(reply) = self.buffered_reply()? {
                return Ok(reply);
            }
        }
    }

    fn buffered_reply(&mut self) -> Result<Option<Reply>, Fault> {
        if self.input.is_empty() {
            return Ok(None);
        }
        let Some((reply, taken)) = parse_reply(&self.input)? else { return Ok(None) };
        self.input.advance(taken);
        Ok(Some(reply))
    }

    fn record_reply(&self, reply: &Reply) {
        let Some(transcript) = &self.transcript else { return };
        let mut lines = Vec::new();
        write_reply(&mut lines, reply);
        for line in String::from_utf8_lossy(&lines).lines() {
            transcript.push(Event::Received(line.trim_end().to_owned()));
        }
    }
}

/// Gives `step` so much time.
pub(crate) async fn within<T>(
    limit: Duration,
    step: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    tokio::time::timeout(limit, step).await.unwrap_or(Err(Fault::TimedOut))
}
