//! Counts anew what counters keep, and compares: `sebar doctor --recount`.
//!
//! Every comparison is one statement and so sees one moment: it may run while mail is being sent. It
//! reads whole tables, which takes a while.

use sebar_domain::id::CampaignId;
use sqlx::PgPool;

/// A counter that does not hold what a recount gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is counted, in English.
    pub what: String,
    /// What the counter says.
    pub kept: i64,
    /// What a recount gives.
    pub counted: i64,
}

/// What was looked at, and what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recount {
    /// Counters that were compared.
    pub compared: usize,
    /// Those that differ.
    pub differences: Vec<Difference>,
}

impl Recount {
    fn compare(&mut self, what: impl Into<String>, kept: i64, counted: i64) {
        self.compared += 1;
        if kept != counted {
            self.differences.push(Difference { what: what.into(), kept, counted });
        }
    }
}

/// Compares all counters.
pub async fn recount(db: &PgPool) -> sqlx::Result<Recount> {
    let mut found = Recount::default();
    tickets(db, &mut found).await?;
    contacts(db, &mut found).await?;
    bounces(db, &mut found).await?;
    for campaign in with_all_their_messages(db).await? {
        one_campaign(db, campaign, &mut found).await?;
    }
    Ok(found)
}

/// Each message that waits has one ticket, and each ticket such a message.
async fn tickets(db: &PgPool, found: &mut Recount) -> sqlx::Result<()> {
    let row = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM queue) AS "tickets!",
                  (SELECT count(*) FROM messages WHERE state = 'queued') AS "queued!",
                  (SELECT count(*) FROM messages m JOIN queue q ON q.message_id = m.id AND m.state = 'queued')
                  AS "pairs!""#
    )
    .fetch_one(db)
    .await?;
    found.compare("tickets in the queue, against messages that wait", row.tickets, row.queued);
    found.compare("tickets in the queue, against those whose message waits", row.tickets, row.pairs);
    Ok(())
}

async fn contacts(db: &PgPool, found: &mut Recount) -> sqlx::Result<()> {
    let row = sqlx::query!(
        r#"SELECT coalesce((SELECT value FROM tallies WHERE name = 'contacts'), 0) AS "kept!",
                  (SELECT count(*) FROM contacts) AS "counted!""#
    )
    .fetch_one(db)
    .await?;
    found.compare("contacts", row.kept, row.counted);
    let lists = sqlx::query!(
        r#"SELECT l.name, l.members AS "kept!", count(m.contact_id) AS "counted!"
             FROM lists l LEFT JOIN list_members m ON m.list_id = l.id
            GROUP BY l.id ORDER BY l.name"#
    )
    .fetch_all(db)
    .await?;
    for list in lists {
        found.compare(format!("members of the list “{}”", list.name), list.kept, list.counted);
    }
    Ok(())
}

/// Bounces of the last weeks, as charts count them. Older ones may have been forgotten.
async fn bounces(db: &PgPool, found: &mut Recount) -> sqlx::Result<()> {
    let row = sqlx::query!(
        r#"SELECT (SELECT coalesce(sum(n), 0)::bigint FROM bounce_counts WHERE slot >= since) AS "kept!",
                  (SELECT count(*) FROM bounces WHERE id >= uuid_floor(since) AND at >= since) AS "counted!"
             FROM date_bin('15 minutes', now() - interval '28 days', 'epoch') AS since"#
    )
    .fetch_one(db)
    .await?;
    found.compare("what came back within four weeks", row.kept, row.counted);
    Ok(())
}

/// Campaigns of which no month has been dropped.
async fn with_all_their_messages(db: &PgPool) -> sqlx::Result<Vec<CampaignId>> {
    let ids = sqlx::query_scalar!(
        "SELECT c.id FROM campaigns c JOIN campaign_counts n ON n.campaign_id = c.id
          WHERE c.started_at >= (SELECT min(to_date(right(p.relname, 7), 'YYYY_MM'))
                                   FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
                                  WHERE i.inhparent = 'messages'::regclass)
          ORDER BY c.id"
    )
    .fetch_all(db)
    .await?;
    Ok(ids.into_iter().map(CampaignId).collect())
}

async fn one_campaign(db: &PgPool, id: CampaignId, found: &mut Recount) -> sqlx::Result<()> {
    let row = sqlx::query!(
        r#"SELECT c.name, n.planned, n.sent, n.failed, n.suppressed, n.cancelled, n.in_doubt, n.opened, n.clicked,
                  n.unsubscribed, n.bounced, n.complained, m.*
             FROM campaign_counts n JOIN campaigns c ON c.id = n.campaign_id
            CROSS JOIN LATERAL (
                  SELECT count(*) AS "planned_now!",
                         count(*) FILTER (WHERE state = 'sent') AS "sent_now!",
                         count(*) FILTER (WHERE state = 'failed') AS "failed_now!",
                         count(*) FILTER (WHERE state = 'suppressed') AS "suppressed_now!",
                         count(*) FILTER (WHERE state = 'cancelled') AS "cancelled_now!",
                         count(*) FILTER (WHERE state = 'in_doubt') AS "in_doubt_now!",
                         count(opened_at) AS "opened_now!", count(clicked_at) AS "clicked_now!",
                         count(unsubscribed_at) AS "unsubscribed_now!", count(bounced_at) AS "bounced_now!",
                         count(complained_at) AS "complained_now!"
                    FROM messages WHERE campaign_id = n.campaign_id) m
            WHERE n.campaign_id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(()) };
    for (what, kept, counted) in [
        ("planned", row.planned, row.planned_now),
        ("sent", row.sent, row.sent_now),
        ("failed", row.failed, row.failed_now),
        ("suppressed", row.suppressed, row.suppressed_now),
        ("cancelled", row.cancelled, row.cancelled_now),
        ("in doubt", row.in_doubt, row.in_doubt_now),
        ("opened", row.opened, row.opened_now),
        ("clicked", row.clicked, row.clicked_now),
        ("unsubscribed", row.unsubscribed, row.unsubscribed_now),
        ("bounced", row.bounced, row.bounced_now),
        ("complained", row.complained, row.complained_now),
    ] {
        found.compare(format!("campaign “{}”, {what}", row.name), kept, counted);
    }
    Ok(())
}
