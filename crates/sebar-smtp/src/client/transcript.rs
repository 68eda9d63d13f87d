use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sebar_domain::Phase;

/// Most entries that are kept; what comes later is dropped.
const MAX_ENTRIES: usize = 1000;

/// The record of a conversation, to be shown to a person. Cloning it gives another handle on the
/// same record. Secrets are never put in, the message only by its size.
#[derive(Clone, Debug)]
pub struct Transcript {
    started: Instant,
    entries: Arc<Mutex<Vec<Entry>>>,
}

/// One thing that happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Time since the record began.
    pub at: Duration,
    /// What happened.
    pub event: Event,
}

/// What can happen in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The TCP connection stands; the server's address and port.
    Connected(String),
    /// A line that we sent, without its end; `***` stands for a secret.
    Sent(String),
    /// The message, of so many octets, was sent with its final dot.
    SentMessage(usize),
    /// A line that the server sent, without its end.
    Received(String),
    /// The connection is encrypted from here on: protocol version and cipher suite.
    Encrypted(String),
    /// It broke off in this step for another reason than a refusal; the error tells which.
    Failed(Phase),
}

impl Transcript {
    /// Begins an empty record.
    pub fn new() -> Self {
        Self { started: Instant::now(), entries: Arc::default() }
    }

    /// All that was recorded so far, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    pub(crate) fn push(&self, event: Event) {
        let mut entries = self.lock();
        if entries.len() < MAX_ENTRIES {
            entries.push(Entry { at: self.started.elapsed(), event });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}
