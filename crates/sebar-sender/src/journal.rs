//! The journal: what this sender has begun and how it ended, on the local disk, so that its death
//! leaves no more in doubt than the conversations that were open.
//!
//! `BEGIN` is written before a message is shown to a relay, `END` when its outcome is known, before
//! Postgres hears of it. A folder for each life of a sender holds `lock`, locked while it lives, and
//! numbered parts, each removed when all that began in it is recorded. The kernel keeps what was
//! written when the process is killed; when the machine itself goes down the last lines may be
//! missing, which the boot's id in `lock` tells the reader (see [`crate::recover`]).

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rustix::fs::{FlockOperation, flock};
use sebar_domain::id::{MessageId, RelayId, SenderId};
use sebar_store::record::Outcome;
use serde::{Deserialize, Serialize};

/// A part of this size is followed by a new one.
const PART: u64 = 4 << 20;

/// A message that is about to be shown to a relay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Begin {
    pub(crate) message: MessageId,
    pub(crate) relay: RelayId,
    pub(crate) at: DateTime<Utc>,
    /// SHA-256 of its bytes.
    pub(crate) digest: [u8; 32],
    /// Their number.
    pub(crate) size: i32,
}

/// What is last known of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// It began, and nothing says how it ended.
    Begin(Begin),
    /// It ended.
    End(Outcome),
}

impl Entry {
    fn message(&self) -> MessageId {
        match self {
            Self::Begin(begin) => begin.message,
            Self::End(outcome) => outcome.message,
        }
    }
}

/// The journal of a sender that lives.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    /// Locked until it is closed.
    _lock: File,
    parts: Mutex<Parts>,
}

#[derive(Debug)]
struct Parts {
    current: Arc<Part>,
    /// Full ones in which something may not be recorded yet.
    full: Vec<Arc<Part>>,
    number: u32,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    file: File,
    size: AtomicU64,
}

impl Part {
    fn create(folder: &Path, number: u32) -> io::Result<Arc<Self>> {
        let path = folder.join(format!("{number:08}.jsonl"));
        let file = OpenOptions::new().append(true).create_new(true).open(&path)?;
        Ok(Arc::new(Self { path, file, size: AtomicU64::new(0) }))
    }

