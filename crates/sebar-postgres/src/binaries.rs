//! Where the server's programs are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    account::Account,
    error::{Error, Result},
};

/// The oldest major version that has all that the project's SQL needs.
const OLDEST: u32 = 14;

/// Folders whose children hold one version each, with the programs in `bin` below.
const PARENTS: &[&str] = &[
    "/usr/lib/postgresql",
    "/usr/local/pgsql",
    "/usr",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/home/linuxbrew/.linuxbrew/opt",
    "/Applications/Postgres.app/Contents/Versions",
];

/// A folder with `postgres` and `initdb`, and their major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binaries {
    folder: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    /// The programs in `folder`, if it has both and the account can run them.
    pub(crate) fn in_folder(folder: &Path, account: &Account) -> Option<Self> {
        let postgres = folder.join("postgres");
        if !postgres.is_file() || !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(&postgres).arg("--version").stdin(Stdio::null()).output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        // Links (Debian's alternatives, Homebrew) are resolved: Postgres finds its libraries by its own place.
        let folder = postgres.canonicalize().ok()?.parent()?.to_owned();
        (major >= OLDEST && account.can_run(&folder.join("postgres"))).then_some(Self { folder, major })
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }
}

/// Finds installed programs. A cluster that exists is served by its own version only (`wanted`);
/// else the order is `SEBAR_PG_BIN`, PATH, the newest of the usual places and `more`.
/// `Ok(None)` when there are none at all.
pub(crate) fn find(
    account: &Account,
    wanted: Option<u32>,
    data: &Path,
    more: &Path,
) -> Result<Option<Binaries>> {
    if let Some(folder) = env::var_os("SEBAR_PG_BIN").filter(|folder| !folder.is_empty()) {
        let tried = || format!(" in SEBAR_PG_BIN={} (version {OLDEST} or newer)", folder.display());
        let advice = "point SEBAR_PG_BIN at the folder that holds `postgres` and `initdb`";
        return Binaries::in_folder(Path::new(&folder), account)
            .map(Some)
            .ok_or_else(|| Error::NoServer { tried: tried(), advice });
    }
    let mut found: Vec<Binaries> = env::var_os("PATH")
        .iter()
        .flat_map(env::split_paths)
        .filter_map(|folder| Binaries::in_folder(&folder, account))
        .collect();
    let mut usual: Vec<Binaries> = usual_folders(PARENTS.iter().map(Path::new).chain([more]))
        .iter()
        .filter_map(|folder| Binaries::in_folder(folder, account))
        .collect();
    usual.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    found.extend(usual);
    let Some(wanted) = wanted else {
        return Ok(found.into_iter().next());
    };
    if found.is_empty() {
        return Ok(None);
    }
    let versions: Vec<String> = found.iter().map(|binaries| binaries.major.to_string()).collect();
    found.into_iter().find(|binaries| binaries.major == wanted).map(Some).ok_or_else(|| Error::WrongVersion {
        data: data.to_owned(),
        wanted,
        found: versions.join(", "),
    })
}

/// The `bin` folders below `parents` whose place speaks of Postgres (or of a bare version).
fn usual_folders<'a>(parents: impl Iterator<Item = &'a Path>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for parent in parents {
        folders.push(parent.join("bin"));
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("postgres")
                || name.starts_with("pgsql-")
                || name.starts_with(char::is_numeric)
            {
                folders.push(entry.path().join("bin"));
            }
        }
    }
    folders
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` → 15; `17beta1` → 17.
fn major(version: &str) -> Option<u32> {
    let number = version.split_whitespace().find(|word| word.starts_with(char::is_numeric))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_packager_s_line() {
        assert_eq!(major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 17.2 (Homebrew)"), Some(17));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn a_folder_of_versions_is_searched_and_other_children_are_not() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["15", "9.6", "postgresql@16", "pgsql-14", "node"] {
            fs::create_dir_all(parent.path().join(name).join("bin")).unwrap();
        }
        let mut names: Vec<String> = usual_folders([parent.path()].into_iter())
            .iter()
            .map(|folder| folder.strip_prefix(parent.path()).unwrap().display().to_string())
            .collect();
        names.sort();
        assert_eq!(names, ["15/bin", "9.6/bin", "bin", "pgsql-14/bin", "postgresql@16/bin"]);
    }
}
