//! A campaign's messages by recipient domain and by reason.
//!
//! Counting them reads the whole campaign, a second or two for a million. So it is done apart
//! from showing, kept, and done again only when the campaign's counters have moved.

use std::time::Instant;

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, MessageId};
use serde::{Deserialize, Serialize};
use sqlx::{PgExecutor, PgPool};

use crate::campaigns::Counts;

/// Domains that are shown one by one; the rest is one line.
const DOMAINS: i64 = 20;

/// Where messages went, by domain and by reason.
#[derive(Clone, Debug)]
pub struct Breakdown {
    /// When it was counted.
    pub counted_at: DateTime<Utc>,
    /// How long that took.
    pub took_ms: i32,
    /// What the counters added up to then ([`Breakdown::basis_of`]).
    pub basis: i64,
    /// The largest domains, and at the end all others together under an empty name.
    pub domains: Vec<Domain>,
    /// Why messages were not sent, the most frequent reason first.
    pub reasons: Vec<Why>,
}

impl Breakdown {
    /// Moves whenever something happened that a breakdown counts.
    pub fn basis_of(counts: &Counts) -> i64 {
        counts.planned + counts.done() + counts.opened + counts.clicked
    }
}

/// One recipient domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Domain {
    /// Its name; empty for all that are not shown one by one.
    pub name: String,
    /// How many domains this is.
    pub domains: i64,
    /// Messages to it, in whatever state.
    pub messages: i64,
    /// Taken by a relay.
    pub sent: i64,
    /// Given up.
    pub failed: i64,
    /// People who opened.
    pub opened: i64,
    /// People who clicked.
    pub clicked: i64,
}

/// A reason why messages were not sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Why {
    /// `failed`, `suppressed`, `cancelled` or `in_doubt`.
    pub state: String,
    /// A word of `sebar_domain::Reason`.
    pub reason: String,
    /// How many messages.
    pub messages: i64,
    /// One of them.
    pub example: MessageId,
    /// Its last reply code.
    pub reply_code: Option<i16>,
    /// Its last enhanced status code.
    pub enhanced_code: Option<String>,
    /// The text of its last answer.
    pub reply: Option<String>,
}

/// The breakdown as it was last counted.
pub async fn breakdown(db: impl PgExecutor<'_>, id: CampaignId) -> sqlx::Result<Option<Breakdown>> {
    let row = sqlx::query!(
        "SELECT counted_at, took_ms, basis, domains, reasons FROM campaign_breakdowns WHERE campaign_id = $1",
        id.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let decode = |fault: serde_json::Error| sqlx::Error::Decode(Box::new(fault));
    Ok(Some(Breakdown {
        counted_at: row.counted_at,
        took_ms: row.took_ms,
        basis: row.basis,
        domains: serde_json::from_value(row.domains).map_err(decode)?,
        reasons: serde_json::from_value(row.reasons).map_err(decode)?,
    }))
}

/// Counts a campaign's messages by domain and reason, and keeps the result. Does nothing while
/// somebody else is at it: `false`.
pub async fn count_breakdown(db: &PgPool, id: CampaignId) -> sqlx::Result<bool> {
    let began = Instant::now();
    let mut tx = db.begin().await?;
    let is_ours = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtext('sebar.breakdown'), hashtext($1)) AS "locked!""#,
        id.to_string()
    )
    .fetch_one(&mut *tx)
    .await?;
    if !is_ours {
        return Ok(false);
    }
    // A million addresses are grouped in memory instead of being sorted on disk.
    sqlx::query!("SELECT set_config('work_mem', '64MB', true)").fetch_one(&mut *tx).await?;
    // The counters first: what happens meanwhile makes the breakdown look old, never new.
    let counts = crate::campaigns::counts(&mut *tx, id).await?;
    let domains = sqlx::query_as!(
        Domain,
        r#"WITH domain AS (
               SELECT split_part(lower(recipient), '@', -1) AS name, count(*) AS messages,
                      count(*) FILTER (WHERE state = 'sent') AS sent,
                      count(*) FILTER (WHERE state = 'failed') AS failed,
                      count(opened_at) AS opened, count(clicked_at) AS clicked
                 FROM messages WHERE campaign_id = $1 GROUP BY 1),
           ranked AS (SELECT *, row_number() OVER (ORDER BY messages DESC, name) > $2 AS is_small FROM domain)
           SELECT CASE WHEN is_small THEN '' ELSE name END AS "name!", count(*) AS "domains!",
                  sum(messages)::bigint AS "messages!", sum(sent)::bigint AS "sent!", sum(failed)::bigint AS "failed!",
                  sum(opened)::bigint AS "opened!", sum(clicked)::bigint AS "clicked!"
             FROM ranked GROUP BY is_small, 1 ORDER BY is_small, sum(messages) DESC, 1"#,
        id.0,
        DOMAINS
    )
    .fetch_all(&mut *tx)
    .await?;
    let reasons = sqlx::query_as!(
        Why,
        r#"WITH why AS (
               SELECT state, coalesce(reason, '') AS reason, count(*) AS messages, max(id::text)::uuid AS example
                 FROM messages
                WHERE campaign_id = $1 AND trouble IS NOT NULL
                GROUP BY 1, 2)
           SELECT why.state, why.reason AS "reason!", why.messages AS "messages!", why.example AS "example!",
                  m.reply_code, m.enhanced_code, m.reply
             FROM why JOIN messages m ON m.id = why.example
            ORDER BY why.messages DESC, why.state, why.reason"#,
        id.0
    )
    .fetch_all(&mut *tx)
    .await?;
    let encode = |fault: serde_json::Error| sqlx::Error::Encode(Box::new(fault));
    sqlx::query!(
        "INSERT INTO campaign_breakdowns (campaign_id, counted_at, took_ms, basis, domains, reasons)
         SELECT id, now(), $2, $3, $4, $5 FROM campaigns WHERE id = $1
         ON CONFLICT (campaign_id) DO UPDATE
            SET counted_at = excluded.counted_at, took_ms = excluded.took_ms, basis = excluded.basis,
                domains = excluded.domains, reasons = excluded.reasons",
        id.0,
        i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX),
        Breakdown::basis_of(&counts),
        serde_json::to_value(domains).map_err(encode)?,
        serde_json::to_value(reasons).map_err(encode)?
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(true)
}
