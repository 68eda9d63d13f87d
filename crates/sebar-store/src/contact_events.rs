//! What happened to contacts besides mail, for their history.

use sebar_domain::ContactEvent;
use sebar_domain::id::{ApiKeyId, ContactId, MessageId, UserId};
use serde_json::Value;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::actor::Actor;

/// Who or what made it happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A user of the dashboard.
    User(UserId),
    /// A program.
    Key(ApiKeyId),
    /// The link in a mail.
    Message(MessageId),
    /// Sebar itself.
    System,
}

impl From<Actor> for Cause {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::User(user) => Self::User(user),
            Actor::Key(key) => Self::Key(key),
        }
    }
}

impl From<UserId> for Cause {
    fn from(user: UserId) -> Self {
        Self::User(user)
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
    let (user, key, message) = match cause {
        Cause::User(user) => (Some(user.0), None, None),
        Cause::Key(key) => (None, Some(key.0), None),
        Cause::Message(message) => (None, None, Some(message.0)),
        Cause::System => (None, None, None),
    };
    sqlx::query!(
        "INSERT INTO contact_events (id, contact_id, kind, user_id, message_id, details, api_key_id)
         SELECT id, contact_id, $3, $4, $5, $6, $7 FROM unnest($1::uuid[], $2::uuid[]) AS new (id, contact_id)",
        &ids,
        &crate::contacts::uuids(contacts),
        kind.as_str(),
        user,
        message,
        details,
        key
    )
    .execute(db)
    .await?;
    Ok(())
}
