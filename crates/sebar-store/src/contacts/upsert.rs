use std::collections::HashMap;

use sebar_domain::id::ContactId;
use sebar_domain::{Address, ContactEvent};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Contact, ContactData, Row, changes};
use crate::actor::Actor;
use crate::contact_events;
use crate::lists;

/// What is said about somebody who may be a contact already. What is left out stays as it is.
#[derive(Clone, Debug)]
pub struct Upsert {
    /// The address, by which they are known.
    pub email: Address,
    /// The name.
    pub name: Option<String>,
    /// Free facts; `null` takes one away.
    pub attributes: Map<String, Value>,
    /// BCP 47; `Some(None)`: none.
    pub language: Option<Option<String>>,
    /// IANA name; `Some(None)`: none.
    pub time_zone: Option<Option<String>>,
}

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upserted {
    /// The contact.
    pub id: ContactId,
    /// Whether it is new.
    pub created: bool,
}

impl Upsert {
    /// The contact as it is to be.
    fn onto(&self, before: &Contact) -> Contact {
        let mut after = before.clone();
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        for (key, value) in &self.attributes {
            if value.is_null() {
                after.attributes.remove(key);
            } else {
                after.attributes.insert(key.clone(), value.clone());
            }
        }
        if let Some(language) = &self.language {
            after.language.clone_from(language);
        }
        if let Some(zone) = &self.time_zone {
            after.time_zone.clone_from(zone);
        }
        after
    }
}

/// Adds contacts, or changes those that there are; what became of each, in their order, or `None` where
/// the contact was deleted at this moment. No address may come twice. Call it in a transaction.
///
/// Whether they are mailed stays as it is, and so do their lists.
pub async fn upsert(
    db: &mut PgConnection,
    given: &[Upsert],
    by: impl Into<Actor>,
) -> sqlx::Result<Vec<Option<Upserted>>> {
    let by = by.into();
    let keys: Vec<String> = given.iter().map(|one| one.email.key()).collect();
    // Contacts, then lists: the order of all who change both.
    let mut known = lock(db, &keys).await?;
    lists::lock_all(&mut *db).await?;
    let new: Vec<&Upsert> =
        given.iter().zip(&keys).filter(|(_, key)| !known.contains_key(*key)).map(|(one, _)| one).collect();
    let created = insert(db, &new).await?;
    let ids: Vec<ContactId> = created.values().copied().collect();
    contact_events::record(&mut *db, &ids, ContactEvent::Created, by.into(), json!({})).await?;
    // Somebody else added these at the same moment.
    let missed: Vec<String> =
        new.iter().map(|one| one.email.key()).filter(|key| !created.contains_key(key)).collect();
    if !missed.is_empty() {
        known.extend(lock(db, &missed).await?);
    }
    change(db, given, &keys, &known, by).await?;
    let became = |key: &String| {
        let new = created.get(key).map(|id| Upserted { id: *id, created: true });
        new.or_else(|| known.get(key).map(|before| Upserted { id: before.id, created: false }))
    };
    Ok(keys.iter().map(became).collect())
}

/// The contacts with these addresses, by address, locked.
async fn lock(db: &mut PgConnection, keys: &[String]) -> sqlx::Result<HashMap<String, Contact>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, email, name, attributes, language, time_zone, unsubscribed_at, created_at, updated_at
           FROM contacts WHERE lower(email) = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
        keys
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Contact::from).map(|contact| (contact.email.to_lowercase(), contact)).collect())
}

/// Adds those whose addresses are free; their ids by address.
async fn insert(db: &mut PgConnection, new: &[&Upsert]) -> sqlx::Result<HashMap<String, ContactId>> {
    if new.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = new.iter().map(|_| ContactId::new().0).collect();
    let emails: Vec<&str> = new.iter().map(|one| one.email.as_str()).collect();
    let names: Vec<&str> = new.iter().map(|one| one.name.as_deref().unwrap_or_default()).collect();
    let present = |one: &&Upsert| {
        let present = one.attributes.iter().filter(|(_, value)| !value.is_null());
        Value::Object(present.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    let attributes: Vec<Value> = new.iter().map(present).collect();
    let languages: Vec<Option<&str>> =
        new.iter().map(|one| one.language.as_ref().and_then(Option::as_deref)).collect();
    let zones: Vec<Option<&str>> =
        new.iter().map(|one| one.time_zone.as_ref().and_then(Option::as_deref)).collect();
    let rows = sqlx::query!(
        "INSERT INTO contacts (id, email, name, attributes, language, time_zone)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::text[])
             AS new (id, email, name, attributes, language, time_zone) ORDER BY lower(email)
         ON CONFLICT (lower(email)) DO NOTHING RETURNING id, email",
        &ids,
        &emails as &[&str],
        &names as &[&str],
        &attributes,
        &languages as &[Option<&str>],
        &zones as &[Option<&str>]
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.email.to_lowercase(), ContactId(row.id))).collect())
}

/// Changes those of whom something is different, and notes what.
async fn change(
    db: &mut PgConnection,
    given: &[Upsert],
    keys: &[String],
    known: &HashMap<String, Contact>,
    by: Actor,
) -> sqlx::Result<()> {
    let mut changed: Vec<Contact> = Vec::new();
    // Those with the same changes share an event's details.
    let mut noted: HashMap<Vec<String>, Vec<ContactId>> = HashMap::new();
    for (one, key) in given.iter().zip(keys) {
        let Some(before) = known.get(key) else { continue };
        let after = one.onto(before);
        let data = ContactData {
            email: &one.email,
            name: &after.name,
            attributes: &after.attributes,
            language: after.language.as_deref(),
            time_zone: after.time_zone.as_deref(),
        };
        let mut fields = changes(before, &data);
        // The same address in other capital letters is none.
        fields.retain(|field| field != "email");
        if !fields.is_empty() {
            noted.entry(fields).or_default().push(before.id);
            changed.push(after);
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changed.iter().map(|one| one.id.0).collect();
    let names: Vec<&str> = changed.iter().map(|one| one.name.as_str()).collect();
    let attributes: Vec<Value> = changed.iter().map(|one| Value::Object(one.attributes.clone())).collect();
    let languages: Vec<Option<&str>> = changed.iter().map(|one| one.language.as_deref()).collect();
    let zones: Vec<Option<&str>> = changed.iter().map(|one| one.time_zone.as_deref()).collect();
    sqlx::query!(
        "UPDATE contacts c
            SET name = n.name, attributes = n.attributes, language = n.language, time_zone = n.time_zone,
                updated_at = now()
           FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::text[])
                AS n (id, name, attributes, language, time_zone)
          WHERE c.id = n.id",
        &ids,
        &names as &[&str],
        &attributes,
        &languages as &[Option<&str>],
        &zones as &[Option<&str>]
    )
    .execute(&mut *db)
    .await?;
    for (fields, ids) in noted {
        let details = json!({ "fields": fields });
        contact_events::record(&mut *db, &ids, ContactEvent::Edited, by.into(), details).await?;
    }
    Ok(())
}
