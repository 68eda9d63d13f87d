//! A private Postfix: the relay that most of our users have.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What Postfix runs. Only `smtpd` listens.
const SERVICES: &str = "
pickup    unix n - n 60  1 pickup
cleanup   unix n - n -   0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n -   - trivial-rewrite
bounce    unix - - n -   0 bounce
defer     unix - - n -   0 bounce
trace     unix - - n -   0 bounce
verify    unix - - n -   1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n -   - proxymap
proxywrite unix - - n -  1 proxymap
smtp      unix - - n -   - smtp
relay     unix - - n -   - smtp
showq     unix n - n -   - showq
error     unix - - n -   - error
retry     unix - - n -   - error
discard   unix - - n -   - discard
local     unix - n n -   - local
virtual   unix - n n -   - virtual
lmtp      unix - - n -   - lmtp
anvil     unix - - n -   1 anvil
scache    unix - - n -   1 scache
postlog   unix-dgram n - n - 1 postlogd
";

/// A Postfix of one's own on a loopback port; it ends with this value.
#[derive(Debug)]
pub struct Postfix {
    /// Where it listens.
    pub port: u16,
    home: TempDir,
}

impl Postfix {
    /// Whether one can be started here: it is installed, and we are root (its parts run as others).
    pub fn is_there() -> bool {
        Path::new("/usr/sbin/postfix").exists() && rustix::process::geteuid().is_root()
    }

    /// Starts one that hands all mail on to a server on a loopback port. `settings` are further lines of
    /// its `main.cf`.
    ///
    /// # Errors
    /// When it does not start: what it said.
    pub async fn start(next_hop: u16, settings: &str) -> Result<Self> {
        let home = TempDir::with_prefix("sebar-postfix-")?;
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let dir = home.path();
        // Its parts, which run as other users, must reach it.
        fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        for part in ["spool", "data"] {
            fs::create_dir(dir.join(part))?;
        }
        run(Command::new("chown").arg("postfix").arg(dir.join("data")))?;
        let at = dir.display();
        fs::write(
            dir.join("main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {at}/spool\ndata_directory = {at}/data\n\
                 maillog_file = {at}/log\nmaillog_file_prefixes = {at}\nmail_owner = postfix\n\
                 setgid_group = postdrop\nmyhostname = relay.test\nmydestination =\nmynetworks = 127.0.0.0/8\n\
                 inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nalias_maps =\nalias_database =\n\
                 smtpd_relay_restrictions = permit_mynetworks, reject\nrelayhost = [127.0.0.1]:{next_hop}\n{settings}\n"
            ),
        )?;
        fs::write(
            dir.join("master.cf"),
            format!("127.0.0.1:{port} inet n - n - - smtpd\n{}", SERVICES.trim_start()),
        )?;
        let postfix = Self { port, home };
        let started = postfix.postfix("start")?;
        ensure!(
            started.status.success(),
            "postfix did not start: {}{}",
            String::from_utf8_lossy(&started.stderr),
            postfix.log()
        );
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(postfix);
            }
            sleep(Duration::from_millis(50)).await;
        }
        Err(anyhow::anyhow!("postfix does not listen: {}", postfix.log()))
    }

    /// What it wrote down so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn postfix(&self, what: &str) -> Result<Output> {
        let mut command = Command::new("/usr/sbin/postfix");
        let command = command.arg("-c").arg(self.home.path()).arg(what);
        // Its daemons outlive it: they must not hold a pipe of ours open.
        let said = fs::File::create(self.home.path().join("said"))?;
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said).status()?;
        let stderr = fs::read(self.home.path().join("said"))?;
        Ok(Output { status, stdout: Vec::new(), stderr })
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Nobody is there to be told that it failed.
        let _ = self.postfix("abort");
    }
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(())
}
