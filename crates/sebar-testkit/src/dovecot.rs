//! A private Dovecot: the mailbox that bounces arrive in.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// A Dovecot of one's own on loopback ports, with one mailbox; it ends with this value.
#[derive(Debug)]
pub struct Dovecot {
    /// IMAP, with STARTTLS.
    pub imap: u16,
    /// POP3 over TLS.
    pub pop3s: u16,
    /// Where mail for the mailbox is taken (LMTP, RFC 2033), whatever stands behind a `+`.
    pub lmtp: u16,
    /// The certificate that it shows, for `localhost`, in PEM.
    pub certificate: String,
    home: TempDir,
    process: Child,
}

impl Dovecot {
    /// Whose mailbox it is: mail to `bounces@` and `bounces+anything@` any domain.
    pub const USER: &str = "bounces";
    /// The mailbox's password.
    pub const PASSWORD: &str = "gehe im\"";

    /// Whether one can be started here: it is installed, and we are root (its parts run as others).
    pub fn is_there() -> bool {
        ["/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3", "/usr/lib/dovecot/lmtp"]
            .iter()
            .all(|part| Path::new(part).exists())
            && rustix::process::geteuid().is_root()
    }

    /// Starts one.
    ///
    /// # Errors
    /// When it does not start: what it wrote down.
    pub async fn start() -> Result<Self> {
        let home = TempDir::with_prefix("sebar-dovecot-")?;
        let dir = home.path();
        // Its parts, which run as other users, must reach it.
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
        let (imap, pop3s, lmtp) = (free().await?, free().await?, free().await?);
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        fs::write(dir.join("cert.pem"), key.cert.pem())?;
        fs::write(dir.join("key.pem"), key.signing_key.serialize_pem())?;
        let mail = dir.join("mail");
        fs::create_dir(&mail)?;
        std::os::unix::fs::chown(&mail, Some(UID), Some(UID))?;
        fs::write(dir.join("users"), format!("{}:{{PLAIN}}{}\n", Self::USER, Self::PASSWORD))?;
        fs::set_permissions(dir.join("users"), fs::Permissions::from_mode(0o644))?;
        let at = dir.display();
        fs::write(
            dir.join("dovecot.conf"),
            format!(
                "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap pop3 lmtp\n\
                 listen = 127.0.0.1\nssl = yes\nssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\n\
                 disable_plaintext_auth = no\nauth_mechanisms = plain login\nrecipient_delimiter = +\n\
                 mail_location = maildir:{at}/mail/%n\nfirst_valid_uid = {UID}\nauth_username_format = %Ln\n\
                 passdb {{\n driver = passwd-file\n args = username_format=%n {at}/users\n}}\n\
                 userdb {{\n driver = static\n args = uid={UID} gid={UID} home={at}/mail/%n\n}}\n\
                 namespace inbox {{\n inbox = yes\n separator = /\n}}\n\
                 service imap-login {{\n inet_listener imap {{\n port = {imap}\n }}\n inet_listener imaps {{\n port = 0\n }}\n}}\n\
                 service pop3-login {{\n inet_listener pop3 {{\n port = 0\n }}\n inet_listener pop3s {{\n port = {pop3s}\n ssl = yes\n }}\n}}\n\
                 service lmtp {{\n inet_listener lmtp {{\n port = {lmtp}\n }}\n}}\n"
            ),
        )?;
        let process = Command::new("/usr/sbin/dovecot")
            .args(["-F", "-c"])
            .arg(dir.join("dovecot.conf"))
            .stdin(Stdio::null())
            .stdout(fs::File::create(dir.join("said"))?)
            .stderr(fs::File::options().append(true).open(dir.join("said"))?)
            .spawn()?;
        let certificate = key.cert.pem();
        let dovecot = Self { imap, pop3s, lmtp, certificate, home, process };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", lmtp)).await.is_ok()
                && TcpStream::connect(("127.0.0.1", imap)).await.is_ok()
            {
                return Ok(dovecot);
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("dovecot does not listen: {}", dovecot.log())
    }

    /// What it wrote down so far.
    pub fn log(&self) -> String {
        let read = |name| fs::read_to_string(self.home.path().join(name)).unwrap_or_default();
        read("said") + &read("log")
    }

    /// Puts a mail into the inbox, which somebody has looked into before.
    ///
    /// # Errors
    /// When its file cannot be written.
    pub fn put(&self, name: &str, mail: &str) -> Result<()> {
        let path = self.home.path().join("mail").join(Self::USER).join("new").join(name);
        fs::write(&path, mail)?;
        std::os::unix::fs::chown(&path, Some(UID), Some(UID))?;
        Ok(())
    }

    /// How many mails are in a folder, read or not; `""` is the inbox.
    pub fn count(&self, folder: &str) -> usize {
        let mut inbox = self.home.path().join("mail").join(Self::USER);
        if !folder.is_empty() {
            inbox.push(format!(".{folder}"));
        }
        ["new", "cur"]
            .iter()
            .filter_map(|part| fs::read_dir(inbox.join(part)).ok())
            .map(Iterator::count)
            .sum()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // It ends its parts when it is told to stop, and not when it is killed.
        if let Some(pid) = rustix::process::Pid::from_raw(self.process.id().cast_signed()) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.process.wait();
    }
}

/// An account that owns nothing.
const UID: u32 = 65_534;

async fn free() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}
