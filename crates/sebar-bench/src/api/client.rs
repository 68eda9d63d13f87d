//! Programs that hand in one email after the other over connections that stay open: HTTP/1.1, written
//! by hand, so that the client takes little of the processor that it shares with what it measures.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::sleep;

/// How long the web app may be away.
const PATIENCE: Duration = Duration::from_secs(30);

/// What to hand in, and where.
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) key: String,
    /// Programs at work at the same time.
    pub(crate) clients: u32,
    /// The emails go to `p<first>@example.com` and those after it.
    pub(crate) first: u32,
    pub(crate) requests: u32,
}

/// What became of the requests.
#[derive(Default)]
pub(crate) struct Answers {
    /// The recipient's number and the id of each email that was answered with 200.
    pub(crate) accepted: Vec<(u32, String)>,
    /// Those whose connection ended before there was an answer.
    pub(crate) unanswered: u32,
    /// From the request's first byte to the answer's last.
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    /// Hands all of them in; `progress` counts the answers.
    pub(crate) async fn run(self, progress: Rc<Cell<u32>>) -> Result<Answers> {
        let load = Rc::new(self);
        let next = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        let clients: Vec<_> = (0..load.clients)
            .map(|_| {
                let (load, next, progress) = (Rc::clone(&load), Rc::clone(&next), Rc::clone(&progress));
                local.spawn_local(async move { load.client(&next, &progress).await })
            })
            .collect();
        local.await;
        let mut all = Answers::default();
        for client in clients {
            let answers = client.await??;
            all.accepted.extend(answers.accepted);
            all.unanswered += answers.unanswered;
            all.latencies.extend(answers.latencies);
        }
        Ok(all)
    }

    async fn client(&self, next: &Cell<u32>, progress: &Cell<u32>) -> Result<Answers> {
        let mut answers = Answers::default();
        let mut stream = self.connect().await?;
        let mut buffer = Vec::with_capacity(4096);
        while next.get() < self.requests {
            let number = self.first + next.replace(next.get() + 1);
            let request = self.request(number);
            let begun = Instant::now();
            match exchange(&mut stream, &request, &mut buffer).await {
                Ok(id) => {
                    answers.latencies.push(begun.elapsed());
                    answers.accepted.push((number, id));
                    progress.set(progress.get() + 1);
                }
                Err(fault) if fault.is::<std::io::Error>() => {
                    answers.unanswered += 1;
                    stream = self.connect().await?;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(answers)
    }

    /// Connects, as soon as somebody listens.
    async fn connect(&self) -> Result<TcpStream> {
        let begun = Instant::now();
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)).await {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(fault) if begun.elapsed() > PATIENCE => return Err(fault.into()),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// An order notice of some 2 KB.
    fn request(&self, number: u32) -> Vec<u8> {
        let mut html = format!("<h1>Pesanan {number}</h1><p>Terima kasih, pesananmu kami terima.</p>");
        while html.len() < 2000 {
            html.push_str("<p style='margin:0 0 12px'>Kopi Gayo 250 g, giling halus, 2 bungkus</p>");
        }
        let body = format!(
            r#"{{"from":"Toko Kopi <halo@toko.example>","to":["p{number}@example.com"],"subject":"Pesanan {number}","html":"{html}","text":"Pesanan {number} kami terima."}}"#
        );
        let head = format!(
            "POST /api/v1/emails HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.port,
            self.key,
            body.len()
        );
        (head + &body).into_bytes()
    }
}

/// One request and the id that it is answered with.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Result<String> {
    stream.write_all(request).await?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end])?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        let length = length.context("an answer without a length")?;
        if buffer.len() < end + 4 + length {
            continue;
        }
        let body = String::from_utf8_lossy(&buffer[end + 4..]);
        if !head.starts_with("HTTP/1.1 200") {
            bail!("refused: {head}\n{body}");
        }
        let id = serde_json::from_str::<serde_json::Value>(&body)?["id"].as_str().map(ToOwned::to_owned);
        let id = id.context("an answer without an id")?;
        ensure!(id.starts_with("msg_"), "a strange id: {id}");
        return Ok(id);
    }
}
