//! Lists: named sets of contacts.

use chrono::{DateTime, Utc};
use sebar_domain::id::{CampaignId, ContactId, ListId};
use sebar_domain::{CampaignState, ContactEvent};
use serde_json::json;
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::actor::Actor;
use crate::contact_events;
use crate::contacts::uuids;

/// A list.
#[derive(Clone, Debug)]
pub struct List {
    /// Its key.
    pub id: ListId,
    /// How its users call it.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// How many contacts are in it.
    pub members: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// All lists by name. There are few: people make them.
pub async fn all(db: impl PgExecutor<'_>) -> sqlx::Result<Vec<List>> {
    sqlx::query_as!(
        List,
        "SELECT id, name, description, members, created_at FROM lists ORDER BY lower(name), id"
    )
    .fetch_all(db)
    .await
}

/// One list.
pub async fn get(db: impl PgExecutor<'_>, id: ListId) -> sqlx::Result<Option<List>> {
    sqlx::query_as!(List, "SELECT id, name, description, members, created_at FROM lists WHERE id = $1", id.0)
        .fetch_optional(db)
        .await
}

/// Makes a list; `None` if another has this name.
pub async fn create(db: impl PgExecutor<'_>, name: &str, description: &str) -> sqlx::Result<Option<ListId>> {
    let id = sqlx::query_scalar!(
        "INSERT INTO lists (id, name, description) VALUES ($1, $2, $3)
         ON CONFLICT (lower(name)) DO NOTHING RETURNING id",
        ListId::new().0,
        name,
        description
    )
    .fetch_optional(db)
    .await?;
    Ok(id.map(ListId))
}

/// Renames and describes a list; `false` if another has this name.
pub async fn update(
    db: impl PgExecutor<'_>,
    id: ListId,
    name: &str,
    description: &str,
) -> sqlx::Result<bool> {
    let done =
        sqlx::query!("UPDATE lists SET name = $2, description = $3 WHERE id = $1", id.0, name, description)
            .execute(db)
            .await;
    match done {
        Ok(_) => Ok(true),
        Err(fault)
            if fault.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
                == Some("lists_name") =>
        {
            Ok(false)
        }
        Err(fault) => Err(fault),
    }
}

/// Deletes a list; its contacts stay.
pub async fn delete(db: impl PgExecutor<'_>, id: ListId) -> sqlx::Result<bool> {
    Ok(sqlx::query!("DELETE FROM lists WHERE id = $1", id.0).execute(db).await?.rows_affected() > 0)
}

/// A campaign whose audience is made with a list.
#[derive(Clone, Debug)]
pub struct Use {
    /// Which campaign.
    pub campaign: CampaignId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: CampaignState,
}

impl Use {
    /// Whether the campaign will still read the list by itself, so that deleting it would change
    /// who gets the mail without anybody looking at it again.
    pub fn is_binding(&self) -> bool {
        self.state != CampaignState::Draft
    }
}

/// The campaigns that have yet to read this list: drafts, scheduled ones, and those of which part is
/// still unplanned. The newest first.
pub async fn uses(db: impl PgExecutor<'_>, id: ListId) -> sqlx::Result<Vec<Use>> {
    let rows = sqlx::query!(
        "SELECT id, name, state FROM campaigns
          WHERE (state IN ('draft', 'scheduled') OR (state IN ('sending', 'paused') AND planned_at IS NULL))
            AND (list_ids @> ARRAY[$1::uuid] OR excluded_list_ids @> ARRAY[$1::uuid])
          ORDER BY id DESC",
        id.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Use { campaign: row.id.into(), name: row.name, state: row.state.parse().ok()? })
        })
        .collect())
}

// Whoever changes memberships locks the contacts, then the lists, each by id, then the memberships:
// so nobody waits for somebody who waits for them.

