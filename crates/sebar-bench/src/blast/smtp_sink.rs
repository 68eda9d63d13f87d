//! Postfix's `smtp-sink`, as a yardstick that is not ours: it counts nothing and takes what comes.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// Where packages put it.
const PLACES: [&str; 3] = ["/usr/sbin/smtp-sink", "/usr/bin/smtp-sink", "/usr/local/sbin/smtp-sink"];

/// A running `smtp-sink`.
pub(crate) struct SmtpSink {
    child: Child,
    pub(crate) port: u16,
}

impl SmtpSink {
    /// Starts it; `None` where it is not installed.
    pub(crate) fn start() -> Result<Option<Self>> {
        let Some(program) = PLACES.iter().find(|place| Path::new(place).exists()) else { return Ok(None) };
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new(program)
            // Root it may not be; another user it may stay.
            .args(rustix::process::geteuid().is_root().then_some(["-u", "nobody"]).into_iter().flatten())
            .args([&format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .spawn()?;
        let sink = Self { child, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(5), "smtp-sink does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(sink))
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
