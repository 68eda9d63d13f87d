//! Planning: one message for each person of a campaign's audience.

use sebar_domain::id::{CampaignId, ContentId, MessageId};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

/// A campaign whose audience is being walked. While the transaction that locked it lives, nobody
/// pauses or cancels it, and no other planner works on it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The campaign.
    pub campaign: CampaignId,
    /// What its messages are composed from.
    pub content: ContentId,
    lists: Vec<Uuid>,
    excluded: Vec<Uuid>,
    cursor: Option<Uuid>,
}

impl Plan {
    /// Whether nobody of the audience has been planned yet.
    pub fn is_untouched(&self) -> bool {
        self.cursor.is_none()
    }
}

/// What a chunk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Messages that were made.
    pub planned: u64,
    /// Whether the audience has been walked to its end.
    pub complete: bool,
}

/// Locks the oldest campaign that is being sent and not wholly planned; skips those that another
/// planner has. Call it in a transaction.
pub async fn lock_next(db: &mut PgConnection) -> sqlx::Result<Option<Plan>> {
    let row = sqlx::query!(
        r#"SELECT id, content_id AS "content_id!", list_ids, excluded_list_ids, plan_cursor
             FROM campaigns
            WHERE state = 'sending' AND planned_at IS NULL AND content_id IS NOT NULL
            ORDER BY id LIMIT 1
              FOR NO KEY UPDATE SKIP LOCKED"#
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Plan {
        campaign: row.id.into(),
        content: row.content_id.into(),
        lists: row.list_ids,
        excluded: row.excluded_list_ids,
        cursor: row.plan_cursor,
    }))
}

/// Plans the next `size` people of the audience, in the transaction of [`lock_next`].
///
/// Left out are who stands on an excluded list, unsubscribed or is suppressed: they are not part of
/// the audience. (Who does so later becomes a `suppressed` message when it is claimed.) Each message
/// takes a snapshot of the values that its content asks for (`merge_keys`), and always of the name,
/// which stands in its To header.
pub async fn next_chunk(
    db: &mut PgConnection,
    plan: &Plan,
    merge_keys: &[String],
    size: u32,
) -> sqlx::Result<Chunk> {
    let wanted: Vec<&str> =
        merge_keys.iter().map(String::as_str).filter(|key| *key != "name").chain(["name"]).collect();
    // Made here and in order, so that ids sort as the audience is walked.
    let ids: Vec<Uuid> = (0..size).map(|_| MessageId::new().0).collect();
    let row = sqlx::query!(
        r#"WITH next AS MATERIALIZED (
               -- Each list is read by its key from the cursor on; a person on several comes once.
               SELECT DISTINCT m.contact_id
                 FROM unnest($2::uuid[]) AS list (id)
                CROSS JOIN LATERAL (
                      SELECT contact_id FROM list_members
                       WHERE list_id = list.id AND contact_id > $4
                       ORDER BY contact_id LIMIT $5) m
                ORDER BY m.contact_id LIMIT $5),
           person AS MATERIALIZED (
               -- ANY(ARRAY) and OFFSET 0 keep the look-ups by key: as joins they might be planned as
               -- scans of whole tables, once for each chunk.
               SELECT c.*, row_number() OVER (ORDER BY c.id) AS n
                 FROM contacts c
                WHERE c.id = ANY(ARRAY(SELECT contact_id FROM next))
                  AND c.unsubscribed_at IS NULL
                  AND (cardinality($3::uuid[]) = 0
                       OR NOT EXISTS (SELECT FROM list_members x
                                       WHERE x.list_id = ANY($3) AND x.contact_id = c.id OFFSET 0))
                  AND NOT EXISTS (SELECT FROM suppressions s WHERE s.email = ANY(suppression_keys(c.email)) OFFSET 0)),
           made AS (
               -- The merge data as contact_merge() has it, of the keys that are wanted alone: to take all
               -- attributes apart for each person costs more than the rest of the statement.
               INSERT INTO messages (id, stream, campaign_id, contact_id, content_id, recipient, merge)
               SELECT new.id, 'campaign', $1, p.id, $7, p.email,
                      coalesce((SELECT jsonb_object_agg(key, value)
                                  FROM (SELECT key, coalesce(CASE key
                                                   WHEN 'name' THEN to_jsonb(nullif(btrim(p.name), ''))
                                                   WHEN 'language' THEN to_jsonb(p.language)
                                                   WHEN 'time_zone' THEN to_jsonb(p.time_zone) END,
                                               p.attributes -> key) AS value
                                          FROM unnest($8::text[]) AS wanted (key)) of_person
                                 WHERE value IS NOT NULL), '{}')
                 FROM person p JOIN unnest($6::uuid[]) WITH ORDINALITY AS new (id, n) ON new.n = p.n
               RETURNING id),
           waiting AS (
               INSERT INTO queue (message_id, campaign_id) SELECT id, $1 FROM made)
           SELECT (SELECT count(*) FROM made) AS "planned!",
                  (SELECT count(*) FROM next) < $5 AS "complete!",
                  (SELECT contact_id FROM next ORDER BY contact_id DESC LIMIT 1) AS cursor"#,
        plan.campaign.0,
        &plan.lists,
        &plan.excluded,
        plan.cursor.unwrap_or(Uuid::nil()),
        i64::from(size),
        &ids,
        plan.content.0,
        &wanted as &[&str]
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO campaign_counts AS n (campaign_id, planned) VALUES ($1, $2)
         ON CONFLICT (campaign_id) DO UPDATE SET planned = n.planned + $2",
        plan.campaign.0,
        row.planned
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "UPDATE campaigns c
            SET plan_cursor = coalesce($2, plan_cursor),
                planned_at = CASE WHEN $3 THEN now() END,
                audience_size = CASE WHEN $3 THEN (SELECT planned FROM campaign_counts n WHERE n.campaign_id = c.id)
                                     ELSE audience_size END
          WHERE id = $1",
        plan.campaign.0,
        row.cursor,
        row.complete
    )
    .execute(&mut *db)
    .await?;
    Ok(Chunk { planned: row.planned.cast_unsigned(), complete: row.complete })
}

/// Whether a campaign waits for a planner.
pub async fn is_wanted(db: impl PgExecutor<'_>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM campaigns WHERE state = 'sending' AND planned_at IS NULL) AS "wanted!""#
    )
    .fetch_one(db)
    .await
}
