//! Unsubscribing by the link in a mail, and taking it back.

use chrono::Utc;
use sebar_domain::id::{ContactId, MessageId};
use sebar_domain::{ContactEvent, EventKind, Stream};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::contact_events::{self, Cause};
use crate::contacts;
use crate::webhooks::{self, NewEvent};

/// Whose link it is, and how they stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The address that the mail went to.
    pub recipient: String,
    /// What kind of mail it was; a test send unsubscribes nobody.
    pub stream: Stream,
    /// Whether this mail's link has been used, and holds: a user may have resubscribed them since.
    pub unsubscribed: bool,
    /// Whether the link can take that back: not what a user of the dashboard did.
    pub can_take_back: bool,
}

/// How the recipient of a message stands; `None` if the message is no longer stored.
pub async fn standing(db: &mut PgConnection, id: MessageId) -> sqlx::Result<Option<Standing>> {
    let row = sqlx::query!(
        r#"SELECT recipient, stream, contact_id, unsubscribed_at IS NOT NULL AND (
                  EXISTS (SELECT FROM contacts c WHERE c.id = contact_id AND c.unsubscribed_at IS NOT NULL)
               OR EXISTS (SELECT FROM suppressions s WHERE s.email = lower(recipient))) AS "unsubscribed!"
             FROM messages WHERE id = $1"#,
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let can_take_back = row.unsubscribed && !is_by_hand(db, row.contact_id).await?;
    Ok(Some(Standing {
        recipient: row.recipient,
        stream: row.stream.parse().unwrap_or(Stream::Test),
        unsubscribed: row.unsubscribed,
        can_take_back,
    }))
}

/// Whether a contact was unsubscribed by a user, and not by a link.
async fn is_by_hand(db: &mut PgConnection, contact: Option<Uuid>) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT coalesce((SELECT message_id IS NULL FROM contact_events
                             WHERE contact_id = $1 AND kind = 'unsubscribed' ORDER BY id DESC LIMIT 1), false) AS "by_hand!""#,
        contact
    )
    .fetch_one(db)
    .await
}

/// Unsubscribes the recipient of a message from everything, in the caller's transaction. Twice is once.
///
/// What is queued for them is stopped when it is claimed. If the contact has been deleted meanwhile, or
/// has another address now, the one that the mail went to is suppressed, so that a later import does not
/// bring it back.
pub async fn unsubscribe(db: &mut PgConnection, id: MessageId) -> sqlx::Result<()> {
    let message = sqlx::query!(
        "SELECT campaign_id, contact_id, recipient, unsubscribed_at FROM messages
          WHERE id = $1 AND stream <> 'test' FOR UPDATE",
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(message) = message else { return Ok(()) };
    let contact = message.contact_id.map(ContactId);
    // Locked: a deletion at the same moment either sees them unsubscribed, or is seen here.
    let now = sqlx::query_scalar!(
        "SELECT email FROM contacts WHERE id = $1 FOR UPDATE",
        contact.map(|contact| contact.0)
    )
    .fetch_optional(&mut *db)
    .await?;
    if let (Some(contact), Some(_)) = (contact, &now) {
        contacts::unsubscribe(db, &[contact], Cause::Message(id), "").await?;
    }
    if now.is_none_or(|email| email.to_lowercase() != message.recipient.to_lowercase()) {
        sqlx::query!(
            "INSERT INTO suppressions (email, reason, note)
             VALUES (lower($1), 'unsubscribed', '') ON CONFLICT DO NOTHING",
            message.recipient
        )
        .execute(&mut *db)
        .await?;
    }
    // A link that was used before acts again, for a user may have resubscribed them; it counts once.
    if message.unsubscribed_at.is_some() {
        return Ok(());
    }
    sqlx::query!("UPDATE messages SET unsubscribed_at = now() WHERE id = $1", id.0).execute(&mut *db).await?;
    sqlx::query!(
        "INSERT INTO message_events (message_id, id, kind, at) VALUES ($1, $2, 'unsubscribe', now())",
        id.0,
        Uuid::now_v7()
    )
    .execute(&mut *db)
    .await?;
    let event = NewEvent {
        kind: EventKind::EmailUnsubscribed,
        message: id,
        of_campaign: message.campaign_id.is_some(),
        at: Utc::now(),
        facts: json!({}),
    };
    webhooks::tell(&mut *db, &[event]).await?;
    count(db, message.campaign_id, 1).await
}

/// Takes back an unsubscription that was made by a link, as this message's reader asks. What a user of
/// the dashboard did (for somebody who telephoned, say) only a user takes back.
pub async fn take_back(db: &mut PgConnection, id: MessageId) -> sqlx::Result<()> {
    if !standing(db, id).await?.is_some_and(|standing| standing.can_take_back) {
        return Ok(());
    }
    let message = sqlx::query!(
        "UPDATE messages SET unsubscribed_at = NULL
          WHERE id = $1 AND unsubscribed_at IS NOT NULL AND stream <> 'test'
      RETURNING campaign_id, contact_id, recipient",
        id.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(message) = message else { return Ok(()) };
    if let Some(contact) = message.contact_id {
        let contact = sqlx::query_scalar!(
            "UPDATE contacts SET unsubscribed_at = NULL, updated_at = now() WHERE id = $1 RETURNING id",
            contact
        )
        .fetch_optional(&mut *db)
        .await?;
        if let Some(contact) = contact {
            let cause = Cause::Message(id);
            contact_events::record(&mut *db, &[contact.into()], ContactEvent::Resubscribed, cause, json!({}))
                .await?;
        }
    }
    sqlx::query!(
        "WITH gone AS (DELETE FROM suppressions WHERE email = lower($1) AND reason = 'unsubscribed' RETURNING *)
         INSERT INTO suppression_history (email, what, reason, source)
         SELECT email, 'lifted', reason, source FROM gone",
        message.recipient
    )
    .execute(&mut *db)
    .await?;
    count(db, message.campaign_id, -1).await
}

async fn count(db: &mut PgConnection, campaign: Option<Uuid>, n: i64) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE campaign_counts SET unsubscribed = unsubscribed + $2 WHERE campaign_id = $1",
        campaign,
        n
    )
    .execute(db)
    .await?;
    Ok(())
}
