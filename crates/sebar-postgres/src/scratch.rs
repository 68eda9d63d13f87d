//! Where clusters for tests live, and how they go away.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process,
};

use crate::{
    cluster::Cluster,
    error::{Error, Result},
    options::{Lifetime, Options},
    state::State,
};

/// Free memory below which clusters for tests go to disk instead; a container's `/dev/shm` is
/// often 64 MB.
const ENOUGH: u64 = 1 << 30;

/// The folder for this checkout's clusters for tests: in memory where there is enough of it, apart
/// from other checkouts' and other users'. Nothing in it is worth keeping.
pub fn test_folder() -> PathBuf {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("/"));
    let mut hasher = DefaultHasher::new();
    checkout.hash(&mut hasher);
    let user = rustix::process::geteuid().as_raw();
    parent().join(format!("sebar-test-{user}-{:016x}", hasher.finish()))
}

fn parent() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free = rustix::fs::statvfs(memory).map_or(0, |of| of.f_bavail.saturating_mul(of.f_frsize));
    let writable = rustix::fs::access(memory, rustix::fs::Access::WRITE_OK).is_ok();
    if free >= ENOUGH && writable { memory.to_owned() } else { env::temp_dir() }
}

/// A cluster for tests that is gone, files and all, when the value is dropped.
#[derive(Debug)]
pub struct Scratch {
    /// `None` only while it is being dropped.
    cluster: Option<Cluster>,
    home: PathBuf,
}

impl Scratch {
    /// Starts a new cluster below [`test_folder`] and clears away those whose process was killed.
    pub fn start() -> Result<Self> {
        let parent = test_folder();
        fs::create_dir_all(&parent).map_err(Error::io("cannot make", &parent))?;
        for entry in fs::read_dir(&parent).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("run-") {
                clear_if_abandoned(&entry.path());
            }
        }
        let home = parent.join(format!("run-{}", process::id()));
        let cluster = Cluster::start(&Options::disposable(&home, Lifetime::Process))?;
        Ok(Self { cluster: Some(cluster), home })
    }

    /// The running server.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(self.cluster.take());
        let _ = fs::remove_dir_all(&self.home);
        // Stays while another cluster is in it.
        let _ = fs::remove_dir(test_folder());
    }
}

/// Stops the server in `home`, if one was left, and removes its files, unless a process keeps it.
fn clear_if_abandoned(home: &Path) {
    let Ok(Some(_keeper)) = State::open(home).and_then(|state| state.keep()) else { return };
    let options = Options::disposable(home, Lifetime::Process);
    if let Ok(Some(cluster)) = Cluster::find(&options)
        && cluster.stop_for_all().is_err()
    {
        return;
    }
    let _ = fs::remove_dir_all(home);
}
