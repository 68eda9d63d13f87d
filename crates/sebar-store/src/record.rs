//! What became of messages that a sender held: many outcomes in one statement, with their attempts
//! and their campaigns' counters.

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, MessageId, RelayId, SenderId};
use sebar_domain::{AttemptOutcome, Phase, Reason, Reply};
use serde::{Deserialize, Serialize};
use sqlx::{PgExecutor, PgPool};

/// The channel on which live views hear that a campaign's numbers have changed; the payload is its id.
pub const CHANNEL: &str = "sebar_campaign";
/// Of a relay's answer so many characters are kept.
const LONGEST_REPLY: usize = 500;

/// What became of one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// The message.
    pub message: MessageId,
    /// Where it stands now.
    pub next: Next,
    /// The conversation with a relay, unless there was none.
    pub attempt: Option<Attempt>,
}

/// Where a message stands after a sender had it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Next {
    /// A relay took it.
    Sent {
        /// SHA-256 of its bytes.
        digest: [u8; 32],
        /// Their number.
        size: i32,
    },
    /// It never will be sent.
    Failed {
        /// Why.
        reason: Reason,
        /// More about it, where no relay's answer says it.
        note: Option<String>,
    },
    /// It must not be sent: its recipient does not want it any more.
    Suppressed {
        /// Why.
        reason: Reason,
    },
    /// Nobody can know; the bytes that may have been sent are known.
    InDoubt {
        /// SHA-256 of its bytes.
        digest: [u8; 32],
        /// Their number.
        size: i32,
    },
    /// It waits in the queue, and why.
    Later {
        /// Not before.
        due_at: DateTime<Utc>,
        /// Why it was not sent.
        reason: Reason,
    },
    /// It waits for another relay, at once: this one does not want it.
    Elsewhere {
        /// Which does not.
        relay: RelayId,
        /// Why.
        reason: Reason,
    },
    /// It goes back as it was, and waits.
    Held {
        /// Not before.
        due_at: DateTime<Utc>,
    },
    /// It goes back as it was.
    Back,
}

/// One conversation with a relay about one message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// With whom.
    pub relay: RelayId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: i32,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Where it ended.
    pub phase: Phase,
    /// What was answered last.
    pub reply: Option<Reply>,
    /// What went wrong where there was no answer, in English.
    pub fault: String,
}

/// The columns of a batch, one entry each for each outcome.
#[derive(Default)]
struct Columns {
    /// The messages that leave the queue, and those that wait in it again.
    ended: Vec<uuid::Uuid>,
    kept: Vec<uuid::Uuid>,
    kept_due: Vec<Option<DateTime<Utc>>>,
    /// The relay that does not want it.
    kept_from: Vec<Option<uuid::Uuid>>,
    /// The smallest and the largest id: only their partitions are looked into.
    first: uuid::Uuid,
    last: uuid::Uuid,
    ids: Vec<uuid::Uuid>,
    states: Vec<&'static str>,
    due: Vec<Option<DateTime<Utc>>>,
    reasons: Vec<Option<&'static str>>,
    digests: Vec<Option<Vec<u8>>>,
    sizes: Vec<Option<i32>>,
    outcomes: Vec<Option<&'static str>>,
    relays: Vec<Option<uuid::Uuid>>,
    started: Vec<Option<DateTime<Utc>>>,
    durations: Vec<Option<i32>>,
    phases: Vec<Option<&'static str>>,
    codes: Vec<Option<i16>>,
    enhanced: Vec<Option<String>>,
    replies: Vec<Option<String>>,
}

impl Columns {
    fn of(outcomes: &[Outcome]) -> Self {
        let mut columns = Self::default();
        for outcome in outcomes {
            columns.push(outcome);
        }
        columns
    }

    fn keep(&mut self, id: uuid::Uuid, due: Option<DateTime<Utc>>, not_over: Option<RelayId>) {
        self.kept.push(id);
        self.kept_due.push(due);
        self.kept_from.push(not_over.map(|relay| relay.0));
    }

