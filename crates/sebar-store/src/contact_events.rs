//! What happened to contacts besides mail, for their history.

use sebar_domain::ContactEvent;
use sebar_domain::id::{ContactId, MessageId, UserId};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

/// Who or what made it happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A user of the dashboard.
    User(UserId),
    /// The link in a mail.
    Message(MessageId),
    /// Sebar itself.
    System,
}

impl Cause {
    /// The cause named by what is known: a message before a user.
    pub fn of(message: Option<MessageId>, user: Option<UserId>) -> Self {
        message.map(Self::Message).or(user.map(Self::User)).unwrap_or(Self::System)
    }
}

/// Records the same event for several contacts. Call it in the transaction of the change itself.
pub async fn record(
    db: impl PgExecutor<'_>,
    contacts: &[ContactId],
    kind: ContactEvent,
    cause: Cause,
    details: Value,
) -> sqlx::Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = contacts.iter().map(|_| Uuid::now_v7()).collect();
    let (user, message) = match cause {
        Cause::User(user) => (Some(user.0), None),
        Cause::Message(message) => (None, Some(message.0)),
        Cause::System => (None, None),
    };
    sqlx::query!(
        "INSERT INTO contact_events (id, contact_id, kind, user_id, message_id, details)
         SELECT id, contact_id, $3, $4, $5, $6 FROM unnest($1::uuid[], $2::uuid[]) AS new (id, contact_id)",
        &ids,
        &crate::contacts::uuids(contacts),
        kind.as_str(),
        user,
        message,
        details
    )
    .execute(db)
    .await?;
    Ok(())
}