/// Locks the lists that contacts are in, whose sizes change when the contacts go. The contacts must be
/// locked already.
pub(crate) async fn lock_of(db: impl PgExecutor<'_>, contacts: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!(
        "SELECT FROM lists WHERE id IN (SELECT list_id FROM list_members WHERE contact_id = ANY ($1))
          ORDER BY id FOR NO KEY UPDATE",
        contacts
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks all lists, for somebody who makes a contact and then chooses its lists: a new contact is
/// counted at once, and the tally's lock comes after those on lists.
pub(crate) async fn lock_all(db: impl PgExecutor<'_>) -> sqlx::Result<()> {
    sqlx::query!("SELECT FROM lists ORDER BY id FOR NO KEY UPDATE").execute(db).await?;
    Ok(())
}

/// Locks contacts and lists, against their deletion and for a change of their memberships.
async fn lock(db: &mut PgConnection, contacts: &[Uuid], lists: &[Uuid]) -> sqlx::Result<()> {
    sqlx::query!("SELECT FROM contacts WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE", contacts)
        .execute(&mut *db)
        .await?;
    sqlx::query!("SELECT FROM lists WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", lists)
        .execute(db)
        .await?;
    Ok(())
}

/// Puts contacts into a list; returns how many were not in it. Those that have been deleted meanwhile
/// are passed over, and so is the list.
pub async fn add(
    db: &mut PgConnection,
    list: &List,
    contacts: &[ContactId],
    by: impl Into<Actor>,
) -> sqlx::Result<u64> {
    let contacts = uuids(contacts);
    lock(db, &contacts, &[list.id.0]).await?;
    let added = sqlx::query_scalar!(
        "INSERT INTO list_members (list_id, contact_id)
         SELECT l.id, c.id FROM lists l, contacts c WHERE l.id = $1 AND c.id = ANY ($2) ORDER BY c.id
         ON CONFLICT DO NOTHING RETURNING contact_id",
        list.id.0,
        &contacts
    )
    .fetch_all(&mut *db)
    .await?;
    note(db, added, ContactEvent::Listed, list, by.into()).await
}

/// Takes contacts out of a list; returns how many were in it.
pub async fn remove(
    db: &mut PgConnection,
    list: &List,
    contacts: &[ContactId],
    by: impl Into<Actor>,
) -> sqlx::Result<u64> {
    let contacts = uuids(contacts);
    lock(db, &contacts, &[list.id.0]).await?;
    let removed = sqlx::query_scalar!(
        "DELETE FROM list_members WHERE list_id = $1 AND contact_id = ANY ($2) RETURNING contact_id",
        list.id.0,
        &contacts
    )
    .fetch_all(&mut *db)
    .await?;
    note(db, removed, ContactEvent::Unlisted, list, by.into()).await
}

async fn note(
    db: &mut PgConnection,
    contacts: Vec<Uuid>,
    kind: ContactEvent,
    list: &List,
    by: Actor,
) -> sqlx::Result<u64> {
    let contacts: Vec<ContactId> = contacts.into_iter().map(ContactId).collect();
    let details = json!({ "list": list.name });
    contact_events::record(db, &contacts, kind, by.into(), details).await?;
    Ok(contacts.len() as u64)
}

/// The lists that a contact is in.
pub async fn of_contact(db: impl PgExecutor<'_>, contact: ContactId) -> sqlx::Result<Vec<ListId>> {
    let ids = sqlx::query_scalar!("SELECT list_id FROM list_members WHERE contact_id = $1", contact.0)
        .fetch_all(db)
        .await?;
    Ok(ids.into_iter().map(ListId).collect())
}

/// Makes these the lists of a contact; others it leaves. Call it in a transaction.
pub async fn set_of_contact(
    db: &mut PgConnection,
    contact: ContactId,
    wanted: &[ListId],
    by: impl Into<Actor>,
) -> sqlx::Result<()> {
    let by = by.into();
    let all = all(&mut *db).await?;
    let ids: Vec<Uuid> = all.iter().map(|list| list.id.0).collect();
    lock(db, &[contact.0], &ids).await?;
    let present = of_contact(&mut *db, contact).await?;
    for list in all {
        match (present.contains(&list.id), wanted.contains(&list.id)) {
            (false, true) => {
                add(db, &list, &[contact], by).await?;
            }
            (true, false) => {
                remove(db, &list, &[contact], by).await?;
            }
            _ => {}
        }
    }
    Ok(())
}
