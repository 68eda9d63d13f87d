//! A provider of access tokens that does what a test tells it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the provider answers.
#[derive(Clone, Debug)]
enum Answer {
    /// A status and a body.
    Say(u16, String),
    /// Closes the connection without an answer.
    Drop,
}

#[derive(Default)]
struct State {
    /// What comes next; the last one stays.
    answers: Vec<Answer>,
    requests: Vec<String>,
}

/// A token endpoint (RFC 6749 §3.2) on 127.0.0.1. It goes with the value.
pub struct TokenServer {
    /// Its address, to be entered in a form.
    pub url: String,
    state: Arc<Mutex<State>>,
    listening: JoinHandle<()>,
}

impl TokenServer {
    /// Starts a provider that gives `access`, for an hour.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start(access: &str) -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(fault) => panic!("no port for a token server: {fault}"),
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away is no fault of the test.
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        let server = Self { url: format!("http://127.0.0.1:{port}/token"), state, listening };
        server.gives(access);
        server
    }

    /// From now on gives this access token.
    pub fn gives(&self, access: &str) {
        self.says(200, &format!(r#"{{"access_token":"{access}","expires_in":3600,"token_type":"Bearer"}}"#));
    }

    /// From now on answers this.
    pub fn says(&self, status: u16, body: &str) {
        lock(&self.state).answers = vec![Answer::Say(status, body.to_owned())];
    }

    /// Answers these one after the other, the last one for ever.
    pub fn says_in_turn(&self, answers: &[(u16, &str)]) {
        lock(&self.state).answers =
            answers.iter().rev().map(|(status, body)| Answer::Say(*status, (*body).to_owned())).collect();
    }

    /// From now on closes every connection without a word.
    pub fn drops(&self) {
        lock(&self.state).answers = vec![Answer::Drop];
    }

    /// The forms that it was sent, in order: `grant_type=refresh_token&…`.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.state).requests.clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let mut read = Vec::new();
    let body = loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
        if let Some(body) = whole(&read) {
            break body;
        }
    };
    let answer = {
        let mut state = lock(&state);
        state.requests.push(body);
        let last = state.answers.len() == 1;
        if last { state.answers.first().cloned() } else { state.answers.pop() }
    };
    if let Some(Answer::Say(status, body)) = answer {
        let head = format!(
            "HTTP/1.1 {status} So\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        stream.shutdown().await?;
    }
    Ok(())
}

/// The body of a request, when all of it is there.
fn whole(read: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(read);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    })?;
    (body.len() >= length).then(|| body.to_owned())
}
