//! Finding messages among many millions, the newest first.
//!
//! Four ways, each of a bounded cost:
//! - the beginning of an address: by `messages_recipient`, if not more than [`COMMON`] messages have it;
//! - words of a campaign's name or subject: the campaigns first, then each one's newest messages;
//! - a part of a domain that few contacts have: those contacts first, then each one's messages (of
//!   contacts that were deleted since, only those that a walk meets);
//! - all else (a common domain, a state, a prefix that is common): a walk from the newest back,
//!   [`WALK`] messages at a time. Its end is told, so that a reader can go on from there.

use chrono::{DateTime, Utc};
use sebar_domain::MessageState;
use sebar_domain::id::{CampaignId, MessageId};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{floor, planned_anew};

use crate::like;

/// More messages than this make the beginning of an address common: a walk finds a page of them soon.
const COMMON: i64 = 5_000;
/// How many messages are looked at before a reader is asked whether to go on.
const WALK: i64 = 25_000;
/// How many campaigns are looked through whose name or subject has the words.
const CAMPAIGNS: i64 = 50;
/// More contacts than this make a part of a domain common.
const CONTACTS: i64 = 300;

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The beginning of an address, a part of a domain (`@kopi`, `kopi.example`), or words of a
    /// subject or a campaign's name; empty: anything.
    pub text: String,
    /// Only of this campaign, its tests left out.
    pub campaign: Option<CampaignId>,
    /// Only in this state.
    pub state: Option<MessageState>,
    /// When they were made.
    pub bounds: Bounds,
}

/// A span of time, the end excluded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    /// Not before.
    pub since: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
}

/// A message in the list.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its id.
    pub id: MessageId,
    /// Whom it was for.
    pub recipient: String,
    /// Its subject as it was written, with its variables.
    pub subject: String,
    /// Its campaign's name, if it has one that still exists.
    pub campaign_name: Option<String>,
    /// Whether it was a test.
    pub is_test: bool,
    /// Where it stands.
    pub state: MessageState,
    /// Whether it was opened.
    pub opened: bool,
    /// Whether a link of it was followed.
    pub clicked: bool,
}

impl Found {
    /// When it was made.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.id.made_at()
    }
}

/// A page of messages.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The messages, the newest first.
    pub found: Vec<Found>,
    /// From where to go on: messages before this one. `None`: there are no more.
    pub next: Option<MessageId>,
    /// The walk ended here before the page was full; older ones were not looked at.
    pub stopped_at: Option<DateTime<Utc>>,
}

/// What the text can mean.
enum Meaning {
    Anything,
    /// Stands somewhere in the address: a part of the domain.
    Domain(String),
    /// An address begins so.
    Address(String),
    /// Words, or the beginning of an address.
    Words(String),
}

fn meaning(text: &str) -> Meaning {
    let text = text.trim().to_lowercase();
    if text.is_empty() {
        return Meaning::Anything;
    }
    if text.starts_with('@') {
        return Meaning::Domain(text);
    }
    if text.contains('@') {
        return Meaning::Address(text);
    }
    let is_domain = text.split('.').count() > 1
        && text
            .split('.')
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
    if is_domain { Meaning::Domain(text) } else { Meaning::Words(text) }
}

/// Between which ids to look.
#[derive(Clone, Copy)]
struct Range {
    from: Uuid,
    before: Uuid,
}

