//! Whom Postgres runs as: ourselves, or another account when we are root.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    sync::OnceLock,
};

use crate::error::{Error, Result};

/// The account that Postgres runs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// Whoever runs this program.
    Ourselves,
    /// Postgres refuses root: the account to drop to.
    Other { name: String, uid: u32, gid: u32 },
}

impl Account {
    /// Ourselves; as root `postgres`, else `nobody`.
    pub(crate) fn choose() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let passwd = fs::read_to_string("/etc/passwd").map_err(Error::io("cannot read", "/etc/passwd"))?;
        ["postgres", "nobody"].iter().find_map(|name| find(&passwd, name)).ok_or(Error::NoAccount)
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Ourselves => "yourself",
            Self::Other { name, .. } => name,
        }
    }

    /// Gives a file or folder to the account.
    pub(crate) fn own(&self, path: &Path) -> Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid, .. } => std::os::unix::fs::chown(path, Some(*uid), Some(*gid))
                .map_err(Error::io("cannot hand over", path)),
        }
    }

    /// A command that runs as the account, in a process group of its own (so that Ctrl-C in a
    /// terminal reaches us and not the server, which has to outlive the last write) and, with
    /// `ends_with_us` and where `setpriv` can do it, gets SIGINT when the calling thread ends.
    pub(crate) fn command(&self, program: &Path, ends_with_us: bool) -> Command {
        let mut command = if ends_with_us && setpriv_knows_pdeathsig() {
            // setpriv changes the account itself: a change of account after the signal was asked
            // for would cancel it.
            let mut command = Command::new("setpriv");
            command.arg("--pdeathsig=INT");
            if let Self::Other { uid, gid, .. } = self {
                command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
            }
            command.arg("--").arg(program);
            command
        } else {
            let mut command = Command::new(program);
            if let Self::Other { uid, gid, .. } = self {
                command.uid(*uid).gid(*gid);
            }
            command
        };
        command.process_group(0).current_dir("/").stdin(Stdio::null());
        // The user's own settings for psql are not meant for this cluster.
        for name in ["PGDATA", "PGPORT", "PGHOST", "PGOPTIONS", "PGUSER", "PGPASSWORD"] {
            command.env_remove(name);
        }
        command
    }

    /// Whether the account can enter and write `folder`; asked of the system rather than worked
    /// out, because mount options and access lists count too.
    pub(crate) fn can_use(&self, folder: &Path) -> bool {
        let mut test = self.command(Path::new("/bin/sh"), false);
        test.args(["-c", r#"test -w "$1" && test -x "$1""#, "sh"]).arg(folder);
        test.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Whether the account can run `program`.
    pub(crate) fn can_run(&self, program: &Path) -> bool {
        let mut test = self.command(Path::new("/bin/sh"), false);
        test.args(["-c", r#"test -f "$1" && test -x "$1""#, "sh"]).arg(program);
        test.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

/// util-linux' `setpriv` knows parent-death signals, busybox' does not, other systems have none.
fn setpriv_knows_pdeathsig() -> bool {
    static KNOWS: OnceLock<bool> = OnceLock::new();
    *KNOWS.get_or_init(|| {
        Command::new("setpriv")
            .arg("--help")
            .stdin(Stdio::null())
            .output()
            .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("--pdeathsig"))
    })
}

fn find(passwd: &str, wanted: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| *name == wanted)?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account::Other { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n\
        postgresql-old:x:7:7::/:/bin/false\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let expected = Account::Other { name: "nobody".into(), uid: 65534, gid: 65533 };
        assert_eq!(find(PASSWD, "nobody"), Some(expected));
        assert_eq!(find(PASSWD, "postgresql"), None);
    }
}
