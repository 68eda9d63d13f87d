//! `blast`: a whole campaign, planned, composed, delivered to a sink and recorded, in messages per
//! second; and how that compares with bare pushing of the same number of octets to the same sink.

pub(crate) mod raw;
pub(crate) mod sender;
pub(crate) mod world;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use clap::Args;
use sebar_store::campaigns;
use serde::Serialize;

use self::sender::SenderChild;
use crate::home;
use crate::sink::Sink;

/// What to send.
#[derive(Args)]
pub(crate) struct Blast {
    /// People in the audience.
    #[arg(long, default_value_t = 100_000)]
    recipients: u32,
    /// Connections to the sink, for the sender and for bare pushing.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// What came out.
#[derive(Serialize)]
struct Outcome {
    recipients: u32,
    connections: u32,
    message_bytes: u64,
    seconds: f64,
    msgs_per_s: f64,
    raw_msgs_per_s: f64,
    ratio: f64,
    sender_peak_rss_mb: f64,
    lost: u64,
    duplicates: u64,
    in_doubt: i64,
}

impl Blast {
    pub(crate) fn run(self) -> Result<()> {
        home::run(self.json, async |url, home| self.measure(url, home).await)?;
        Ok(())
    }

    async fn measure(&self, url: &str, home: &Path) -> Result<Outcome> {
        let db = sebar_store::connect(url, 4).await?;
        sebar_store::migrate(&db).await?;
        let mut sink = Sink::start()?;
        world::add_relay(&db, sink.port, self.connections).await?;
        let list = world::add_people(&db, self.recipients).await?;

        let sender = SenderChild::start(url, &home.join("journal"))?;
        let campaign = world::start_campaign(&db, list, self.recipients).await?;
        world::until_sent(&db, campaign).await?;
        let sender_peak_rss_mb = sender.peak_rss_mb()?;
        sender.stop()?;
        let (seconds, size) = world::duration(&db, campaign).await?;
        let taken = sink.report()?;
        let counts = campaigns::counts(&db, campaign).await?;
        db.close().await;

        let raw_seconds = self.push(sink.port, taken.octets / taken.messages.max(1))?;
        let pushed = sink.report()?;
        anyhow::ensure!(pushed.messages == u64::from(self.recipients), "bare pushing lost messages");
        anyhow::ensure!((size - mean(taken.octets, taken.messages)).abs() < 1.0, "recorded sizes are wrong");
        let n = f64::from(self.recipients);
        let (msgs_per_s, raw_msgs_per_s) = (n / seconds, n / raw_seconds);
        Ok(Outcome {
            recipients: self.recipients,
            connections: self.connections,
            message_bytes: taken.octets / taken.messages.max(1),
            seconds,
            msgs_per_s,
            raw_msgs_per_s,
            ratio: msgs_per_s / raw_msgs_per_s,
            sender_peak_rss_mb,
            lost: u64::from(self.recipients) - taken.recipients,
            duplicates: taken.duplicates,
            in_doubt: counts.in_doubt,
        })
    }

    /// The seconds that bare pushing takes.
    fn push(&self, port: u16, size: u64) -> Result<f64> {
        let output = Command::new(std::env::current_exe()?)
            .args(["push", "--port", &port.to_string(), "--connections", &self.connections.to_string()])
            .args(["--messages", &self.recipients.to_string(), "--size", &size.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        anyhow::ensure!(output.status.success(), "bare pushing failed");
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn mean(sum: u64, n: u64) -> f64 {
    sum as f64 / n.max(1) as f64
}