/// A page of at most `limit` messages, the newest before `before`.
pub async fn search(
    db: &PgPool,
    search: &Search,
    before: Option<MessageId>,
    limit: usize,
) -> sqlx::Result<Page> {
    let range = Range {
        from: search.bounds.since.map_or(Uuid::nil(), floor),
        before: search
            .bounds
            .until
            .map_or(Uuid::max(), floor)
            .min(before.map_or(Uuid::max(), |before| before.0)),
    };
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1;
    let state = search.state.map_or("", MessageState::as_str);
    let mut tx = planned_anew(db).await?;
    let meaning = meaning(&search.text);
    if let Some(campaign) = search.campaign {
        let part = match &meaning {
            Meaning::Anything => "",
            Meaning::Domain(text) | Meaning::Address(text) | Meaning::Words(text) => text,
        };
        let ids = of_campaigns(&mut tx, &[campaign.0], range, state, part, wanted).await?;
        return page(&mut tx, ids, limit).await;
    }
    match meaning {
        Meaning::Anything => walk(&mut tx, range, state, Walk::default(), limit).await,
        Meaning::Domain(part) => {
            let walked = walk(&mut tx, range, state, Walk { part: &part, ..Walk::default() }, limit).await?;
            if walked.stopped_at.is_none() {
                return Ok(walked);
            }
            let contacts = contacts_with(&mut tx, &part).await?;
            if i64::try_from(contacts.len()).is_ok_and(|n| n > CONTACTS) {
                return Ok(walked);
            }
            let mut ids = of_contacts(&mut tx, &contacts, range, state, wanted).await?;
            ids.extend(walked.found.iter().map(|found| found.id.0));
            page(&mut tx, ids, limit).await
        }
        Meaning::Address(prefix) => {
            let ids = by_address(&mut tx, &prefix, range, state).await?;
            if is_common(&ids) {
                return walk(&mut tx, range, state, Walk { prefix: &prefix, ..Walk::default() }, limit).await;
            }
            page(&mut tx, ids, limit).await
        }
        Meaning::Words(words) => {
            let campaigns = campaigns_with(&mut tx, &words).await?;
            let ids = by_address(&mut tx, &words, range, state).await?;
            if is_common(&ids) {
                let walked = Walk { prefix: &words, campaigns: &campaigns, ..Walk::default() };
                return walk(&mut tx, range, state, walked, limit).await;
            }
            let mut all = of_campaigns(&mut tx, &campaigns, range, state, "", wanted).await?;
            all.extend(ids);
            page(&mut tx, all, limit).await
        }
    }
}

fn is_common(ids: &[Uuid]) -> bool {
    i64::try_from(ids.len()).is_ok_and(|n| n > COMMON)
}

/// Messages to addresses that begin so, in no order; of common beginnings one more than [`COMMON`].
async fn by_address(
    db: &mut PgConnection,
    prefix: &str,
    range: Range,
    state: &str,
) -> sqlx::Result<Vec<Uuid>> {
    // The operators of the index; an address sorts before its beginning with the greatest character.
    sqlx::query_scalar!(
        "SELECT id FROM messages
          WHERE lower(recipient) ~>=~ $1 AND lower(recipient) ~<~ $2 AND id >= $3 AND id < $4
            AND ($5 = '' OR state = $5)
          LIMIT $6",
        prefix,
        format!("{prefix}\u{10ffff}"),
        range.from,
        range.before,
        state,
        COMMON + 1
    )
    .fetch_all(db)
    .await
}

/// The newest campaigns whose name or subject has the words.
async fn campaigns_with(db: &mut PgConnection, words: &str) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        "SELECT id FROM campaigns
          WHERE started_at IS NOT NULL AND (strpos(lower(name), $1) > 0 OR strpos(lower(subject), $1) > 0)
          ORDER BY id DESC LIMIT $2",
        words,
        CAMPAIGNS
    )
    .fetch_all(db)
    .await
}

/// Contacts with this in their address; of common parts one more than [`CONTACTS`].
async fn contacts_with(db: &mut PgConnection, part: &str) -> sqlx::Result<Vec<Uuid>> {
    let part = like::literal(part);
    sqlx::query_scalar!(
        "SELECT id FROM contacts
          WHERE lower(email) || ' ' || lower(name) LIKE $1 AND lower(email) LIKE $1 LIMIT $2",
        format!("%{part}%"),
        CONTACTS + 1
    )
    .fetch_all(db)
    .await
}

/// The newest `limit` messages to each contact.
async fn of_contacts(
    db: &mut PgConnection,
    contacts: &[Uuid],
    range: Range,
    state: &str,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"SELECT newest.id AS "id!"
             FROM unnest($1::uuid[]) AS contact (id)
            CROSS JOIN LATERAL (
                  SELECT id FROM messages
                   WHERE contact_id = contact.id AND id >= $2 AND id < $3 AND ($4 = '' OR state = $4)
                   ORDER BY id DESC LIMIT $5) newest"#,
        contacts,
        range.from,
        range.before,
        state,
        limit
    )
    .fetch_all(db)
    .await
}

