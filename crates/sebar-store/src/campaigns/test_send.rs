use sebar_domain::Address;
use sebar_domain::id::{CampaignId, ContentId, MessageId};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::queue;

/// Queues one mail of `content` for each address, in the stream `test`: sent at once, whatever the
/// state of `campaign`, and over its pool. They belong to no contact and are not counted in the campaign's report.
pub async fn queue_tests(
    db: &mut PgConnection,
    campaign: CampaignId,
    content: ContentId,
    recipients: &[Address],
    merge: &Value,
) -> sqlx::Result<Vec<MessageId>> {
    let ids: Vec<Uuid> = recipients.iter().map(|_| MessageId::new().0).collect();
    let addresses: Vec<String> = recipients.iter().map(|address| address.as_str().to_owned()).collect();
    sqlx::query!(
        "WITH made AS (
             INSERT INTO messages (id, stream, test_of, content_id, recipient, merge)
             SELECT id, 'test', $3, $4, recipient, $5 FROM unnest($1::uuid[], $2::text[]) AS test (id, recipient)
             RETURNING id)
         INSERT INTO queue (message_id, pool_id)
         SELECT id, (SELECT pool_id FROM campaigns WHERE id = $3) FROM made",
        &ids,
        &addresses,
        campaign.0,
        content.0,
        merge
    )
    .execute(&mut *db)
    .await?;
    queue::wake(db).await?;
    Ok(ids.into_iter().map(MessageId).collect())
}
