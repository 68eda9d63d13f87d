//! The benchmark programs. Each prints one JSON object with `--json`; run them with `--release`.
mod blast;
mod sink;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Sebar on this machine.")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Sends a campaign to a local sink, as fast as it goes, and compares with bare pushing.
    Blast(blast::Blast),
    /// The sink of `blast`: takes mail and counts it by recipient.
    #[command(hide = true)]
    Sink,
    /// The bare client of `blast`.
    #[command(hide = true)]
    Push(blast::raw::Push),
    /// The sender of `blast`.
    #[command(hide = true)]
    Sender(blast::sender::SenderProcess),
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Blast(blast) => blast.run(),
        What::Sink => sink::run(),
        What::Push(push) => push.run(),
        What::Sender(sender) => sender.run(),
    }
}
