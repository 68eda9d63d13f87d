//! How much memory a process took.

use anyhow::{Context as _, Result};

/// The most that this process had resident so far, in MB (`VmHWM` of proc(5)).
pub(crate) fn peak_rss_mb() -> Result<f64> {
    peak_of(&std::fs::read_to_string("/proc/self/status").context("no /proc: Linux only")?)
}

/// The same of the process whose `/proc/PID/status` this is.
pub(crate) fn peak_of(status: &str) -> Result<f64> {
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok())
        .context("its status has no VmHWM")?;
    Ok(kilobytes / 1024.0)
}
