use sebar_domain::id::ContactId;
use sebar_domain::{Address, ContactEvent};
use serde_json::{Map, Value, json};
use sqlx::{PgConnection, PgExecutor};

use super::{Contact, uuids};
use crate::actor::Actor;
use crate::contact_events::{self, Cause};
use crate::lists;

/// What a user says about a contact.
#[derive(Clone, Debug)]
pub struct ContactData<'a> {
    /// The address.
    pub email: &'a Address,
    /// The name; may be empty.
    pub name: &'a str,
    /// Free facts.
    pub attributes: &'a Map<String, Value>,
    /// BCP 47.
    pub language: Option<&'a str>,
    /// IANA name.
    pub time_zone: Option<&'a str>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is stored.
    Done,
    /// Another contact has this address; nothing changed.
    EmailTaken,
    /// The contact has been deleted meanwhile.
    Gone,
}

/// Adds a contact; `None` if the address belongs to one already.
pub async fn create(
    db: &mut PgConnection,
    data: &ContactData<'_>,
    by: impl Into<Actor>,
) -> sqlx::Result<Option<ContactId>> {
    lists::lock_all(&mut *db).await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO contacts (id, email, name, attributes, language, time_zone)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (lower(email)) DO NOTHING RETURNING id",
        ContactId::new().0,
        data.email.as_str(),
        data.name,
        Value::Object(data.attributes.clone()),
        data.language,
        data.time_zone
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(id) = id.map(ContactId) else { return Ok(None) };
    contact_events::record(db, &[id], ContactEvent::Created, by.into().into(), json!({})).await?;
    Ok(Some(id))
}

/// The names of the fields that differ.
pub fn changes(before: &Contact, after: &ContactData<'_>) -> Vec<String> {
    let mut changed = Vec::new();
    let mut note = |differs: bool, field: &str| {
        if differs {
            changed.push(field.to_owned());
        }
    };
    note(before.email != after.email.as_str(), "email");
    note(before.name != after.name, "name");
    note(before.language.as_deref() != after.language, "language");
    note(before.time_zone.as_deref() != after.time_zone, "time_zone");
    let keys = before.attributes.keys().chain(after.attributes.keys());
    let mut keys: Vec<_> =
        keys.filter(|key| before.attributes.get(*key) != after.attributes.get(*key)).collect();
    keys.sort();
    keys.dedup();
    changed.extend(keys.into_iter().cloned());
    changed
}

/// Changes a contact's data. Not its lists, and not whether it is mailed.
///
/// The former address of one who has unsubscribed goes on the suppression list, so that an import
/// that brings it back does not mail them again.
pub async fn update(db: impl PgExecutor<'_>, id: ContactId, data: &ContactData<'_>) -> sqlx::Result<Saved> {
    let done = sqlx::query!(
        "WITH before AS (SELECT email, unsubscribed_at FROM contacts WHERE id = $1 FOR UPDATE),
              kept AS (
                  INSERT INTO suppressions (email, reason)
                  SELECT lower(email), 'unsubscribed' FROM before
                   WHERE unsubscribed_at IS NOT NULL AND lower(email) <> lower($2)
                  ON CONFLICT DO NOTHING)
         UPDATE contacts
            SET email = $2, name = $3, attributes = $4, language = $5, time_zone = $6, updated_at = now()
          WHERE id = $1 AND EXISTS (SELECT FROM before)",
        id.0,
        data.email.as_str(),
        data.name,
        Value::Object(data.attributes.clone()),
        data.language,
        data.time_zone
    )
    .execute(db)
    .await;
    match done {
        Ok(done) if done.rows_affected() == 0 => Ok(Saved::Gone),
        Ok(_) => Ok(Saved::Done),
        Err(fault) if is_taken(&fault) => Ok(Saved::EmailTaken),
        Err(fault) => Err(fault),
    }
}

fn is_taken(fault: &sqlx::Error) -> bool {
    fault.as_database_error().and_then(sqlx::error::DatabaseError::constraint) == Some("contacts_email")
}

/// Deletes contacts; returns how many there were. What was sent to them stays in the archive.
///
/// Who had unsubscribed goes on the suppression list, so that an import that brings the address
/// back does not mail them again.
pub async fn delete(db: &mut PgConnection, ids: &[ContactId]) -> sqlx::Result<u64> {
    let ids = uuids(ids);
    // First, so that nobody unsubscribes between these statements: they would find the contact gone.
    sqlx::query!("SELECT FROM contacts WHERE id = ANY ($1) ORDER BY id FOR UPDATE", &ids)
        .execute(&mut *db)
        .await?;
    lists::lock_of(&mut *db, &ids).await?;
    // In one statement: the cascade would take one for each contact, and count each alone.
    sqlx::query!("DELETE FROM list_members WHERE contact_id = ANY ($1)", &ids).execute(&mut *db).await?;
    sqlx::query!(
        "INSERT INTO suppressions (email, reason)
         SELECT lower(email), 'unsubscribed' FROM contacts
          WHERE id = ANY ($1) AND unsubscribed_at IS NOT NULL ORDER BY lower(email)
         ON CONFLICT DO NOTHING",
        &ids
    )
    .execute(&mut *db)
    .await?;
    let done = sqlx::query!("DELETE FROM contacts WHERE id = ANY ($1)", &ids).execute(&mut *db).await?;
    Ok(done.rows_affected())
}

/// Unsubscribes contacts from everything; returns how many were not yet. Twice is once.
///
/// What is queued for them is stopped when it is claimed.
pub async fn unsubscribe(
    db: &mut PgConnection,
    ids: &[ContactId],
    cause: impl Into<Cause>,
    note: &str,
) -> sqlx::Result<u64> {
    let changed = sqlx::query_scalar!(
        "UPDATE contacts SET unsubscribed_at = now(), updated_at = now()
          WHERE id = ANY (ARRAY(SELECT id FROM contacts WHERE id = ANY ($1) AND unsubscribed_at IS NULL
                                 ORDER BY id FOR NO KEY UPDATE))
      RETURNING id",
        &uuids(ids)
    )
    .fetch_all(&mut *db)
    .await?;
    let changed: Vec<_> = changed.into_iter().map(ContactId).collect();
    contact_events::record(db, &changed, ContactEvent::Unsubscribed, cause.into(), noted(note)).await?;
    Ok(changed.len() as u64)
}

/// Lets a contact be mailed again, since they asked for it. `false` if they had not unsubscribed.
pub async fn resubscribe(
    db: &mut PgConnection,
    id: ContactId,
    by: impl Into<Actor>,
    note: &str,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "UPDATE contacts SET unsubscribed_at = NULL, updated_at = now()
          WHERE id = $1 AND unsubscribed_at IS NOT NULL",
        id.0
    )
    .execute(&mut *db)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    contact_events::record(db, &[id], ContactEvent::Resubscribed, by.into().into(), noted(note)).await?;
    Ok(true)
}

/// An event's details: a note, if there is one.
pub(crate) fn noted(note: &str) -> Value {
    if note.is_empty() { json!({}) } else { json!({ "note": note }) }
}
