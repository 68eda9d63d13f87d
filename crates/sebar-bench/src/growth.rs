//! `growth`: what a claim costs while little is stored, and again when millions of messages are.

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::Args;
use sebar_domain::id::{CampaignId, RelayId, SenderId};
use sebar_store::queue::{self, Claimant};
use sebar_store::{plan, pool_with_fixed_plans};
use serde::Serialize;
use sqlx::PgPool;

use crate::blast::world;
use crate::home::{self, Ground};

/// Claims in each measurement.
const CLAIMS: u32 = 100;
/// Messages in each claim.
const BATCH: i64 = 250;

/// What to store.
#[derive(Args)]
pub(crate) struct Growth {
    /// Messages that wait.
    #[arg(long, default_value_t = 500_000)]
    queued: u32,
    /// Messages that were sent before.
    #[arg(long, default_value_t = 5_000_000)]
    stored: u32,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Outcome {
    queued: u32,
    stored: u32,
    batch: i64,
    /// The median claim, while nothing but the queue was stored.
    claim_ms_before: f64,
    /// And after.
    claim_ms_after: f64,
    change_percent: f64,
}

impl Growth {
    pub(crate) fn run(self) -> Result<()> {
        home::run(self.json, async |ground| self.measure(ground).await)?;
        Ok(())
    }

    async fn measure(&self, ground: &mut Ground) -> Result<Outcome> {
        ensure!(i64::from(self.queued) >= 4 * i64::from(CLAIMS) * BATCH, "too few messages wait to measure");
        let db = sebar_store::connect(&ground.database("bench")?, 2).await?;
        sebar_store::migrate(&db).await?;
        let list = world::add_people(&db, self.queued).await?;
        let campaign = world::start_campaign(&db, list, self.queued).await?;
        plan_all(&db).await?;
        let sending = pool_with_fixed_plans(&db, 1);
        let before = settled(&db, &sending, campaign).await?;
        self.store(&db).await?;
        let after = settled(&db, &sending, campaign).await?;
        sending.close().await;
        db.close().await;
        Ok(Outcome {
            queued: self.queued,
            stored: self.stored,
            batch: BATCH,
            claim_ms_before: before,
            claim_ms_after: after,
            change_percent: (after / before - 1.0) * 100.0,
        })
    }

    /// A fixture: messages as they stand when they were sent, of an earlier campaign.
    async fn store(&self, db: &PgPool) -> Result<()> {
        sqlx::query(
            "INSERT INTO messages (id, stream, campaign_id, contact_id, content_id, recipient, merge, state, attempts,
                                   finished_at, reply_code, enhanced_code, reply, digest, size)
             SELECT (left(uuid_floor(now() - n * interval '1 millisecond')::text, 14) || '7'
                     || right(gen_random_uuid()::text, 21))::uuid,
                    'campaign', '00000000-0000-7000-8000-000000000001', gen_random_uuid(),
                    '00000000-0000-7000-8000-000000000002', 'old' || n || '@example.com',
                    '{\"name\": \"Budi Santoso\", \"city\": \"Bogor\"}', 'sent', 1, now(), 250, '2.0.0', 'Taken',
                    sha256(n::text::bytea), 14000
               FROM generate_series(1, $1) n",
        )
        .bind(i32::try_from(self.stored)?)
        .execute(db)
        .await?;
        Ok(())
    }
}

/// The median claim once the tables have come to rest: vacuumed, on disk, plans and caches warm.
async fn settled(db: &PgPool, sending: &PgPool, campaign: CampaignId) -> Result<f64> {
    sqlx::query("VACUUM ANALYZE messages, queue").execute(db).await?;
    sqlx::query("CHECKPOINT").execute(db).await?;
    claims(sending, campaign).await?;
    claims(sending, campaign).await
}

/// Plans the campaign to its end.
async fn plan_all(db: &PgPool) -> Result<()> {
    let keys = ["city".to_owned(), "plan".to_owned(), "points".to_owned()];
    loop {
        let mut tx = db.begin().await?;
        let Some(next) = plan::lock_next(&mut tx).await? else { return Ok(()) };
        plan::next_chunk(&mut tx, &next, &keys, 5000).await?;
        tx.commit().await?;
    }
}

/// Claims again and again; the median in milliseconds.
async fn claims(db: &PgPool, campaign: CampaignId) -> Result<f64> {
    let by = Claimant { sender: SenderId::new(), relay: RelayId::new() };
    let mut times = Vec::new();
    for _ in 0..CLAIMS {
        let begun = Instant::now();
        let mut tx = db.begin().await?;
        let claimed = queue::claim(&mut tx, campaign, by, BATCH).await?;
        tx.commit().await?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        ensure!(claimed.len() == usize::try_from(BATCH)?, "the queue ran dry");
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
