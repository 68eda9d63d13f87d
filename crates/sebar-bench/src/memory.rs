//! How much memory a process took.

use anyhow::{Context as _, Result};

/// The most that this process had resident so far, in MB (`VmHWM` of proc(5)).
pub(crate) fn peak_rss_mb() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc: Linux only")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok())
        .context("/proc/self/status has no VmHWM")?;
    Ok(kilobytes / 1024.0)
}
