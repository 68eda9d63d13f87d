//! The benchmark programs. Each prints one JSON object with `--json`; run them with `--release`.
mod api;
mod blast;
mod bounces;
mod chaos;
mod child;
mod growth;
mod home;
mod import;
mod limits;
mod memory;
mod sink;
mod submission;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// A quarter of the sender's time went by in libc's: with this one it sends 6 % more (docs/decisions/0014).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Parser)]
#[command(version, about = "Measures Sebar against bare tools on this machine, in one run")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Programs hand in emails over the API, as fast as they are answered.
    Api(api::Api),
    /// CSV import against psql's \copy into the same table.
    Import(import::Arguments),
    /// The import alone: what `import` runs as a process of its own to measure its memory.
    #[command(hide = true)]
    ImportAlone(import::AloneArguments),
    /// Sends a campaign to a local sink, as fast as it goes, and compares with bare pushing.
    Blast(blast::Blast),
    /// Mails that came back, at the listener: how many in a second are understood and recorded.
    Bounces(bounces::Bounces),
    /// Kills senders in the middle of a campaign, and counts what became of every message.
    Chaos(chaos::Chaos),
    /// What a claim costs, before and after millions of messages are stored.
    Growth(growth::Growth),
    /// Several senders share a relay's rate; was it kept, and was it used?
    Limits(limits::Limits),
    /// Mails that programs hand in by SMTP: how many in a second are accepted and committed.
    Submission(submission::Submission),
    /// The server of `submission`.
    #[command(hide = true)]
    SubmissionServer(submission::ServerProcess),
    /// The listener of `bounces`.
    #[command(hide = true)]
    Listener(bounces::ListenerProcess),
    /// The sink: takes mail and counts it by recipient.
    #[command(hide = true)]
    Sink(sink::Temper),
    /// A proxy before the sink that makes it a distant one.
    #[command(hide = true)]
    Late(blast::late::Late),
    /// The bare client of `blast`.
    #[command(hide = true)]
    Push(blast::raw::Push),
    /// The sender of `blast`.
    #[command(hide = true)]
    Sender(blast::sender::SenderProcess),
    /// The web app of `api`.
    #[command(hide = true)]
    Web(api::web::WebProcess),
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Api(api) => api.run(),
        What::Web(web) => web.run(),
        What::Import(arguments) => import::compare(&arguments),
        What::ImportAlone(arguments) => import::alone(&arguments),
        What::Blast(blast) => blast.run(),
        What::Bounces(bounces) => bounces.run(),
        What::Listener(listener) => listener.run(),
        What::Submission(submission) => submission.run(),
        What::SubmissionServer(server) => server.run(),
        What::Chaos(chaos) => chaos.run(),
        What::Growth(growth) => growth.run(),
        What::Limits(limits) => limits.run(),
        What::Sink(temper) => sink::run(temper),
        What::Late(late) => late.run(),
        What::Push(push) => push.run(),
        What::Sender(sender) => sender.run(),
    }
}
