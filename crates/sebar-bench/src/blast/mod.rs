//! `blast`: a whole campaign, planned, composed, delivered to a sink and recorded, in messages per
//! second; and how that compares with bare pushing of the same number of octets to the same sink.

pub(crate) mod late;
pub(crate) mod raw;
pub(crate) mod sender;
pub(crate) mod smtp_sink;
pub(crate) mod world;

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use clap::Args;
use sebar_store::campaigns::{self, Counts};
use serde::Serialize;

use self::sender::SenderChild;
use self::smtp_sink::SmtpSink;
use crate::home::{self, Ground};
use crate::sink::{Sink, Temper};

/// What to send.
#[derive(Args)]
pub(crate) struct Blast {
    /// People in the audience.
    #[arg(long, default_value_t = 100_000)]
    recipients: u32,
    /// Connections to the sink, for the sender and for bare pushing.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// What the sink says comes so late, as from a distant relay.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Measure once more against Postfix's smtp-sink.
    #[arg(long)]
    smtp_sink: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Latency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_sink: Option<Rates>,
}

/// How the rate compares with what the way to the relay allows.
#[derive(Serialize)]
struct Latency {
    latency_ms: u64,
    /// Round trips for each message: the end of one and the beginning of the next share one.
    round_trips: u32,
    /// Connections / (round trips × latency).
    possible_msgs_per_s: f64,
    used: f64,
}

/// The same against another sink.
#[derive(Serialize)]
struct Rates {
    msgs_per_s: f64,
    raw_msgs_per_s: f64,
    ratio: f64,
}

/// A campaign that was sent.
struct Sent {
    seconds: f64,
    mean_size: f64,
    peak_rss_mb: f64,
    counts: Counts,
}

impl Blast {
    pub(crate) fn run(self) -> Result<()> {
        home::run(self.json, async |ground| self.measure(ground).await)?;
        Ok(())
    }

    async fn measure(&self, ground: &mut Ground) -> Result<Outcome> {
        let mut sink = Sink::start(Temper::default())?;
        let late = (self.latency_ms > 0).then(|| late::start(sink.port, self.latency_ms)).transpose()?;
        let port = late.as_ref().map_or(sink.port, |late| late.port);
        let sent = self.send(ground, "bench", port).await?;
        let taken = sink.report()?;
        let size = taken.octets / taken.messages.max(1);
        let raw_seconds = self.push(port, size)?;
        let pushed = sink.report()?;
        anyhow::ensure!(pushed.messages == u64::from(self.recipients), "bare pushing lost messages");
        anyhow::ensure!(
            (sent.mean_size - mean(taken.octets, taken.messages)).abs() < 1.0,
            "recorded sizes are wrong"
        );
        drop((sink, late));
        let rates = self.rates(&sent, raw_seconds);
        let smtp_sink = if self.smtp_sink { Some(self.against_smtp_sink(ground, size).await?) } else { None };
        Ok(Outcome {
            recipients: self.recipients,
            connections: self.connections,
            message_bytes: size,
            seconds: sent.seconds,
            latency: self.latency(rates.msgs_per_s),
            msgs_per_s: rates.msgs_per_s,
            raw_msgs_per_s: rates.raw_msgs_per_s,
            ratio: rates.ratio,
            sender_peak_rss_mb: sent.peak_rss_mb,
            lost: u64::from(self.recipients) - taken.recipients,
            duplicates: taken.duplicates,
            in_doubt: sent.counts.in_doubt,
            smtp_sink,
        })
    }

    async fn against_smtp_sink(&self, ground: &Ground, size: u64) -> Result<Rates> {
        let sink =
            SmtpSink::start()?.context("smtp-sink is not installed (Debian's package postfix has it)")?;
        let sent = self.send(ground, "smtp_sink", sink.port).await?;
        Ok(self.rates(&sent, self.push(sink.port, size)?))
    }

    /// Sends the campaign to the sink on `port`, from a database of that name.
    async fn send(&self, ground: &Ground, name: &str, port: u16) -> Result<Sent> {
        let url = ground.database(name)?;
        let db = sebar_store::connect(&url, 4).await?;
        sebar_store::migrate(&db).await?;
        world::add_relay(&db, port, self.connections, None).await?;
        let list = world::add_people(&db, self.recipients).await?;
        let sender = SenderChild::start(&url, &ground.folder().join("journal"))?;
        let campaign = world::start_campaign(&db, list, self.recipients).await?;
        world::until_sent(&db, campaign).await?;
        let peak_rss_mb = sender.peak_rss_mb()?;
        sender.stop()?;
        let (seconds, mean_size) = world::duration(&db, campaign).await?;
        let counts = campaigns::counts(&db, campaign).await?;
        db.close().await;
        anyhow::ensure!(
            counts.sent + counts.in_doubt == i64::from(self.recipients),
            "not all was sent: {counts:?}"
        );
        Ok(Sent { seconds, mean_size, peak_rss_mb, counts })
    }

    fn rates(&self, sent: &Sent, raw_seconds: f64) -> Rates {
        let n = f64::from(self.recipients);
        let (msgs_per_s, raw_msgs_per_s) = (n / sent.seconds, n / raw_seconds);
        Rates { msgs_per_s, raw_msgs_per_s, ratio: msgs_per_s / raw_msgs_per_s }
    }

    fn latency(&self, msgs_per_s: f64) -> Option<Latency> {
        const ROUND_TRIPS: u32 = 1;
        if self.latency_ms == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "milliseconds, far below 2^52")]
        let seconds = self.latency_ms as f64 / 1000.0;
        let possible_msgs_per_s = f64::from(self.connections) / (f64::from(ROUND_TRIPS) * seconds);
        Some(Latency {
            latency_ms: self.latency_ms,
            round_trips: ROUND_TRIPS,
            possible_msgs_per_s,
            used: msgs_per_s / possible_msgs_per_s,
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
