//! A part of a benchmark as a process of its own, so that its memory is its own and it can be killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

/// A process that listens. It ends with this value.
pub(crate) struct Listening {
    child: Child,
    /// Where it listens on 127.0.0.1.
    pub(crate) port: u16,
}

impl Listening {
    /// Starts this program with other arguments; its first line is its port.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self> {
        let what = arguments.first().copied().unwrap_or_default();
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("`{what}` does not start"))?;
        let output = child.stdout.take().with_context(|| format!("`{what}` has no output"))?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let port = line.trim().parse().with_context(|| format!("`{what}` tells no port"))?;
        Ok(Self { child, port })
    }

    /// The most memory that it had resident so far.
    pub(crate) fn peak_rss_mb(&self) -> Result<f64> {
        crate::memory::peak_of(&std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?)
    }

    /// Ends it by SIGKILL.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