    /// One write for each line: lines of several lanes do not mix in a file that is appended to.
    fn write(&self, entry: &Entry) -> io::Result<()> {
        // A line that the process's end cut off must not swallow the next one.
        let mut line = vec![b'\n'];
        serde_json::to_writer(&mut line, entry)?;
        line.push(b'\n');
        (&self.file).write_all(&line)?;
        self.size.fetch_add(line.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// The place of a message that has begun; held until its outcome is recorded.
#[derive(Debug)]
pub(crate) struct Place(Arc<Part>);

impl Place {
    /// Notes how the message ended.
    pub(crate) fn end(&self, outcome: &Outcome) -> io::Result<()> {
        self.0.write(&Entry::End(outcome.clone()))
    }
}

impl Journal {
    /// Opens the journal of a new sender, in a folder of its own under `under`.
    pub(crate) fn open(under: &Path, sender: SenderId) -> io::Result<Self> {
        fs::create_dir_all(under)?;
        // Seen by nobody before it is locked.
        let (hidden, folder) = (under.join(format!(".{sender}")), under.join(sender.to_string()));
        fs::create_dir(&hidden)?;
        let mut lock = File::create_new(hidden.join("lock"))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        lock.write_all(boot().as_bytes())?;
        fs::rename(&hidden, &folder)?;
        let current = Part::create(&folder, 0)?;
        Ok(Self { folder, _lock: lock, parts: Mutex::new(Parts { current, full: Vec::new(), number: 0 }) })
    }

    /// Notes that a message begins. Unless this succeeds it must not.
    pub(crate) fn begin(&self, begin: Begin) -> io::Result<Place> {
        let part = {
            let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            if parts.current.size.load(Ordering::Relaxed) >= PART {
                let next = Part::create(&self.folder, parts.number + 1)?;
                let full = std::mem::replace(&mut parts.current, next);
                parts.number += 1;
                parts.full.push(full);
            }
            Arc::clone(&parts.current)
        };
        part.write(&Entry::Begin(begin))?;
        Ok(Place(part))
    }

    /// Removes full parts in which everything that began has been recorded.
    pub(crate) fn sweep(&self) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.full.retain(|part| {
            // New places are given in the current part only.
            let in_use = Arc::strong_count(part) > 1;
            if !in_use && let Err(fault) = fs::remove_file(&part.path) {
                tracing::warn!(%fault, part = %part.path.display(), "cannot be removed");
            }
            in_use
        });
    }
}

/// What the journal of another sender, or of this one at its end, says.
#[derive(Debug)]
pub(crate) struct Account {
    /// The last entry of each message.
    pub(crate) last: HashMap<MessageId, Entry>,
    /// Whether all that was written can be read: the machine has run since.
    pub(crate) complete: bool,
}

/// The folder of a sender's journal.
pub(crate) fn folder(under: &Path, sender: SenderId) -> PathBuf {
    under.join(sender.to_string())
}

/// Reads a journal, of a sender that is dead or whose lease has run out. `None`: there is none here.
pub(crate) fn read(folder: &Path) -> io::Result<Option<Account>> {
    let mut written_in = String::new();
    match File::open(folder.join("lock")) {
        Ok(mut lock) => lock.read_to_string(&mut written_in)?,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let mut parts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            parts.push(path);
        }
    }
    parts.sort();
    let mut last = HashMap::new();
    for path in parts {
        for line in BufReader::new(File::open(path)?).split(b'\n') {
            // A line that was cut off is a `BEGIN` of which nothing was said to a relay yet, or an
            // `END` whose `BEGIN` stands.
            if let Ok(entry) = serde_json::from_slice::<Entry>(&line?) {
                last.insert(entry.message(), entry);
            }
        }
    }
    let boot = boot();
    Ok(Some(Account { last, complete: !boot.is_empty() && boot == written_in }))
}

/// Locks the journal of a dead sender. `None`: it lives, or another has dealt with it.
pub(crate) fn take(folder: &Path) -> io::Result<Option<File>> {
    let path = folder.join("lock");
    let lock = match File::open(&path) {
        Ok(lock) => lock,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        // It may have been removed between opening and locking.
        Ok(()) => Ok(path.exists().then_some(lock)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// The journals under a folder, by sender.
pub(crate) fn all(under: &Path) -> io::Result<Vec<SenderId>> {
    match fs::read_dir(under) {
        Ok(entries) => {
            Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
        }
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// Removes a journal that has been dealt with; nobody sees a half of it.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    let mut hidden = folder.as_os_str().to_owned();
    hidden.push(".done");
    match fs::rename(folder, &hidden) {
        Ok(()) => fs::remove_dir_all(&hidden),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// An id of the machine's current run; empty where the system tells none.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use sebar_store::record::Next;

    use super::*;

    fn begin() -> Begin {
        Begin { message: MessageId::new(), relay: RelayId::new(), at: Utc::now(), digest: [7; 32], size: 9 }
    }

    #[test]
    fn what_ended_and_what_did_not_can_be_read_after_its_sender_is_gone() {
        let home = tempfile::tempdir().unwrap();
        let sender = SenderId::new();
        let journal = Journal::open(home.path(), sender).unwrap();
        let (ended, open) = (begin(), begin());
        let outcome = Outcome { message: ended.message, next: Next::Back, attempt: None };
        journal.begin(ended).unwrap().end(&outcome).unwrap();
        journal.begin(open.clone()).unwrap();

        let folder = folder(home.path(), sender);
        assert!(take(&folder).unwrap().is_none(), "it lives");
        drop(journal);
        let lock = take(&folder).unwrap();
        assert!(lock.is_some() && take(&folder).unwrap().is_none(), "one takes over");
        let account = read(&folder).unwrap().unwrap();
        assert!(account.complete);
        assert!(matches!(account.last[&outcome.message], Entry::End(_)));
        assert!(matches!(account.last[&open.message], Entry::Begin(_)));
        remove(&folder).unwrap();
        assert!(read(&folder).unwrap().is_none() && all(home.path()).unwrap().is_empty());
    }

    #[test]
    fn a_journal_of_an_earlier_boot_is_not_taken_as_complete() {
        let home = tempfile::tempdir().unwrap();
        let sender = SenderId::new();
        let journal = Journal::open(home.path(), sender).unwrap();
        let open = begin();
        journal.begin(open.clone()).unwrap();
        fs::write(folder(home.path(), sender).join("lock"), "another boot\n").unwrap();
        let account = read(&folder(home.path(), sender)).unwrap().unwrap();
        assert!(!account.complete);
        assert!(account.last.contains_key(&open.message));
    }

    #[test]
    fn a_line_that_was_cut_off_swallows_no_other() {
        let home = tempfile::tempdir().unwrap();
        let sender = SenderId::new();
        let journal = Journal::open(home.path(), sender).unwrap();
        let (before, after) = (begin(), begin());
        let place = journal.begin(before.clone()).unwrap();
        (&place.0.file).write_all(b"\n{\"begin\":{\"mess").unwrap();
        journal.begin(after.clone()).unwrap();
        let account = read(&folder(home.path(), sender)).unwrap().unwrap();
        assert!(account.complete && account.last.len() == 2);
        assert!(account.last.contains_key(&before.message) && account.last.contains_key(&after.message));
    }

    #[test]
    fn full_parts_go_when_all_that_began_in_them_is_recorded() {
        let home = tempfile::tempdir().unwrap();
        let sender = SenderId::new();
        let journal = Journal::open(home.path(), sender).unwrap();
        let parts = || fs::read_dir(folder(home.path(), sender)).unwrap().count() - 1;
        let kept = journal.begin(begin()).unwrap();
        while parts() < 3 {
            journal.begin(begin()).unwrap();
        }
        journal.sweep();
        assert_eq!(parts(), 2, "the first has one that is not recorded");
        drop(kept);
        journal.sweep();
        assert_eq!(parts(), 1);
    }
}
