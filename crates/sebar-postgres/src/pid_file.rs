//! `postmaster.pid`: what a running server says about itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The contents of `postmaster.pid`.
///
/// Lines: process, data folder, start time, port, socket folder, listen address, shared memory,
/// state (`starting`, `ready   `, `stopping`, `standby`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    pub(crate) data: PathBuf,
    /// 0 until the server has chosen to listen.
    pub(crate) port: u16,
    pub(crate) ready: bool,
}

impl PidFile {
    /// Reads the file in `data`; `None` when there is none or the server has only begun to write it.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(path(data)).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            pid: lines.first()?.trim_start_matches('-').parse().ok()?,
            data: PathBuf::from(lines.get(1)?),
            port: lines.get(3).and_then(|port| port.parse().ok()).unwrap_or(0),
            ready: lines.get(7).is_some_and(|state| *state == "ready"),
        })
    }
}

/// Where the file of the server on `data` is.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_server_is_read() {
        let text = "4711\n/srv/pg\n1763886446\n54321\n\n127.0.0.1\n 1234 5\nready   \n";
        let expected = PidFile { pid: 4711, data: "/srv/pg".into(), port: 54321, ready: true };
        assert_eq!(PidFile::parse(text), Some(expected));
    }

    #[test]
    fn a_server_that_has_just_begun_has_no_port_and_is_not_ready() {
        let server = PidFile::parse("4711\n/srv/pg\n").unwrap();
        assert_eq!((server.port, server.ready), (0, false));
    }

    #[test]
    fn half_a_line_is_no_server() {
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("47"), None);
    }
}