/// The newest `limit` messages of each campaign.
async fn of_campaigns(
    db: &mut PgConnection,
    campaigns: &[Uuid],
    range: Range,
    state: &str,
    part: &str,
    limit: i64,
) -> sqlx::Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"SELECT newest.id AS "id!"
             FROM unnest($1::uuid[]) AS campaign (id)
            CROSS JOIN LATERAL (
                  SELECT id FROM messages
                   WHERE campaign_id = campaign.id AND id >= $2 AND id < $3
                     AND CASE $4 WHEN '' THEN true
                         WHEN 'failed' THEN state = 'failed' WHEN 'suppressed' THEN state = 'suppressed'
                         WHEN 'cancelled' THEN state = 'cancelled' WHEN 'in_doubt' THEN state = 'in_doubt'
                         ELSE state = $4 END
                     AND ($5 = '' OR strpos(lower(recipient), $5) > 0)
                   ORDER BY id DESC LIMIT $6) newest"#,
        campaigns,
        range.from,
        range.before,
        state,
        part,
        limit
    )
    .fetch_all(db)
    .await
}

/// What a walk picks up: everything, or what any of these fits.
#[derive(Clone, Copy, Default)]
struct Walk<'a> {
    /// The address begins so.
    prefix: &'a str,
    /// The address has this in it.
    part: &'a str,
    campaigns: &'a [Uuid],
}

async fn walk(
    db: &mut PgConnection,
    range: Range,
    state: &str,
    wanted: Walk<'_>,
    limit: usize,
) -> sqlx::Result<Page> {
    let mut ids = sqlx::query_scalar!(
        "SELECT id FROM (
             SELECT id, recipient, campaign_id, state FROM messages
              WHERE id >= $1 AND id < $2 ORDER BY id DESC LIMIT $3) AS walked
          WHERE ($4 = '' OR state = $4)
            AND (($5 = '' AND $6 = '') OR campaign_id = ANY($7)
                 OR ($5 <> '' AND starts_with(lower(recipient), $5))
                 OR ($6 <> '' AND strpos(lower(recipient), $6) > 0))
          ORDER BY id DESC LIMIT $8",
        range.from,
        range.before,
        WALK,
        state,
        wanted.prefix,
        wanted.part,
        wanted.campaigns,
        i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1
    )
    .fetch_all(&mut *db)
    .await?;
    if ids.len() > limit {
        return page(db, ids, limit).await;
    }
    // Not full: because there are no more, or because the walk was over?
    let last = sqlx::query_scalar!(
        "SELECT id FROM messages WHERE id >= $1 AND id < $2 ORDER BY id DESC OFFSET $3 LIMIT 1",
        range.from,
        range.before,
        WALK - 1
    )
    .fetch_optional(&mut *db)
    .await?
    .map(MessageId);
    ids.truncate(limit);
    let mut page = page(db, ids, limit).await?;
    page.next = last;
    page.stopped_at = last.map(MessageId::made_at);
    Ok(page)
}

/// The messages with these ids, the newest `limit` of them.
async fn page(db: &mut PgConnection, mut ids: Vec<Uuid>, limit: usize) -> sqlx::Result<Page> {
    ids.sort_unstable_by(|a, b| b.cmp(a));
    ids.dedup();
    let is_more = ids.len() > limit;
    ids.truncate(limit);
    let rows = sqlx::query!(
        r#"SELECT m.id AS "id!", m.recipient AS "recipient!", coalesce(k.subject, e.subject) AS subject, c.name AS "campaign_name?",
                  m.stream AS "stream!", m.state AS "state!",
                  m.opened_at IS NOT NULL AS "opened!", m.clicked_at IS NOT NULL AS "clicked!"
             FROM messages m
             LEFT JOIN contents k ON k.id = m.content_id
             LEFT JOIN emails e ON e.id = m.content_id AND m.stream = 'transactional'
             LEFT JOIN campaigns c ON c.id = coalesce(m.campaign_id, m.test_of)
            WHERE m.id = ANY($1) ORDER BY m.id DESC"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    let found: Vec<_> = rows
        .into_iter()
        .map(|row| Found {
            id: row.id.into(),
            recipient: row.recipient,
            subject: row.subject.unwrap_or_default(),
            campaign_name: row.campaign_name,
            is_test: row.stream == "test",
            state: row.state.parse().unwrap_or(MessageState::InDoubt),
            opened: row.opened,
            clicked: row.clicked,
        })
        .collect();
    let next = found.last().filter(|_| is_more).map(|last| last.id);
    Ok(Page { found, next, stopped_at: None })
}
