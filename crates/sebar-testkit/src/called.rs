//! A program that is called by webhooks, and answers as a test tells it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// How long a call is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Inner {
    calls: Vec<(HeaderMap, String)>,
    answers: VecDeque<u16>,
}

/// A program on 127.0.0.1. It goes with the value.
pub struct CalledProgram {
    /// Its address, to be entered in a form.
    pub url: String,
    inner: Arc<Mutex<Inner>>,
    listening: JoinHandle<()>,
}

impl CalledProgram {
    /// Starts a program that answers every call with 204.
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start() -> Self {
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(fault) => panic!("no port for a program: {fault}"),
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let inner = Arc::new(Mutex::new(Inner::default()));
        let router = Router::new().route("/hooks", post(take)).with_state(Arc::clone(&inner));
        let listening = tokio::spawn(async move {
            // It ends with the value.
            let _ = axum::serve(listener, router).await;
        });
        Self { url: format!("http://127.0.0.1:{port}/hooks"), inner, listening }
    }

    /// Answers the next calls with these statuses. 302 leads back to itself.
    pub fn answers(&self, statuses: &[u16]) {
        lock(&self.inner).answers.extend(statuses);
    }

    /// Forgets what it was to answer.
    pub fn recovers(&self) {
        lock(&self.inner).answers.clear();
    }

    /// The calls so far, in order: headers and bodies, as they came.
    pub fn raw_calls(&self) -> Vec<(HeaderMap, String)> {
        lock(&self.inner).calls.clone()
    }

    /// The bodies of the calls so far, in order.
    pub fn calls(&self) -> Vec<Value> {
        let read = |(_, body): &(HeaderMap, String)| serde_json::from_str(body).unwrap_or_default();
        lock(&self.inner).calls.iter().map(read).collect()
    }

    /// The kinds of events that it was told, in order.
    pub fn told(&self) -> Vec<String> {
        self.calls().iter().map(|body| body["type"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until it was called so often.
    ///
    /// # Panics
    /// When it is not, after a while.
    pub async fn wait_for(&self, calls: usize) {
        let until = Instant::now() + PATIENCE;
        while lock(&self.inner).calls.len() < calls {
            assert!(Instant::now() < until, "told {:?}, {calls} were to come", self.told());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for CalledProgram {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn take(State(inner): State<Arc<Mutex<Inner>>>, headers: HeaderMap, body: String) -> Response {
    let mut inner = lock(&inner);
    inner.calls.push((headers, body));
    match inner.answers.pop_front().unwrap_or(204) {
        302 => Redirect::to("/hooks").into_response(),
        status => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "so it is").into_response()
        }
    }
}
