//! Getting a server where there is none.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    account::Account,
    binaries::{self, Binaries},
    error::{Error, Result},
    options::Options,
    state::State,
};

/// Debian's package manager.
const APT: &str = "/usr/bin/apt-get";
/// What Debian's package does at installation is set here.
const CREATE_CLUSTER: &str = "/etc/postgresql-common/createcluster.conf";

/// Finds the server's programs, installing or downloading them when there are none and we may.
pub(crate) fn provide(
    options: &Options,
    state: &State,
    account: &Account,
    wanted: Option<u32>,
    data: &Path,
) -> Result<Binaries> {
    let programs = state.programs(account);
    let find = || binaries::find(account, wanted, data, &programs);
    if let Some(binaries) = find()? {
        return Ok(binaries);
    }
    if !options.may_install || env::var("SEBAR_PG_INSTALL").as_deref() == Ok("never") {
        return Err(Error::NoServer { tried: String::new(), advice: advice() });
    }
    let mut tried = Vec::new();
    if rustix::process::geteuid().is_root() && Path::new(APT).exists() {
        match install_with_apt() {
            Ok(()) => match find()? {
                Some(binaries) => return Ok(binaries),
                None => tried.push(", apt-get's “postgresql” does not run here".to_owned()),
            },
            Err(reason) => tried.push(format!(", apt-get could not install it ({reason})")),
        }
    }
    #[cfg(feature = "download")]
    match crate::download::fetch(&programs, wanted) {
        Ok(()) => match find()? {
            Some(binaries) => return Ok(binaries),
            None => tried.push(", the downloaded one does not run here".to_owned()),
        },
        Err(reason) => tried.push(format!(", it could not be downloaded ({reason})")),
    }
    Err(Error::NoServer { tried: tried.concat(), advice: advice() })
}

/// The command that installs a server on this kind of machine.
fn advice() -> &'static str {
    if cfg!(target_os = "macos") {
        "install it with `brew install postgresql@17`"
    } else if Path::new(APT).exists() {
        "install it with `sudo apt-get install postgresql`"
    } else if Path::new("/usr/bin/dnf").exists() {
        "install it with `sudo dnf install postgresql-server`"
    } else {
        "install PostgreSQL 14 or newer"
    }
}

/// Installs Debian's package without the system cluster that it would create and start.
fn install_with_apt() -> std::result::Result<(), String> {
    tracing::info!("no PostgreSQL server is installed: installing Debian's package with apt-get");
    // Without lists (a fresh container) nothing can be installed; with old ones it mostly can, so
    // a failed update is no reason to give up.
    let updated = apt(&["update"]);
    apt(&["install", "postgresql-common"]).map_err(|reason| updated.err().unwrap_or(reason))?;
    let before = fs::read_to_string(CREATE_CLUSTER).ok();
    let without = format!("{}\ncreate_main_cluster = false\n", before.clone().unwrap_or_default());
    fs::write(CREATE_CLUSTER, without).map_err(|error| format!("{CREATE_CLUSTER}: {error}"))?;
    let installed = apt(&["install", "postgresql"]);
    // The administrator's later installations behave as they are used to.
    let restored = match before {
        Some(before) => fs::write(CREATE_CLUSTER, before),
        None => fs::remove_file(CREATE_CLUSTER),
    };
    installed.and(restored.map_err(|error| format!("{CREATE_CLUSTER}: {error}")))
}

fn apt(arguments: &[&str]) -> std::result::Result<(), String> {
    let output = Command::new(APT)
        .args(["-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let line = errors.lines().find(|line| line.starts_with("E:")).or_else(|| errors.lines().last());
    Err(line.unwrap_or("no reason given").to_owned())
}
