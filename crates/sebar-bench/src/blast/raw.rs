//! Bare pushing: prepared messages over kept-open connections, MAIL, RCPT and DATA in one write,
//! the body in the next. No database, no composing: what a sender can be compared with.

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What to push.
#[derive(Args)]
pub(crate) struct Push {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    connections: u32,
    #[arg(long)]
    messages: u32,
    /// Octets of each message.
    #[arg(long)]
    size: usize,
}

impl Push {
    /// Pushes and prints the seconds that it took.
    pub(crate) fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(self.push())
    }

    async fn push(self) -> Result<()> {
        let body = body(self.size);
        let start = Instant::now();
        let mut lanes = tokio::task::JoinSet::new();
        for lane in 0..self.connections {
            let body = body.clone();
            let numbers = (lane..self.messages).step_by(self.connections as usize);
            lanes.spawn(async move { push_over_one(self.port, numbers, &body).await });
        }
        while let Some(lane) = lanes.join_next().await {
            lane??;
        }
        println!("{}", start.elapsed().as_secs_f64());
        Ok(())
    }
}

/// A message of so many octets with its final dot. No line begins with a dot.
fn body(size: usize) -> Vec<u8> {
    let mut body = b"From: news@example.com\r\nSubject: Raw\r\n\r\n".to_vec();
    while body.len() < size {
        let line = (size - body.len()).clamp(2, 78) - 2;
        body.resize(body.len() + line, b'x');
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b".\r\n");
    body
}

async fn push_over_one(port: u16, numbers: impl Iterator<Item = u32>, body: &[u8]) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut input = Vec::with_capacity(4096);
    replies(&mut stream, &mut input, 1).await?;
    stream.write_all(b"EHLO bench.example\r\n").await?;
    replies(&mut stream, &mut input, 1).await?;
    for number in numbers {
        let envelope = format!(
            "MAIL FROM:<news@example.com> SIZE={}\r\nRCPT TO:<p{}@example.com>\r\nDATA\r\n",
            body.len() - 3,
            number + 1
        );
        stream.write_all(envelope.as_bytes()).await?;
        replies(&mut stream, &mut input, 3).await?;
        stream.write_all(body).await?;
        replies(&mut stream, &mut input, 1).await?;
    }
    stream.write_all(b"QUIT\r\n").await?;
    Ok(())
}

/// Waits for `n` replies, none of which refuses.
async fn replies(stream: &mut TcpStream, input: &mut Vec<u8>, n: usize) -> Result<()> {
    let mut seen = 0;
    loop {
        while let Some(end) = input.iter().position(|byte| *byte == b'\n') {
            let line = &input[..=end];
            ensure!(line.len() > 4 && line[0] < b'4', "refused: {}", String::from_utf8_lossy(line));
            let last = line[3] != b'-';
            input.drain(..=end);
            seen += usize::from(last);
        }
        if seen >= n {
            return Ok(());
        }
        if stream.read_buf(input).await? == 0 {
            bail!("the sink hung up");
        }
    }
}
