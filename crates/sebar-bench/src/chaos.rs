//! `chaos`: a campaign during which senders are killed at random moments, and what became of every
//! message: counted at the sink by recipient, in Postgres by state, and compared.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns;
use serde::Serialize;
use sqlx::PgPool;

use crate::blast::sender::SenderChild;
use crate::blast::world;
use crate::home;
use crate::sink::Sink;

/// How long nothing may happen before the run is given up.
const PATIENCE: Duration = Duration::from_mins(3);

/// What to do.
#[derive(Args)]
pub(crate) struct Chaos {
    /// People in the audience.
    #[arg(long, default_value_t = 100_000)]
    recipients: u32,
    /// How many times a sender is killed and started again.
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Senders at work at the same time, killed in turn.
    #[arg(long, default_value_t = 1)]
    senders: u32,
    /// Connections to the sink, of all senders together.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    recipients: u32,
    kills: u32,
    senders: u32,
    connections: u32,
    seconds: f64,
    sent: i64,
    in_doubt: i64,
    /// The most that may be in doubt: the connections that the kills can have cut.
    in_doubt_limit: u32,
    /// Messages that did not arrive and are not in doubt.
    lost: i64,
    /// Messages beyond the first for each recipient.
    duplicates: u64,
}

impl Chaos {
    pub(crate) fn run(self) -> Result<()> {
        ensure!(self.senders > 0, "there must be a sender");
        let outcome = home::run(self.json, async |url, home| self.wreck(url, home).await)?;
        ensure!(outcome.lost == 0 && outcome.duplicates == 0, "messages were lost or sent twice");
        ensure!(outcome.in_doubt <= i64::from(outcome.in_doubt_limit), "too many are in doubt");
        Ok(())
    }

    async fn wreck(&self, url: &str, home: &Path) -> Result<Outcome> {
        let db = sebar_store::connect(url, 4).await?;
        sebar_store::migrate(&db).await?;
        let mut sink = Sink::start()?;
        world::add_relay(&db, sink.port, self.connections).await?;
        let list = world::add_people(&db, self.recipients).await?;
        let journals = home.join("journal");
        let start = || SenderChild::start(url, &journals);
        let mut senders = (0..self.senders).map(|_| start()).collect::<Result<Vec<_>>>()?;

        let begun = Instant::now();
        let campaign = world::start_campaign(&db, list, self.recipients).await?;
        for kill in 0..self.kills {
            // Somewhere in the kill's own share of the campaign.
            let at = (f64::from(kill) + fastrand::f64()) / f64::from(self.kills + 1);
            until_recorded(&db, campaign, at * f64::from(self.recipients)).await?;
            senders.remove(0).kill()?;
            senders.push(start()?);
        }
        until_recorded(&db, campaign, f64::from(self.recipients)).await?;
        world::until_sent(&db, campaign).await?;
        let seconds = begun.elapsed().as_secs_f64();
        for sender in senders {
            sender.stop()?;
        }

        let missing = sink.missing(self.recipients)?;
        let taken = sink.report()?;
        let counts = campaigns::counts(&db, campaign).await?;
        let lost = not_in_doubt(&db, campaign, &missing).await?;
        db.close().await;
        Ok(Outcome {
            recipients: self.recipients,
            kills: self.kills,
            senders: self.senders,
            connections: self.connections,
            seconds,
            sent: counts.sent,
            in_doubt: counts.in_doubt,
            in_doubt_limit: self.connections * self.kills,
            lost,
            duplicates: taken.duplicates,
        })
    }
}

/// Waits until so many messages are sent or in doubt.
async fn until_recorded(db: &PgPool, campaign: CampaignId, wanted: f64) -> Result<()> {
    let mut before = (Instant::now(), 0);
    loop {
        let counts = campaigns::counts(db, campaign).await?;
        let done = counts.sent + counts.failed + counts.in_doubt;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        if done as f64 >= wanted {
            return Ok(());
        }
        if done != before.1 {
            before = (Instant::now(), done);
        }
        ensure!(before.0.elapsed() < PATIENCE, "nothing happens any more; {done} are done");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many of these people got nothing although their message is not in doubt.
async fn not_in_doubt(db: &PgPool, campaign: CampaignId, missing: &[u32]) -> Result<i64> {
    let emails: Vec<String> = missing.iter().map(|n| format!("p{n}@example.com")).collect();
    let in_doubt: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM messages WHERE campaign_id = $1 AND state = 'in_doubt' AND recipient = ANY($2)",
    )
    .bind(campaign.0)
    .bind(&emails)
    .fetch_one(db)
    .await
    .context("the messages cannot be counted")?;
    Ok(i64::try_from(missing.len())? - in_doubt)
}
