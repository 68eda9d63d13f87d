//! The sender as a process of its own, so that its memory is its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use sebar_sender::{Options, Sender};
use sebar_store::keys::MasterKey;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

/// A key for nothing but this benchmark.
pub(crate) const KEY: [u8; 32] = [1; 32];

/// Which database to send from.
#[derive(Args)]
pub(crate) struct SenderProcess {
    #[arg(long)]
    database_url: String,
    /// Where its journal stands.
    #[arg(long)]
    journals: PathBuf,
}

impl SenderProcess {
    /// Sends until its input ends.
    pub(crate) fn run(self) -> Result<()> {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
            .init();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let db = sebar_store::connect(&self.database_url, 2).await?;
            let stop = CancellationToken::new();
            let options = Options { journals: Some(self.journals), ..Options::default() };
            let sender = Sender { db, key: MasterKey::new(KEY), options };
            let work = tokio::spawn(sender.run(stop.clone()));
            let mut rest = Vec::new();
            tokio::io::stdin().read_to_end(&mut rest).await?;
            stop.cancel();
            work.await?;
            Ok(())
        })
    }
}

/// A sender in a process of its own.
pub(crate) struct SenderChild(Child);

impl SenderChild {
    pub(crate) fn start(url: &str, journals: &Path) -> Result<Self> {
        let child = Command::new(std::env::current_exe()?)
            .args(["sender", "--database-url", url, "--journals"])
            .arg(journals)
            .stdin(Stdio::piped())
            .spawn()
            .context("the sender does not start")?;
        Ok(Self(child))
    }

    /// The most memory that it had resident so far.
    pub(crate) fn peak_rss_mb(&self) -> Result<f64> {
        crate::memory::peak_of(&fs::read_to_string(format!("/proc/{}/status", self.0.id()))?)
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// Stops it where it is (SIGSTOP): it knows nothing of the time that passes.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    pub(crate) fn wake(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).context("it has no pid")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Ends its input, which it takes for SIGTERM, and waits.
    pub(crate) fn stop(mut self) -> Result<()> {
        drop(self.0.stdin.take());
        anyhow::ensure!(self.0.wait()?.success(), "the sender failed");
        Ok(())
    }
}

impl Drop for SenderChild {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
