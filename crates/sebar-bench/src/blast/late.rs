//! A distant relay: what the sink says comes late, as if its words had far to go. A proxy, in a
//! process of its own: what the client says is passed on at once, what comes back after the whole
//! round trip.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, tcp};
use tokio::time::{Instant, sleep_until};

use crate::child::Listening;

/// What to stand before.
#[derive(Args)]
pub(crate) struct Late {
    /// The sink's port.
    #[arg(long)]
    port: u16,
    /// A round trip, in milliseconds.
    #[arg(long)]
    latency_ms: u64,
}

impl Late {
    /// Passes on until its input ends; prints the port on which it listens.
    pub(crate) fn run(self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("{}", listener.local_addr()?.port());
            tokio::spawn(async move {
                while let Ok((client, _)) = listener.accept().await {
                    tokio::spawn(pass_on(client, self.port, Duration::from_millis(self.latency_ms)));
                }
            });
            tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
            Ok(())
        })
    }
}

async fn pass_on(client: TcpStream, port: u16, latency: Duration) -> io::Result<()> {
    let sink = TcpStream::connect(("127.0.0.1", port)).await?;
    client.set_nodelay(true)?;
    sink.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (from_sink, mut to_sink) = sink.into_split();
    let back = tokio::spawn(pass_late(from_sink, to_client, latency));
    tokio::io::copy(&mut from_client, &mut to_sink).await?;
    to_sink.shutdown().await?;
    back.await?
}

/// Each piece is passed on when its time has come, however many are on the way.
async fn pass_late(
    mut from: tcp::OwnedReadHalf,
    mut to: tcp::OwnedWriteHalf,
    latency: Duration,
) -> io::Result<()> {
    let mut on_the_way: VecDeque<(Instant, Vec<u8>)> = VecDeque::new();
    let mut piece = [0; 4096];
    loop {
        let due = on_the_way.front().map(|(due, _)| *due);
        tokio::select! {
            n = from.read(&mut piece) => match n? {
                0 => break,
                n => on_the_way.push_back((Instant::now() + latency, piece[..n].to_vec())),
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                if let Some((_, piece)) = on_the_way.pop_front() {
                    to.write_all(&piece).await?;
                }
            }
        }
    }
    for (due, piece) in on_the_way {
        sleep_until(due).await;
        to.write_all(&piece).await?;
    }
    to.shutdown().await
}

/// Starts a proxy in a process of its own.
pub(crate) fn start(port: u16, latency_ms: u64) -> Result<Listening> {
    Listening::start(&["late", "--port", &port.to_string(), "--latency-ms", &latency_ms.to_string()])
}