    fn push(&mut self, outcome: &Outcome) {
        let mut note = None;
        let (state, due, reason, bytes) = match &outcome.next {
            Next::Sent { digest, size } => ("sent", None, None, Some((digest, *size))),
            Next::Failed { reason, note: more } => {
                note.clone_from(more);
                ("failed", None, Some(*reason), None)
            }
            Next::InDoubt { digest, size } => {
                ("in_doubt", None, Some(Reason::NoFinalAnswer), Some((digest, *size)))
            }
            Next::Suppressed { reason } => ("suppressed", None, Some(*reason), None),
            Next::Later { due_at, reason } => ("queued", Some(*due_at), Some(*reason), None),
            Next::Elsewhere { reason, .. } => ("queued", None, Some(*reason), None),
            Next::Held { .. } | Next::Back => ("queued", None, None, None),
        };
        let id = outcome.message.0;
        self.first = if self.ids.is_empty() { id } else { self.first.min(id) };
        self.last = self.last.max(id);
        match &outcome.next {
            Next::Later { due_at, .. } | Next::Held { due_at } => self.keep(id, Some(*due_at), None),
            Next::Elsewhere { relay, .. } => self.keep(id, None, Some(*relay)),
            Next::Back => self.keep(id, None, None),
            Next::Sent { .. } | Next::Failed { .. } | Next::Suppressed { .. } | Next::InDoubt { .. } => {
                self.ended.push(id);
            }
        }
        self.ids.push(id);
        self.states.push(state);
        self.due.push(due);
        self.reasons.push(reason.map(Reason::as_str));
        self.digests.push(bytes.map(|(digest, _)| digest.to_vec()));
        self.sizes.push(bytes.map(|(_, size)| size));
        let attempt = outcome.attempt.as_ref();
        let reply = attempt.and_then(|attempt| attempt.reply.as_ref());
        self.outcomes.push(attempt.map(|attempt| attempt.outcome.as_str()));
        self.relays.push(attempt.map(|attempt| attempt.relay.0));
        self.started.push(attempt.map(|attempt| attempt.started_at));
        self.durations.push(attempt.map(|attempt| attempt.duration_ms));
        self.phases.push(attempt.map(|attempt| attempt.phase.as_str()));
        self.codes.push(reply.and_then(|reply| i16::try_from(reply.code).ok()));
        self.enhanced.push(reply.and_then(|reply| reply.enhanced).map(|code| code.to_string()));
        let text = attempt.map(|attempt| reply.map_or(&attempt.fault, |reply| &reply.text)).or(note.as_ref());
        self.replies.push(text.map(|text| text.chars().take(LONGEST_REPLY).collect()));
    }
}

