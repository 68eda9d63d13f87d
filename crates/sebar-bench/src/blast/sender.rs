//! The sender as a process of its own, so that its memory is its own.

use anyhow::Result;
use clap::Args;
use sebar_sender::{Options, Sender};
use sebar_store::keys::MasterKey;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

/// A key for nothing but this benchmark.
pub(crate) const KEY: [u8; 32] = [1; 32];

/// Which database to send from.
#[derive(Args)]
pub(crate) struct SenderProcess {
    #[arg(long)]
    database_url: String,
}

impl SenderProcess {
    /// Sends until its input ends.
    pub(crate) fn run(self) -> Result<()> {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
            .init();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let db = sebar_store::connect(&self.database_url, 2).await?;
            let stop = CancellationToken::new();
            let sender = Sender { db, key: MasterKey::new(KEY), options: Options::default() };
            let work = tokio::spawn(sender.run(stop.clone()));
            let mut rest = Vec::new();
            tokio::io::stdin().read_to_end(&mut rest).await?;
            stop.cancel();
            work.await?;
            Ok(())
        })
    }
}
