use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use sebar_domain::Reply;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::reply::write_reply;
use crate::stream::Stream;

/// How much is read at once.
const READ: usize = 64 * 1024;

/// The session's bytes: lines out of what was read, replies gathered into one write.
#[derive(Debug)]
pub(crate) struct Wire<S> {
    pub(crate) stream: Stream<S>,
    pub(crate) input: BytesMut,
    output: Vec<u8>,
    /// Within a line that is too long: it is dropped up to its end.
    skipping: bool,
}

/// A line from the client, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Whole(BytesMut),
    /// It was longer than allowed and is gone.
    TooLong,
    /// It ended in a lone LF, by which no line ends.
    BareNewline,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: Stream<S>) -> Self {
        Self { stream, input: BytesMut::new(), output: Vec::new(), skipping: false }
    }

    /// The next line out of what was read, if it is there as a whole.
    pub(crate) fn line(&mut self, max: usize) -> Option<Line> {
        let Some(end) = memchr::memchr(b'\n', &self.input) else {
            if self.input.len() > max {
                self.skipping = true;
                self.input.clear();
            }
            return None;
        };
        let mut line = self.input.split_to(end + 1);
        if std::mem::take(&mut self.skipping) || line.len() > max {
            return Some(Line::TooLong);
        }
        if !line.ends_with(b"\r\n") {
            return Some(Line::BareNewline);
        }
        line.truncate(end - 1);
        Some(Line::Whole(line))
    }

    /// Adds a reply to what waits to be written.
    pub(crate) fn say(&mut self, reply: &Reply) {
        write_reply(&mut self.output, reply);
    }

    /// Writes the gathered replies.
    pub(crate) async fn flush(&mut self, limit: Duration) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let (stream, output) = (&mut self.stream, &self.output);
        let write = async {
            stream.write_all(output).await?;
            stream.flush().await
        };
        let result = tokio::time::timeout(limit, write).await;
        self.output.clear();
        result?
    }

    /// Reads what has come, at least one octet; 0 says that the client has closed.
    pub(crate) async fn read(&mut self) -> io::Result<usize> {
        self.input.reserve(READ / 4);
        self.stream.read_buf(&mut self.input).await
    }

    pub(crate) fn take(&mut self, octets: usize) {
        self.input.advance(octets);
    }
}
