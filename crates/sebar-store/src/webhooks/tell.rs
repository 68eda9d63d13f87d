use chrono::{DateTime, Utc};
use sebar_domain::EventKind;
use sebar_domain::id::MessageId;
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

/// Something that happened to a message.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What.
    pub kind: EventKind,
    /// To which message.
    pub message: MessageId,
    /// Whether it is a campaign's.
    pub of_campaign: bool,
    /// When.
    pub at: DateTime<Utc>,
    /// What else is known of it: an object.
    pub facts: Value,
}

/// Writes down events for the webhooks that asked for them. Call it in the transaction that makes them true.
pub async fn tell(db: impl PgExecutor<'_>, events: &[NewEvent]) -> sqlx::Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO webhook_events (webhook_id, kind, subject, at, facts)
         SELECT w.id, e.kind, e.subject, e.at, e.facts
           FROM unnest($1::text[], $2::uuid[], $3::boolean[], $4::timestamptz[], $5::jsonb[]) WITH ORDINALITY
                AS e (kind, subject, of_campaign, at, facts, n)
           JOIN webhooks w ON w.enabled AND e.kind = ANY (w.events) AND (w.campaigns OR NOT e.of_campaign)
          ORDER BY e.n",
        &events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>() as &[&str],
        &events.iter().map(|event| event.message.0).collect::<Vec<Uuid>>(),
        &events.iter().map(|event| event.of_campaign).collect::<Vec<_>>(),
        &events.iter().map(|event| event.at).collect::<Vec<_>>(),
        &events.iter().map(|event| event.facts.clone()).collect::<Vec<_>>()
    )
    .execute(db)
    .await?;
    Ok(())
}
