//! `api`: programs hand in emails over HTTP, as fast as they are answered. How many are accepted, which
//! means committed, how long an answer takes, and how soon a relay is offered the mail; and whether each
//! that was answered with 200 is stored and was delivered exactly once, though web be killed.

mod client;
pub(crate) mod web;

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use sebar_domain::id::CampaignId;
use sebar_store::campaigns;
use serde::Serialize;
use sqlx::PgPool;
use uuid::Uuid;

use self::client::{Answers, Load};
use crate::blast::sender::SenderChild;
use crate::blast::world;
use crate::child::Listening;
use crate::home::{self, Ground};
use crate::sink::{Sink, Temper};

/// Requests before those that count, so that connections stand and statements are planned.
const WARM_UP: u32 = 500;
/// How long the senders may take for what is left.
const PATIENCE: Duration = Duration::from_mins(5);

/// What to do.
#[derive(Args)]
pub(crate) struct Api {
    /// Emails, each a request.
    #[arg(long, default_value_t = 20_000)]
    requests: u32,
    /// Programs at work at the same time, each over a connection of its own.
    #[arg(long, default_value_t = 16)]
    clients: u32,
    /// Connections to the sink.
    #[arg(long, default_value_t = 10)]
    connections: u32,
    /// A campaign is being sent meanwhile.
    #[arg(long)]
    during_blast: bool,
    /// People in that campaign's audience.
    #[arg(long, default_value_t = 100_000)]
    recipients: u32,
    /// Web is killed (SIGKILL) in the middle and started again.
    #[arg(long)]
    kill_web: bool,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    requests: u32,
    clients: u32,
    seconds: f64,
    accepted: usize,
    accepted_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// From the moment an email gets its id to that at which a relay is offered it.
    first_attempt_p50_ms: f64,
    first_attempt_p99_ms: f64,
    /// Requests that had no answer when web was killed.
    unanswered: u32,
    /// Answered with 200 and not in the database.
    not_stored: i64,
    /// Answered with 200 and not delivered.
    lost: usize,
    /// Messages beyond the first for each recipient.
    duplicates: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<During>,
}

/// What the campaign did meanwhile.
#[derive(Serialize)]
struct During {
    recipients: u32,
    /// Sent when the first email was handed in, and when the last was answered.
    sent_before: i64,
    sent_after: i64,
}

impl Api {
    pub(crate) fn run(self) -> Result<()> {
        let outcome = home::run(self.json, async |ground| self.measure(ground).await)?;
        ensure!(outcome.not_stored == 0, "emails that were answered with 200 are not stored");
        ensure!(outcome.lost == 0, "emails that were answered with 200 were not delivered");
        ensure!(outcome.duplicates == 0, "emails were delivered twice");
        Ok(())
    }

    async fn measure(&self, ground: &mut Ground) -> Result<Outcome> {
        let url = ground.database("bench")?;
        let db = sebar_store::connect(&url, 4).await?;
        sebar_store::migrate(&db).await?;
        let mut sink = Sink::start(Temper::default())?;
        world::add_relay(&db, sink.port, self.connections, None).await?;
        let audience = if self.during_blast { self.recipients } else { 0 };
        let list = if audience > 0 { Some(world::add_people(&db, audience).await?) } else { None };
        let key = world::api_key(&db).await?;
        let sender = SenderChild::start(&url, &ground.folder().join("journal"))?;
        let mut web = web::start(&url, 0)?;
        let load = |first, requests| Load {
            port: web.port,
            key: key.clone(),
            clients: self.clients,
            first,
            requests,
        };
        let first = audience + 1;
        load(first, WARM_UP).run(Rc::default()).await?;
        until_delivered(&db).await?;
        let counted = load(first + WARM_UP, self.requests);

        let campaign = match list {
            Some(list) => Some(world::start_campaign(&db, list, audience).await?),
            None => None,
        };
        let sent_before = self.until_under_way(&db, campaign).await?;
        let begun = Instant::now();
        let progress = Rc::new(Cell::new(0));
        let running = counted.run(Rc::clone(&progress));
        let answers = if self.kill_web {
            let (answers, killed) = tokio::join!(running, self.kill(&url, &mut web, &progress));
            killed?;
            answers?
        } else {
            running.await?
        };
        let seconds = begun.elapsed().as_secs_f64();
        let sent_after = sent(&db, campaign).await?;
        until_delivered(&db).await?;
        if let Some(campaign) = campaign {
            world::until_sent(&db, campaign).await?;
        }
        sender.stop()?;
        let during = campaign.map(|_| During { recipients: audience, sent_before, sent_after });
        let outcome = self.outcome(&db, &mut sink, first + WARM_UP, seconds, answers, during).await?;
        db.close().await;
        Ok(outcome)
    }

