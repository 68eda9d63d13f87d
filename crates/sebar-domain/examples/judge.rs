//! What would Sebar do with a reply? Reads lines of `phase reply` and writes what follows.
//!
//! ```sh
//! echo 'rcpt 550 5.1.1 User unknown' | cargo run -q -p sebar-domain --example judge
//! ```
//!
//! Writes four columns, separated by tabs: the verdict, the condition, the section of the table and
//! the words that decided.
use std::io::{self, BufRead as _, Write as _};

use sebar_domain::{Failure, Phase, Reply, judge, replies};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let Some((phase, reply)) = parse(&line) else {
            writeln!(out, "?\t\t\tnot “phase code text”: {line}")?;
            continue;
        };
        let verdict = judge(phase, Failure::Refused(&reply), true, false);
        let reading = replies::read(phase, &reply);
        let words = reading.line.says.join(" … ");
        writeln!(out, "{verdict:?}\t{}\t{}\t{words}", reading.condition, reading.line.section)?;
    }
    Ok(())
}

fn parse(line: &str) -> Option<(Phase, Reply)> {
    let (phase, reply) = line.split_once(' ')?;
    let (code, text) = reply.split_once(' ').unwrap_or((reply, ""));
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let enhanced = first.parse().ok();
    let text = if enhanced.is_some() { rest } else { text }.to_owned();
    Some((phase.parse().ok()?, Reply { code: code.parse().ok()?, enhanced, text }))
}
