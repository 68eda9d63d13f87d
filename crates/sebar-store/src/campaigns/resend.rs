//! Sending anew what was not sent, or perhaps not.

use chrono::{DateTime, Utc};
use sebar_domain::id::CampaignId;
use sqlx::PgConnection;

use crate::control;

/// Queues up to `limit` messages of a campaign anew that stand in `trouble` (`failed` or `in_doubt`)
/// since before `until`, and has the campaign go on if it was over. Consent is asked again when they
/// are claimed, their time for retries begins again, and their Message-IDs stay. Returns how many.
///
/// The caller holds the row ([`lock`](super::lock)) and asked the domain for the transition.
pub async fn resend(
    db: &mut PgConnection,
    id: CampaignId,
    trouble: &str,
    until: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<i64> {
    let queued = sqlx::query_scalar!(
        r#"WITH again AS (
               UPDATE messages
                  SET state = 'queued', finished_at = NULL, reason = NULL, digest = NULL, size = NULL, due_at = now(),
                      attempts_before = attempts
                WHERE id = ANY(ARRAY(
                      SELECT id FROM messages
                       WHERE campaign_id = $1 AND trouble = $2 AND finished_at <= $3
                       ORDER BY id LIMIT $4 FOR UPDATE))
               RETURNING id),
           waiting AS (
               INSERT INTO queue (message_id, campaign_id) SELECT id, $1 FROM again),
           counted AS (
               UPDATE campaign_counts
                  SET failed = failed - CASE $2 WHEN 'failed' THEN (SELECT count(*) FROM again) ELSE 0 END,
                      in_doubt = in_doubt - CASE $2 WHEN 'in_doubt' THEN (SELECT count(*) FROM again) ELSE 0 END
                WHERE campaign_id = $1)
           SELECT count(*) AS "count!" FROM again"#,
        id.0,
        trouble,
        until,
        limit
    )
    .fetch_one(&mut *db)
    .await?;
    if queued > 0 {
        sqlx::query!(
            "UPDATE campaigns
                SET state = CASE state WHEN 'sent' THEN 'sending' ELSE state END, finished_at = NULL, settled_at = NULL,
                    updated_at = now()
              WHERE id = $1",
            id.0
        )
        .execute(&mut *db)
        .await?;
        control::tell(db).await?;
    }
    Ok(queued)
}