    async fn outcome(
        &self,
        db: &PgPool,
        sink: &mut Sink,
        first: u32,
        seconds: f64,
        mut answers: Answers,
        campaign: Option<During>,
    ) -> Result<Outcome> {
        let missing = sink.missing(first + self.requests - 1)?;
        let lost = answers.accepted.iter().filter(|(n, _)| missing.binary_search(n).is_ok()).count();
        answers.latencies.sort_unstable();
        let ids = answers.accepted.iter().map(|(_, id)| Ok(id.trim_start_matches("msg_").parse::<Uuid>()?));
        let ids = ids.collect::<Result<Vec<_>>>()?;
        let stored: i64 = sqlx::query_scalar("SELECT count(*) FROM emails WHERE id = ANY($1)")
            .bind(&ids)
            .fetch_one(db)
            .await?;
        let (first_attempt_p50_ms, first_attempt_p99_ms) = first_attempts(db, &ids).await?;
        let accepted = answers.accepted.len();
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let accepted_per_s = accepted as f64 / seconds;
        Ok(Outcome {
            requests: self.requests,
            clients: self.clients,
            seconds,
            accepted,
            accepted_per_s,
            p50_ms: at(&answers.latencies, 50),
            p99_ms: at(&answers.latencies, 99),
            max_ms: at(&answers.latencies, 100),
            first_attempt_p50_ms,
            first_attempt_p99_ms,
            unanswered: answers.unanswered,
            not_stored: i64::try_from(accepted)? - stored,
            lost,
            duplicates: sink.report()?.duplicates,
            campaign,
        })
    }

    /// Kills web when half of the requests are answered, and starts it again where it was.
    async fn kill(&self, url: &str, web: &mut Listening, progress: &Cell<u32>) -> Result<()> {
        while progress.get() < self.requests / 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        web.kill()?;
        *web = web::start(url, web.port)?;
        Ok(())
    }

    /// Waits until a campaign is well under way; how many it has sent then.
    async fn until_under_way(&self, db: &PgPool, campaign: Option<CampaignId>) -> Result<i64> {
        let Some(campaign) = campaign else { return Ok(0) };
        loop {
            let sent = sent(db, Some(campaign)).await?;
            if sent >= i64::from(self.recipients / 20) {
                return Ok(sent);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn sent(db: &PgPool, campaign: Option<CampaignId>) -> Result<i64> {
    let Some(campaign) = campaign else { return Ok(0) };
    Ok(campaigns::counts(db, campaign).await?.sent)
}

/// Waits until no email waits any more.
async fn until_delivered(db: &PgPool) -> Result<()> {
    let begun = Instant::now();
    loop {
        let waiting: i64 =
            sqlx::query_scalar("SELECT count(*) FROM queue WHERE campaign_id IS NULL").fetch_one(db).await?;
        if waiting == 0 {
            return Ok(());
        }
        ensure!(begun.elapsed() < PATIENCE, "{waiting} emails are not delivered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Median and 99th percentile, in milliseconds, from an email's id to its first attempt. An id begins
/// with the millisecond at which it was made (RFC 9562 §5.7).
async fn first_attempts(db: &PgPool, ids: &[Uuid]) -> Result<(f64, f64)> {
    Ok(sqlx::query_as(
        "SELECT coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY ms), 0),
                coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY ms), 0)
           FROM (SELECT (extract(epoch FROM started_at) * 1000)::float8
                        - ('x' || left(replace(message_id::text, '-', ''), 12))::bit(48)::bigint AS ms
                   FROM attempts WHERE message_id = ANY($1) AND n = 1) first",
    )
    .bind(ids)
    .fetch_one(db)
    .await?)
}

/// A percentile of what is sorted, in milliseconds.
fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
