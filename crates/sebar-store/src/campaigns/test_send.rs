use sebar_domain::Address;
use sebar_domain::id::{ContentId, MessageId};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::CONTROL_CHANNEL;

/// Puts one mail of `content` for each address into the queue, in the stream `test`: they belong to
/// no campaign and no contact, so nothing that happens to them is counted or held against anybody.
pub async fn queue_tests(
    db: &mut PgConnection,
    content: ContentId,
    recipients: &[Address],
    merge: &Value,
) -> sqlx::Result<Vec<MessageId>> {
    let ids: Vec<Uuid> = recipients.iter().map(|_| MessageId::new().0).collect();
    let addresses: Vec<String> = recipients.iter().map(|address| address.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO messages (id, stream, content_id, recipient, merge)
         SELECT id, 'test', $3, recipient, $4 FROM unnest($1::uuid[], $2::text[]) AS test (id, recipient)",
        &ids,
        &addresses,
        content.0,
        merge
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("SELECT pg_notify($1, 'test')", CONTROL_CHANNEL).execute(db).await?;
    Ok(ids.into_iter().map(MessageId).collect())
}
