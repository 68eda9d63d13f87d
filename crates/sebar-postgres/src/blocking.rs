//! Async work from blocking code.

use std::{io, thread};

/// Runs async work to its end on a thread of its own: the caller may itself be on a runtime's
/// thread, which cannot wait for a second runtime.
pub(crate) fn blocking<T: Send>(work: impl Future<Output = T> + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let run = || Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work));
        let ended_early = |_| Err(io::Error::other("a helping thread ended early"));
        scope.spawn(run).join().unwrap_or_else(ended_early)
    })
}
