//! Which message a bounce is about: by the mark in our return path, else by the Message-ID that it
//! quotes, else by its recipient and time.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sebar_domain::MatchedBy;
use sebar_domain::id::MessageId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{NewBounce, Quoted};

/// The message of a bounce.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) message: MessageId,
    pub(super) by: MatchedBy,
    /// Only the recipient's side, or the relay, could name it.
    pub(super) is_proof: bool,
}

/// What a bounce needs to know of its message, which is locked.
pub(super) struct Message {
    pub(super) recipient: String,
    pub(super) campaign: Option<Uuid>,
    pub(super) contact: Option<Uuid>,
    pub(super) bounced: bool,
    pub(super) complained: bool,
}

/// The message of each bounce, and the messages.
pub(super) async fn find(
    db: &mut PgConnection,
    bounces: &[&NewBounce],
) -> sqlx::Result<(Vec<Option<Found>>, HashMap<Uuid, Message>)> {
    // A mark says it all.
    let of = |bounce: &&NewBounce| match bounce.message {
        Some(_) => Vec::new(),
        None => bounce.quoted.clone(),
    };
    let quoted: Vec<Vec<Quoted>> = bounces.iter().map(of).collect();
    let emails = emails(db, &quoted).await?;
    let mut wanted: Vec<Uuid> =
        bounces.iter().filter_map(|bounce| bounce.message.map(|(_, id)| id.0)).collect();
    wanted.extend(quoted.iter().flatten().map(|quoted| quoted.message.0));
    wanted.extend(emails.values().flatten());
    let mut messages = lock(db, wanted).await?;
    let mut found: Vec<Option<Found>> = bounces
        .iter()
        .zip(&quoted)
        .map(|(bounce, quoted)| {
            named(bounce, &messages).or_else(|| by_id(bounce, quoted, &emails, &messages))
        })
        .collect();
    let lost: Vec<usize> = (0..bounces.len()).filter(|n| found[*n].is_none()).collect();
    for (n, message) in by_recipient(db, bounces, &lost).await? {
        found[n] = Some(Found { message, by: MatchedBy::Recipient, is_proof: false });
    }
    let guessed: Vec<Uuid> = lost.iter().filter_map(|n| found[*n].map(|found| found.message.0)).collect();
    messages.extend(lock(db, guessed).await?);
    Ok((found, messages))
}

fn named(bounce: &NewBounce, messages: &HashMap<Uuid, Message>) -> Option<Found> {
    let (by, message) = bounce.message?;
    messages.contains_key(&message.0).then_some(Found { message, by, is_proof: true })
}

fn by_id(
    bounce: &NewBounce,
    quoted: &[Quoted],
    emails: &HashMap<Uuid, Vec<Uuid>>,
    messages: &HashMap<Uuid, Message>,
) -> Option<Found> {
    let told = [bounce.address.as_deref(), bounce.final_address.as_deref()];
    quoted.iter().find_map(|quoted| {
        // Bare ids stand in the links of mails too, which people pass on: no proof of who speaks.
        let found = |message: &Uuid, is_proof| Found {
            message: MessageId(*message),
            by: MatchedBy::MessageId,
            is_proof,
        };
        let id = &quoted.message.0;
        match emails.get(id).map(Vec::as_slice) {
            None | Some([_]) => messages.contains_key(id).then(|| found(id, quoted.signed)),
            // One Message-ID stands for all of its recipients: each could speak in another's name.
            Some(several) => several.iter().find_map(|one| {
                let recipient = &messages.get(one)?.recipient;
                let is_told = told.iter().flatten().any(|told| told.eq_ignore_ascii_case(recipient));
                is_told.then(|| found(one, false))
            }),
        }
    })
}

/// The messages of single mails: one Message-ID stands for all their recipients.
async fn emails(db: &mut PgConnection, quoted: &[Vec<Quoted>]) -> sqlx::Result<HashMap<Uuid, Vec<Uuid>>> {
    let ids: Vec<Uuid> = quoted.iter().flatten().map(|quoted| quoted.message.0).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(HashMap::new()) };
    let rows = sqlx::query!(
        "SELECT id, message_ids FROM emails WHERE id = ANY($1) AND id >= $2 AND id <= $3",
        &ids,
        first,
        last
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.message_ids)).collect())
}

/// Locks messages in order: two processes with the same wait instead of deadlocking, and whether one
/// had bounced before is exact.
async fn lock(db: &mut PgConnection, mut ids: Vec<Uuid>) -> sqlx::Result<HashMap<Uuid, Message>> {
    ids.sort_unstable();
    ids.dedup();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(HashMap::new()) };
    let rows = sqlx::query!(
        r#"SELECT id, recipient, campaign_id, contact_id, bounced_at IS NOT NULL AS "bounced!",
                  complained_at IS NOT NULL AS "complained!"
             FROM messages WHERE id = ANY($1) AND id >= $2 AND id <= $3 AND stream <> 'test'
            ORDER BY id FOR NO KEY UPDATE"#,
        &ids,
        first,
        last
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let message = Message {
                recipient: row.recipient,
                campaign: row.campaign_id,
                contact: row.contact_id,
                bounced: row.bounced,
                complained: row.complained,
            };
            (row.id, message)
        })
        .collect())
}

/// The one message that was sent to the address within the week before; where there are several, a
/// road that proves who speaks may mean the last one.
async fn by_recipient(
    db: &mut PgConnection,
    bounces: &[&NewBounce],
    lost: &[usize],
) -> sqlx::Result<Vec<(usize, MessageId)>> {
    let mut numbers: Vec<i32> = Vec::new();
    let mut addresses: Vec<String> = Vec::new();
    let mut times: Vec<DateTime<Utc>> = Vec::new();
    for n in lost {
        let bounce = bounces[*n];
        if let (Some(address), Ok(number)) =
            (bounce.address.as_ref().or(bounce.final_address.as_ref()), i32::try_from(*n))
        {
            numbers.push(number);
            addresses.push(address.to_lowercase());
            times.push(bounce.at);
        }
    }
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"SELECT w.n AS "n!", m.id AS "id!", m.others AS "others!"
             FROM unnest($1::int[], $2::text[], $3::timestamptz[]) AS w (n, address, at)
            CROSS JOIN LATERAL (
                  SELECT id, count(*) OVER () - 1 AS others
                    FROM (SELECT id FROM messages
                           WHERE lower(recipient) = w.address AND state IN ('sent', 'in_doubt') AND stream <> 'test'
                             AND id >= uuid_floor(w.at - interval '7 days')
                             AND id < uuid_floor(w.at + interval '1 hour')
                           ORDER BY id DESC LIMIT 2) latest
                   ORDER BY id DESC LIMIT 1) m"#,
        &numbers,
        &addresses,
        &times
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let n = usize::try_from(row.n).ok()?;
            (row.others == 0 || bounces[n].proven).then_some((n, MessageId(row.id)))
        })
        .collect())
}
