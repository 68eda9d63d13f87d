//! What `sebar classify` does, without the rest of Sebar: `classify PATH…`.

use std::io::{self, Write};
use std::path::Path;

use sebar_inbound::files::{self, Line};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for path in std::env::args_os().skip(1) {
        files::each(Path::new(&path), &mut |id, mail| {
            serde_json::to_writer(&mut out, &Line::of(id, mail, None))?;
            writeln!(out)
        })?;
    }
    Ok(())
}
