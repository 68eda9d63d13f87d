//! `sebar classify`: what mails say that came back, one JSON object for each.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use sebar_inbound::files::{self, Line};

/// Prints what the mails at these paths say. A path that cannot be read does not keep the others
/// from being read, and makes the command fail in the end.
pub(crate) fn run(paths: &[PathBuf], token_prefix: Option<&str>) -> Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut code = ExitCode::SUCCESS;
    for path in paths {
        // Whether writing failed, and not reading: nobody listens any more.
        let mut unwritten = None;
        let read = files::each(path, &mut |id, mail| {
            let line = Line::of(id, mail, token_prefix);
            let written =
                serde_json::to_writer(&mut out, &line).map_err(io::Error::from).and_then(|()| writeln!(out));
            if let Err(fault) = &written {
                unwritten = Some(fault.kind());
            }
            written
        });
        match (read, unwritten) {
            (Ok(()), _) => {}
            (Err(_), Some(io::ErrorKind::BrokenPipe)) => return Ok(ExitCode::SUCCESS),
            (Err(fault), Some(_)) => return Err(fault).context("cannot write"),
            (Err(fault), None) => {
                eprintln!("sebar: {fault}");
                code = ExitCode::FAILURE;
            }
        }
    }
    match out.flush() {
        Err(fault) if fault.kind() != io::ErrorKind::BrokenPipe => Err(fault).context("cannot write"),
        _ => Ok(code),
    }
}
