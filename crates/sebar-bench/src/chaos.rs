//! `chaos`: a campaign to which everything happens that can, and what became of every message:
//! counted at the sink by recipient, in Postgres by state, and compared.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use sebar_domain::Policy;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns::{self, Counts};
use sebar_store::senders::LEASE;
use sebar_store::settings::{self, Rules};
use serde::Serialize;
use sqlx::PgPool;

use crate::blast::sender::SenderChild;
use crate::blast::world;
use crate::home::{self, Ground};
use crate::sink::{Sink, Temper};

/// How long nothing may happen before the run is given up.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long a relay that dies is away.
const AWAY: Duration = Duration::from_secs(3);
/// How much longer than its lease a sender is frozen.
const BEYOND: Duration = Duration::from_secs(8);

/// What to do.
#[derive(Args)]
pub(crate) struct Chaos {
    /// People in the audience.
    #[arg(long, default_value_t = 100_000)]
    recipients: u32,
    /// How many times a sender is killed (SIGKILL) and started again.
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Senders at work at the same time, killed in turn.
    #[arg(long, default_value_t = 1)]
    senders: u32,
    /// Connections to the sink, of all senders together.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// How many times Postgres is killed (SIGKILL) and started again.
    #[arg(long, default_value_t = 0)]
    restart_postgres: u32,
    /// How many times a sender is frozen (SIGSTOP) for longer than its lease, and woken again.
    #[arg(long, default_value_t = 0)]
    freezes: u32,
    /// The relay refuses every tenth recipient for now and every fiftieth for good, drops one
    /// connection in a hundred messages, and dies once and comes back.
    #[arg(long)]
    faults: bool,
    /// What becomes of messages of which nobody knows whether they were taken: `at-most-once` or
    /// `at-least-once`.
    #[arg(long, default_value = "at-most-once", value_parser = policy)]
    policy: Policy,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

fn policy(word: &str) -> Result<Policy, String> {
    word.replace('-', "_").parse().map_err(|_| "at-most-once or at-least-once".to_owned())
}

#[derive(Serialize)]
struct Outcome {
    recipients: u32,
    kills: u32,
    senders: u32,
    connections: u32,
    restarts_of_postgres: u32,
    freezes: u32,
    faults: bool,
    policy: Policy,
    seconds: f64,
    sent: i64,
    failed: i64,
    in_doubt: i64,
    /// The most that may be in doubt, or under *at least once* sent twice: the connections that the
    /// kills and freezes can have cut, and those that the relay dropped at a message's end.
    doubt_limit: u32,
    /// Messages that did not arrive, and of which nothing says so.
    lost: i64,
    /// Messages beyond the first for each recipient.
    duplicates: u64,
}

/// What happens at a moment of the campaign.
#[derive(Clone, Copy)]
enum Blow {
    Kill,
    Freeze,
    CrashPostgres,
    RelayDies,
}

impl Chaos {
    pub(crate) fn run(self) -> Result<()> {
        ensure!(self.senders > 0, "there must be a sender");
        let outcome = home::run(self.json, async |ground| self.wreck(ground).await)?;
        let repeated = i64::try_from(outcome.duplicates)?;
        let doubts = match self.policy {
            Policy::AtMostOnce => {
                ensure!(repeated == 0, "messages were sent twice");
                outcome.in_doubt
            }
            Policy::AtLeastOnce => outcome.in_doubt + repeated,
        };
        ensure!(outcome.lost == 0, "messages were lost");
        ensure!(doubts <= i64::from(outcome.doubt_limit), "too many are in doubt");
        Ok(())
    }

    /// What happens, and at which part of the campaign: each somewhere in its own share of it.
    fn blows(&self) -> Vec<(f64, Blow)> {
        let mut blows = Vec::new();
        let kinds = [
            (Blow::Kill, self.kills),
            (Blow::Freeze, self.freezes),
            (Blow::CrashPostgres, self.restart_postgres),
            (Blow::RelayDies, u32::from(self.faults)),
        ];
        for (blow, times) in kinds {
            for n in 0..times {
                blows.push(((f64::from(n) + fastrand::f64()) / f64::from(times + 1), blow));
            }
        }
        blows.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        blows
    }

    async fn wreck(&self, ground: &mut Ground) -> Result<Outcome> {
        let url = ground.database("bench")?;
        let db = sebar_store::connect(&url, 4).await?;
        sebar_store::migrate(&db).await?;
        let rules = Rules { campaigns: self.policy, block_percent: None, ..Rules::default() };
        settings::set_rules(&db, &rules).await?;
        let mut sink = Sink::start(Temper { faults: self.faults, ..Temper::default() })?;
        world::add_relay(&db, sink.port, self.connections, None).await?;
        let list = world::add_people(&db, self.recipients).await?;
        let journals = ground.folder().join("journal");
        let start = || SenderChild::start(&url, &journals);
        let mut senders = (0..self.senders).map(|_| start()).collect::<Result<Vec<_>>>()?;

        let begun = Instant::now();
        let campaign = world::start_campaign(&db, list, self.recipients).await?;
        for (at, blow) in self.blows() {
            until_recorded(&db, campaign, at * f64::from(self.recipients)).await?;
            match blow {
                Blow::Kill => {
                    senders.remove(0).kill()?;
                    senders.push(start()?);
                }
                Blow::Freeze => {
                    let sender = senders.remove(0);
                    sender.freeze()?;
                    tokio::time::sleep(LEASE + BEYOND).await;
                    sender.wake()?;
                    senders.push(sender);
                }
                Blow::CrashPostgres => ground.crash_postgres()?,
                Blow::RelayDies => sink.be_away(AWAY)?,
            }
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
        let lost = world::unexplained(&db, campaign, &missing).await?;
        db.close().await;
        // One in two hundred connections was dropped at the end of a message.
        let dropped = if self.faults { self.recipients / 200 + self.connections } else { 0 };
        Ok(Outcome {
            recipients: self.recipients,
            kills: self.kills,
            senders: self.senders,
            connections: self.connections,
            restarts_of_postgres: self.restart_postgres,
            freezes: self.freezes,
            faults: self.faults,
            policy: self.policy,
            seconds,
            sent: counts.sent,
            failed: counts.failed,
            in_doubt: counts.in_doubt,
            doubt_limit: self.connections * (self.kills + self.freezes) + dropped,
            lost,
            duplicates: taken.duplicates,
        })
    }
}

/// Waits until so many messages are terminal, whatever happens to Postgres meanwhile.
async fn until_recorded(db: &PgPool, campaign: CampaignId, wanted: f64) -> Result<()> {
    let mut before = (Instant::now(), 0);
    loop {
        let done = campaigns::counts(db, campaign).await.as_ref().map(Counts::done).unwrap_or_default();
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