/// Records outcomes of messages that `sender` holds; all or, on an error, none.
///
/// Outcomes of messages that it does not hold any more (it was taken for dead) change nothing. The
/// answer is the number that were recorded.
#[expect(clippy::too_many_lines, reason = "one statement and its columns")]
pub async fn record(db: impl PgExecutor<'_>, sender: SenderId, outcomes: &[Outcome]) -> sqlx::Result<i64> {
    let columns = Columns::of(outcomes);
    sqlx::query_scalar!(
        r#"WITH o AS MATERIALIZED (
               -- The planner takes a list for ten entries and a series for a thousand: with the series beside
               -- them it joins by hash, and not each with each.
               SELECT * FROM ROWS FROM (
                       unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[], $7::int[], $8::text[],
                              $9::uuid[], $10::timestamptz[], $11::int[], $12::text[], $13::smallint[], $14::text[],
                              $15::text[]), generate_series(1, cardinality($2)))
                   AS o (id, state, due_at, reason, digest, size, outcome, relay_id, started_at, duration_ms,
                         phase, reply_code, enhanced_code, reply, n)),
           -- Only what this sender still holds: the ticket bears its name.
           ended AS (
               DELETE FROM queue WHERE sender_id = $1 AND message_id = ANY($16) RETURNING message_id),
           kept AS (
               UPDATE queue q
                  SET sender_id = NULL, due_at = coalesce(k.due_at, q.due_at),
                      avoid = CASE WHEN k.avoid IS NULL THEN q.avoid
                                   ELSE CASE WHEN q.avoid_until > now() THEN q.avoid END || k.avoid END,
                      -- Should no other take it by then, this relay may be asked again.
                      avoid_until = CASE WHEN k.avoid IS NULL THEN q.avoid_until ELSE now() + interval '10 minutes' END
                 FROM unnest($17::uuid[], $18::timestamptz[], $21::uuid[]) AS k (id, due_at, avoid)
                WHERE q.sender_id = $1 AND q.message_id = k.id
               RETURNING q.message_id),
           held AS MATERIALIZED (
               SELECT h.message_id
                 FROM (SELECT array_agg(message_id) AS ids
                         FROM (SELECT message_id FROM ended UNION ALL SELECT message_id FROM kept) either) h0,
                      ROWS FROM (unnest(h0.ids), generate_series(1, cardinality(h0.ids))) AS h (message_id, n)),
           done AS (
               UPDATE messages m
                  SET state = o.state,
                      due_at = coalesce(o.due_at, m.due_at),
                      finished_at = CASE WHEN o.state <> 'queued' THEN now() END,
                      reason = CASE WHEN o.state = 'queued' THEN coalesce(o.reason, m.reason) ELSE o.reason END,
                      digest = o.digest, size = o.size,
                      attempts = m.attempts + CASE WHEN o.outcome IS NULL THEN 0 ELSE 1 END,
                      relay_id = coalesce(o.relay_id, m.relay_id),
                      reply_code = CASE WHEN o.outcome IS NULL THEN m.reply_code ELSE o.reply_code END,
                      enhanced_code = CASE WHEN o.outcome IS NULL THEN m.enhanced_code ELSE o.enhanced_code END,
                      reply = CASE WHEN o.outcome IS NULL THEN coalesce(o.reply, m.reply) ELSE o.reply END
                 FROM o JOIN held ON held.message_id = o.id
                WHERE m.id = o.id AND m.id = ANY($2) AND m.id >= $19 AND m.id <= $20
                  -- What goes back as it was is not written anew.
                  AND (o.state <> 'queued' OR o.outcome IS NOT NULL OR o.due_at IS NOT NULL)
               RETURNING m.id, m.campaign_id, m.stream, m.state, m.attempts),
           attempted AS (
               INSERT INTO attempts (message_id, n, relay_id, started_at, duration_ms, outcome, phase, reply_code,
                                     enhanced_code, reply)
               SELECT done.id, done.attempts, o.relay_id, o.started_at, o.duration_ms, o.outcome, o.phase,
                      o.reply_code, o.enhanced_code, o.reply
                 FROM done JOIN o ON o.id = done.id
                WHERE o.outcome IS NOT NULL),
           counted AS (
               UPDATE campaign_counts c
                  SET sent = c.sent + d.sent, failed = c.failed + d.failed,
                      suppressed = c.suppressed + d.suppressed, in_doubt = c.in_doubt + d.in_doubt
                 FROM (SELECT campaign_id,
                              count(*) FILTER (WHERE state = 'sent') AS sent,
                              count(*) FILTER (WHERE state = 'failed') AS failed,
                              count(*) FILTER (WHERE state = 'suppressed') AS suppressed,
                              count(*) FILTER (WHERE state = 'in_doubt') AS in_doubt
                         FROM done WHERE campaign_id IS NOT NULL AND state <> 'queued' GROUP BY campaign_id) d
                WHERE c.campaign_id = d.campaign_id
                  -- By key, however many campaigns there are.
                  AND c.campaign_id = ANY(ARRAY(SELECT DISTINCT campaign_id FROM done))),
           told AS (
               INSERT INTO webhook_events (webhook_id, kind, subject, facts)
               SELECT w.id, k.kind, done.id,
                      jsonb_strip_nulls(jsonb_build_object(
                          'reason', o.reason, 'attempt', done.attempts, 'phase', o.phase, 'code', o.reply_code,
                          'enhanced_code', o.enhanced_code, 'reply', o.reply, 'relay_id', o.relay_id,
                          'again_at', o.due_at))
                 FROM done JOIN o ON o.id = done.id
                CROSS JOIN LATERAL (SELECT CASE WHEN done.state <> 'queued' THEN 'email.' || done.state
                                                WHEN o.outcome = 'retry' THEN 'email.delivery_delayed' END) k (kind)
                 JOIN webhooks w ON w.enabled AND k.kind = ANY (w.events)
                                AND (w.campaigns OR done.campaign_id IS NULL)
                -- Asked once: where nobody listens, nothing is put together.
                WHERE EXISTS (SELECT FROM webhooks WHERE enabled) AND done.stream <> 'test')
           SELECT count(*) AS "count!" FROM held"#,
        sender.0,
        &columns.ids,
        &columns.states as &[&str],
        &columns.due as &[Option<DateTime<Utc>>],
        &columns.reasons as &[Option<&str>],
        &columns.digests as &[Option<Vec<u8>>],
        &columns.sizes as &[Option<i32>],
        &columns.outcomes as &[Option<&str>],
        &columns.relays as &[Option<uuid::Uuid>],
        &columns.started as &[Option<DateTime<Utc>>],
        &columns.durations as &[Option<i32>],
        &columns.phases as &[Option<&str>],
        &columns.codes as &[Option<i16>],
        &columns.enhanced as &[Option<String>],
        &columns.replies as &[Option<String>],
        &columns.ended,
        &columns.kept,
        &columns.kept_due as &[Option<DateTime<Utc>>],
        columns.first,
        columns.last,
        &columns.kept_from as &[Option<uuid::Uuid>]
    )
    .fetch_one(db)
    .await
}

/// Tells live views that the numbers of these campaigns have changed. In a transaction of its own, which
/// need not wait for the disk.
pub async fn tell(db: &PgPool, campaigns: &[CampaignId]) -> sqlx::Result<()> {
    let ids: Vec<String> = campaigns.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, id) FROM unnest($2::text[]) AS id",
        CHANNEL,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(())
}
