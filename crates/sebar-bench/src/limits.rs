//! `limits`: several senders share a relay's rate, and the sink says whether they kept to it.

use anyhow::{Result, ensure};
use clap::Args;
use sebar_domain::DomainRule;
use sebar_domain::id::DomainRuleId;
use sebar_store::domain_rules;
use serde::Serialize;
use sqlx::PgPool;

use crate::blast::sender::SenderChild;
use crate::blast::world;
use crate::home::{self, Ground};
use crate::sink::{Sink, Temper};

/// What to do.
#[derive(Args)]
pub(crate) struct Limits {
    /// Senders at work at the same time.
    #[arg(long, default_value_t = 3)]
    senders: u32,
    /// The relay's limit, in messages per second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// The limit is that of the recipients' domain instead, over a relay without one.
    #[arg(long)]
    by_domain: bool,
    /// How long to send at that rate.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Connections to the sink, of all senders together.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    by_domain: bool,
    senders: u32,
    rate: u32,
    messages: u64,
    seconds: f64,
    /// The most messages in any second, wherever that second begins, as the sink saw it.
    max_in_any_second: usize,
    /// How much of the rate was used, from the first message to the last.
    used: f64,
}

impl Limits {
    pub(crate) fn run(self) -> Result<()> {
        ensure!(self.senders > 0 && self.rate > 0, "there must be a sender and a rate");
        home::run(self.json, async |ground| self.send(ground).await)?;
        Ok(())
    }

    async fn send(&self, ground: &mut Ground) -> Result<Outcome> {
        let url = ground.database("bench")?;
        let db = sebar_store::connect(&url, 4).await?;
        sebar_store::migrate(&db).await?;
        let mut sink = Sink::start(Temper { clock: true, ..Temper::default() })?;
        let rate = f64::from(self.rate);
        world::add_relay(&db, sink.port, self.connections, (!self.by_domain).then_some(rate)).await?;
        if self.by_domain {
            limit_domain(&db, rate).await?;
        }
        let people = self.rate * self.seconds;
        let list = world::add_people(&db, people).await?;
        let journals = ground.folder().join("journal");
        let senders =
            (0..self.senders).map(|_| SenderChild::start(&url, &journals)).collect::<Result<Vec<_>>>()?;
        let campaign = world::start_campaign(&db, list, people).await?;
        world::until_sent(&db, campaign).await?;
        for sender in senders {
            sender.stop()?;
        }
        db.close().await;
        let pace = sink.pace()?;
        let taken = sink.report()?;
        ensure!(
            taken.recipients == u64::from(people) && taken.duplicates == 0,
            "messages are missing or double"
        );
        Ok(Outcome {
            by_domain: self.by_domain,
            senders: self.senders,
            rate: self.rate,
            messages: taken.messages,
            seconds: pace.seconds,
            max_in_any_second: pace.max_in_any_second,
            used: f64::from(people - 1) / (f64::from(self.rate) * pace.seconds),
        })
    }
}

/// Limits what all of the recipients' domain get.
async fn limit_domain(db: &PgPool, rate: f64) -> Result<()> {
    let rule = DomainRule {
        id: DomainRuleId::new(),
        name: "Bench".to_owned(),
        domains: vec!["example.com".to_owned()],
        connections: None,
        per_second: Some(rate),
    };
    let mut db = db.acquire().await?;
    domain_rules::save(&mut db, &rule).await?;
    Ok(())
}
