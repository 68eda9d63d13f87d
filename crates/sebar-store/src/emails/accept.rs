use chrono::{DateTime, Utc};
use sebar_domain::Address;
use sebar_domain::id::{ApiKeyId, MessageId, PoolId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::File;
use crate::blobs::Digest;
use crate::queue::CHANNEL;

/// A mail that is to be accepted.
#[derive(Clone, Debug)]
pub struct NewEmail {
    /// The key that handed it in.
    pub api_key: Option<ApiKeyId>,
    /// Its sender, in the envelope too.
    pub from: Address,
    /// Its subject.
    pub subject: String,
    /// From, to, cc, bcc and `reply_to` as they were given.
    pub addressed: Value,
    /// Name and value pairs: a list of objects.
    pub tags: Value,
    /// What its program keeps with it: an object.
    pub metadata: Value,
    /// The time that its program asked for; `None`: at once.
    pub scheduled_at: Option<DateTime<Utc>>,
    /// The pool that it is to go over; `None`: as the rules say.
    pub pool: Option<PoolId>,
    /// All but the Date, the contents of files, and the body where it stands apart.
    pub mime: Vec<u8>,
    /// A body that follows `mime`, kept by [`blobs::keep`](crate::blobs::keep).
    pub body: Option<Digest>,
    /// The Date to put before it; `None`: it has its own.
    pub dated_at: Option<DateTime<Utc>>,
    /// Its files; their contents were kept by [`blobs::keep`](crate::blobs::keep).
    pub files: Vec<File>,
    /// Whom it goes to, each address once. The first message gives the mail its id.
    pub recipients: Vec<Recipient>,
}

/// One recipient, and the message that goes there.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The message.
    pub message: MessageId,
    /// Its address.
    pub address: Address,
}

impl NewEmail {
    /// Its id: that of its first message.
    pub fn id(&self) -> MessageId {
        self.recipients.first().map_or(MessageId(Uuid::nil()), |first| first.message)
    }

    /// The ids of its messages as Postgres writes a list.
    fn message_ids(&self) -> String {
        let ids: Vec<String> = self.recipients.iter().map(|one| one.message.0.to_string()).collect();
        format!("{{{}}}", ids.join(","))
    }
}

