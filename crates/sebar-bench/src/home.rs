//! A folder of one run, on disk, removed at its end.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

pub(crate) struct Home(pub(crate) PathBuf);

impl Home {
    pub(crate) fn new() -> Result<Self> {
        let home = std::env::temp_dir().join(format!("sebar-bench-{}", std::process::id()));
        fs::create_dir_all(&home)?;
        Ok(Self(home))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
