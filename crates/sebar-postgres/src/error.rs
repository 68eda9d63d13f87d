//! What can go wrong, each in one line that says what to do.

use std::{io, path::PathBuf};

/// The result of working with a private cluster.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a private cluster cannot be started, used or stopped. Every message is one line for a user.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No server binaries were found, and none may or could be installed.
    #[error("no PostgreSQL server was found{tried}; {advice}, or set DATABASE_URL to a running server")]
    NoServer {
        /// What was tried and why it did not help, beginning with a space; may be empty.
        tried: String,
        /// What to install on this kind of machine.
        advice: &'static str,
    },
    /// The binaries that exist cannot read the cluster's files.
    #[error(
        "the data in {} was made by PostgreSQL {wanted}, but only {found} is installed; install \
         PostgreSQL {wanted}", data.display()
    )]
    WrongVersion {
        /// The cluster's data folder.
        data: PathBuf,
        /// Major version that made it.
        wanted: u32,
        /// Versions found.
        found: String,
    },
    /// The demanded port is in use.
    #[error("port {0} on 127.0.0.1 is taken by another program; stop it or choose another port")]
    PortTaken(u16),
    /// The disk has no room for a cluster.
    #[error("no space left for the database in {}: a new cluster needs about 60 MB", .0.display())]
    NoSpace(PathBuf),
    /// The account that has to run Postgres cannot reach any folder that we may use.
    #[error(
        "Postgres cannot run as root, and the account “{account}” cannot reach {}; run as an ordinary \
         user or move the project", data.display()
    )]
    Unreachable {
        /// The account that Postgres would run under.
        account: String,
        /// The last folder that was tried.
        data: PathBuf,
    },
    /// Root, but there is neither a `postgres` nor a `nobody` account.
    #[error(
        "Postgres cannot run as root and there is neither a “postgres” nor a “nobody” account; run as an ordinary user"
    )]
    NoAccount,
    /// The cluster was made by another account of this machine.
    #[error("{} belongs to another account (uid {uid}); run as that account, or remove the folder", path.display())]
    Foreign {
        /// The cluster's folder.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// `initdb` or `postgres` failed for a reason that has no line of its own.
    #[error("{program} failed: {reason} (log: {})", log.display())]
    Failed {
        /// The program that failed.
        program: &'static str,
        /// The last meaningful line that it wrote.
        reason: String,
        /// Where the rest can be read.
        log: PathBuf,
    },
    /// A server runs on our files but does not let us in.
    #[error("a server runs on {} (pid {pid}) but does not accept this cluster's password: {reason}", data.display())]
    NotOurs {
        /// The cluster's data folder.
        data: PathBuf,
        /// The server's process.
        pid: u32,
        /// What it answered.
        reason: String,
    },
    /// The server did not become ready, or did not stop, in time.
    #[error("Postgres in {} did not {what} within {seconds} s (log: {})", data.display(), log.display())]
    Slow {
        /// The cluster's data folder.
        data: PathBuf,
        /// What was waited for.
        what: &'static str,
        /// How long.
        seconds: u64,
        /// Where to read more.
        log: PathBuf,
    },
    /// A file or folder of the cluster could not be read or written.
    #[error("{what} {}: {source}", path.display())]
    Io {
        /// What was being done, as “cannot write”.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A statement on the running cluster failed.
    #[error("the private database refused a statement: {0}")]
    Sql(#[from] sqlx::Error),
}

impl Error {
    /// Wraps an I/O error with the file that it is about; a full disk gets its own line.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace(path),
            _ => Self::Io { what, path, source },
        }
    }
}