/// Stores mails with a message for each recipient, in the caller's transaction: when that commits,
/// they are accepted. Whose address is suppressed gets a message that says so and is not sent;
/// having unsubscribed from campaigns is no such reason.
///
/// One statement, however many mails: nothing that it costs grows with the history. The senders hear of
/// it when it commits.
pub async fn accept(db: &mut PgConnection, emails: &[&NewEmail]) -> sqlx::Result<()> {
    let ids: Vec<Uuid> = emails.iter().map(|email| email.id().0).collect();
    let keys: Vec<Option<Uuid>> = emails.iter().map(|email| email.api_key.map(|key| key.0)).collect();
    let from: Vec<&str> = emails.iter().map(|email| email.from.as_str()).collect();
    let subjects: Vec<&str> = emails.iter().map(|email| email.subject.as_str()).collect();
    let addressed: Vec<&Value> = emails.iter().map(|email| &email.addressed).collect();
    let tags: Vec<&Value> = emails.iter().map(|email| &email.tags).collect();
    let metadata: Vec<&Value> = emails.iter().map(|email| &email.metadata).collect();
    let scheduled: Vec<Option<DateTime<Utc>>> = emails.iter().map(|email| email.scheduled_at).collect();
    let mimes: Vec<&[u8]> = emails.iter().map(|email| email.mime.as_slice()).collect();
    let bodies: Vec<Option<&[u8]>> =
        emails.iter().map(|email| email.body.as_ref().map(|digest| digest.bytes().as_slice())).collect();
    let dated: Vec<Option<DateTime<Utc>>> = emails.iter().map(|email| email.dated_at).collect();
    let pools: Vec<Option<Uuid>> = emails.iter().map(|email| email.pool.map(|pool| pool.0)).collect();
    let files: Vec<Value> = emails.iter().map(|email| json!(email.files)).collect();
    let recipients = || emails.iter().flat_map(|email| email.recipients.iter().map(move |one| (email, one)));
    let of: Vec<Uuid> = recipients().map(|(email, _)| email.id().0).collect();
    let messages: Vec<Uuid> = recipients().map(|(_, one)| one.message.0).collect();
    let addresses: Vec<&str> = recipients().map(|(_, one)| one.address.as_str()).collect();
    // Lists of different lengths have no place in a list but as text.
    let of_each: Vec<String> = emails.iter().map(|email| email.message_ids()).collect();
    sqlx::query!(
        r#"WITH recipient AS MATERIALIZED (
               SELECT r.*,
                      (SELECT c.id FROM contacts c WHERE lower(c.email) = lower(r.address)) AS contact_id,
                      EXISTS (SELECT FROM suppressions s
                               WHERE s.email = ANY(suppression_keys(r.address)) AND s.reason <> 'unsubscribed') AS suppressed
                 FROM unnest($12::uuid[], $13::uuid[], $14::text[]) AS r (email_id, message_id, address)),
           email AS (
               SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[],
                                    $7::jsonb[], $8::timestamptz[], $9::bytea[], $10::timestamptz[], $11::jsonb[],
                                    $15::uuid[], $16::text[], $18::bytea[])
                   AS e (id, api_key_id, from_email, subject, addressed, tags, metadata, scheduled_at, mime,
                         dated_at, files, pool_id, message_ids, body)),
           stored AS (
               INSERT INTO emails (id, api_key_id, message_ids, from_email, subject, addressed, tags, metadata,
                                   scheduled_at, mime, dated_at, files, pool_id, body)
               SELECT e.id, e.api_key_id,
                      e.message_ids::uuid[],
                      e.from_email, e.subject, e.addressed, e.tags, e.metadata, e.scheduled_at, e.mime,
                      e.dated_at, e.files, e.pool_id, e.body
                 FROM email e),
           tagged AS (
               INSERT INTO email_tags (tag, email_id)
               SELECT DISTINCT (tag ->> 'name') || ':' || (tag ->> 'value'), e.id
                 FROM email e CROSS JOIN LATERAL jsonb_array_elements(e.tags) tag),
           made AS (
               INSERT INTO messages (id, stream, contact_id, content_id, recipient, state, reason, finished_at, due_at)
               SELECT r.message_id, 'transactional', r.contact_id, r.email_id, r.address,
                      CASE WHEN r.suppressed THEN 'suppressed' ELSE 'queued' END,
                      CASE WHEN r.suppressed THEN 'suppressed' END,
                      CASE WHEN r.suppressed THEN now() END,
                      coalesce(e.scheduled_at, now())
                 FROM recipient r JOIN email e ON e.id = r.email_id
               RETURNING id, content_id, state, due_at),
           told AS (
               INSERT INTO webhook_events (webhook_id, kind, subject)
               SELECT w.id, k.kind, m.id
                 FROM made m JOIN email e ON e.id = m.content_id
                CROSS JOIN LATERAL (VALUES (1, 'email.accepted', true),
                                           (2, 'email.scheduled', m.state = 'queued' AND e.scheduled_at IS NOT NULL),
                                           (3, 'email.suppressed', m.state = 'suppressed')) k (n, kind, is_so)
                 JOIN webhooks w ON w.enabled AND k.kind = ANY (w.events)
                WHERE EXISTS (SELECT FROM webhooks WHERE enabled) AND k.is_so
                ORDER BY m.id, k.n),
           queued AS (
               INSERT INTO queue (message_id, due_at, pool_id)
               SELECT m.id, m.due_at, e.pool_id FROM made m JOIN email e ON e.id = m.content_id
                WHERE m.state = 'queued'
               RETURNING message_id)
           SELECT pg_notify($17, '') AS told WHERE EXISTS (SELECT FROM queued)"#,
        &ids,
        &keys as &[Option<Uuid>],
        &from as &[&str],
        &subjects as &[&str],
        &addressed as &[&Value],
        &tags as &[&Value],
        &metadata as &[&Value],
        &scheduled as &[Option<DateTime<Utc>>],
        &mimes as &[&[u8]],
        &dated as &[Option<DateTime<Utc>>],
        &files,
        &of,
        &messages,
        &addresses as &[&str],
        &pools as &[Option<Uuid>],
        &of_each,
        CHANNEL,
        &bodies as &[Option<&[u8]>]
    )
    .fetch_optional(db)
    .await?;
    Ok(())
}
