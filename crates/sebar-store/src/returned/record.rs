use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sebar_domain::id::{BounceId, CampaignId, ReturnedMailId};
use sebar_domain::{BounceKind, EventKind, MatchedBy, Road};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::matching::{self, Found, Message};
use super::{NewBounce, NewMail, consequences, numbers};
use crate::blobs::Digest;
use crate::webhooks::{self, NewEvent};

/// Of a reply so many characters are kept.
const LONGEST_REPLY: usize = 1000;
/// Of a mail that was not recognised so many octets are kept: anybody can send us one.
const LONGEST_UNRECOGNISED: usize = 250_000;

/// What was new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Bounces that had not been recorded before.
    pub bounces: usize,
    /// Addresses that were suppressed because of them.
    pub suppressed: Vec<String>,
    /// Campaigns whose numbers have changed.
    pub campaigns: Vec<CampaignId>,
}

/// A bounce with all that is known of it.
pub(super) struct Known<'a> {
    pub(super) id: BounceId,
    pub(super) bounce: &'a NewBounce,
    pub(super) found: Option<Found>,
    /// Nobody else could have said it.
    pub(super) trusted: bool,
    pub(super) counts_as: Option<BounceKind>,
    pub(super) address: String,
}

/// Stores mails and bounces, and does what follows: marks the messages, counts, suppresses. What was
/// recorded before changes nothing. Call it in a transaction; up to some hundreds at a time.
///
/// The order in which bounces come does not matter either: a message bounced when the first bounce of
/// it happened, and of two reasons to suppress an address the graver stands.
pub async fn record(
    db: &mut PgConnection,
    mails: &[NewMail],
    bounces: &[NewBounce],
) -> sqlx::Result<Recorded> {
    let mails = store_mails(db, mails, bounces).await?;
    let mut known: BTreeMap<Digest, &NewBounce> = BTreeMap::new();
    for bounce in bounces.iter().filter(|bounce| bounce.kind != BounceKind::NotBounce) {
        known.entry(bounce.key).or_insert(bounce);
    }
    forget_recorded(db, &mut known).await?;
    if known.is_empty() {
        return Ok(Recorded::default());
    }
    let bounces: Vec<&NewBounce> = known.into_values().collect();
    let (found, messages) = matching::find(db, &bounces).await?;
    // A relay speaks of a message that it was handed: there is nothing to guess where that is gone, or
    // was a test.
    let is_of_use = |(bounce, found): &(&NewBounce, Option<Found>)| {
        bounce.road != Road::Relay || found.is_some_and(|found| found.by == MatchedBy::Relay)
    };
    let judged: Vec<Known<'_>> = bounces
        .into_iter()
        .zip(found)
        .filter(is_of_use)
        .map(|(bounce, found)| judge(bounce, found, &messages))
        .collect();
    let new = insert(db, &judged, &mails, &messages).await?;
    let judged: Vec<Known<'_>> = judged.into_iter().filter(|known| new.contains(&known.id.0)).collect();
    // Suppressions before counters, as whoever unsubscribes takes them.
    let suppressed = consequences::follow(db, &judged).await?;
    let campaigns = mark(db, &judged, &messages).await?;
    webhooks::tell(&mut *db, &judged.iter().filter_map(|known| event(known, &messages)).collect::<Vec<_>>())
        .await?;
    let campaign = |known: &Known<'_>| messages.get(&known.found?.message.0)?.campaign;
    let counted: Vec<_> =
        judged.iter().map(|known| (known.bounce.at, known.bounce.kind, campaign(known))).collect();
    numbers::count(db, &counted).await?;
    Ok(Recorded { bounces: judged.len(), suppressed, campaigns })
}

/// Stores the mails that are not stored yet; the ids of all.
async fn store_mails(
    db: &mut PgConnection,
    mails: &[NewMail],
    bounces: &[NewBounce],
) -> sqlx::Result<HashMap<Vec<u8>, ReturnedMailId>> {
    // In the order of their digests, so that two processes with the same mails wait instead of deadlocking.
    let mut mails: Vec<&NewMail> = mails.iter().collect();
    mails.sort_by_key(|mail| mail.digest);
    mails.dedup_by_key(|mail| mail.digest);
    let mut ids = HashMap::new();
    if !mails.is_empty() {
        let column = |of: fn(&NewMail) -> String| mails.iter().map(|mail| of(mail)).collect::<Vec<_>>();
        let rows = sqlx::query!(
            "INSERT INTO returned_mails (id, digest, road, mailbox_id, envelope_to, kind, sender, subject, raw)
             SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::uuid[], $5::text[], $6::text[],
                                  $7::text[], $8::text[], $9::bytea[])
             ON CONFLICT (digest) DO NOTHING RETURNING id, digest",
            &mails.iter().map(|_| ReturnedMailId::new().0).collect::<Vec<_>>(),
            &mails.iter().map(|mail| mail.digest.bytes().to_vec()).collect::<Vec<_>>(),
            &mails.iter().map(|mail| mail.road.as_str()).collect::<Vec<_>>() as &[&str],
            &mails.iter().map(|mail| mail.mailbox.map(|mailbox| mailbox.0)).collect::<Vec<_>>()
                as &[Option<Uuid>],
            &column(|mail| clean(&mail.envelope_to, 320)),
            &mails.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>() as &[&str],
            &column(|mail| clean(&mail.sender, 320)),
            &column(|mail| clean(&mail.subject, LONGEST_REPLY)),
            &mails.iter().map(|mail| kept(mail)).collect::<Vec<_>>() as &[&[u8]]
        )
        .fetch_all(&mut *db)
        .await?;
        ids.extend(rows.into_iter().map(|row| (row.digest, ReturnedMailId(row.id))));
    }
    let wanted: HashSet<Digest> = bounces.iter().filter_map(|bounce| bounce.mail).collect();
    let wanted: Vec<Vec<u8>> = wanted
        .into_iter()
        .map(|digest| digest.bytes().to_vec())
        .filter(|digest| !ids.contains_key(digest))
        .collect();
    if !wanted.is_empty() {
        let rows = sqlx::query!("SELECT id, digest FROM returned_mails WHERE digest = ANY($1)", &wanted)
            .fetch_all(db)
            .await?;
        ids.extend(rows.into_iter().map(|row| (row.digest, ReturnedMailId(row.id))));
    }
    Ok(ids)
}

/// The bytes of a mail that are kept: of what nobody recognised, as much as a person reads.
fn kept(mail: &NewMail) -> &[u8] {
    let most = if mail.kind == BounceKind::NotBounce { LONGEST_UNRECOGNISED } else { mail.raw.len() };
    mail.raw.get(..most).unwrap_or(&mail.raw)
}

async fn forget_recorded(
    db: &mut PgConnection,
    bounces: &mut BTreeMap<Digest, &NewBounce>,
) -> sqlx::Result<()> {
    let keys: Vec<Vec<u8>> = bounces.keys().map(|key| key.bytes().to_vec()).collect();
    let recorded =
        sqlx::query_scalar!("SELECT key FROM bounces WHERE key = ANY($1)", &keys).fetch_all(db).await?;
    let recorded: HashSet<Vec<u8>> = recorded.into_iter().collect();
    bounces.retain(|key, _| !recorded.contains(&key.bytes()[..]));
    Ok(())
}

/// Decides whether a bounce counts, for whom, and as what (`docs/decisions/0013`).
fn judge<'a>(bounce: &'a NewBounce, found: Option<Found>, messages: &HashMap<Uuid, Message>) -> Known<'a> {
    let told = [bounce.address.as_deref(), bounce.final_address.as_deref()];
    let told: Vec<String> = told.into_iter().flatten().map(normal).collect();
    let message = found.as_ref().and_then(|found| messages.get(&found.message.0));
    let address = match message {
        Some(message) => normal(&message.recipient),
        None => told.first().cloned().unwrap_or_default(),
    };
    // Somebody else's address: the recipient's mail is forwarded there.
    let is_forwarded = message.is_some() && !told.is_empty() && !told.contains(&address);
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_owned());
    let is_redacted = told.iter().any(|told| domain(told).is_none_or(|of| Some(of) == domain(&address)));
    let counts_as = match bounce.kind {
        BounceKind::Hard if is_forwarded => Some(BounceKind::Soft),
        // Reports often make the address unreadable and leave its domain (RFC 6590).
        BounceKind::Complaint if is_forwarded && !bounce.proven && !is_redacted => None,
        kind => Some(kind),
    };
    let is_known = found.as_ref().is_some_and(|found| found.is_proof);
    Known {
        id: BounceId::new(),
        trusted: (is_known || bounce.proven) && !address.is_empty(),
        bounce,
        found,
        counts_as,
        address,
    }
}

fn normal(address: &str) -> String {
    clean(address.trim().trim_matches(['<', '>']), 320).to_lowercase()
}

/// What Postgres takes of a text (no NUL), and not more of it than `most` characters.
fn clean(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

/// Inserts the bounces; the ids of those that are new after all.
async fn insert(
    db: &mut PgConnection,
    judged: &[Known<'_>],
    mails: &HashMap<Vec<u8>, ReturnedMailId>,
    messages: &HashMap<Uuid, Message>,
) -> sqlx::Result<HashSet<Uuid>> {
    let column =
        |of: fn(&NewBounce) -> String| judged.iter().map(|known| of(known.bounce)).collect::<Vec<_>>();
    let of_message = |of: fn(&Message) -> Option<Uuid>| {
        let message =
            |known: &Known<'_>| known.found.as_ref().and_then(|found| messages.get(&found.message.0));
        judged.iter().map(|known| message(known).and_then(of)).collect::<Vec<_>>()
    };
    let rows = sqlx::query_scalar!(
        "INSERT INTO bounces (id, key, kind, reason, confidence, at, road, source, mail_id, matched_by, message_id,
                              campaign_id, contact_id, trusted, counts_as, address, final_address, enhanced_code,
                              reply_code, reply, reporting_mta, remote_mta)
         SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[],
                              $7::text[], $8::text[], $9::uuid[], $10::text[], $11::uuid[], $12::uuid[], $13::uuid[],
                              $14::boolean[], $15::text[], $16::text[], $17::text[], $18::text[], $19::smallint[],
                              $20::text[], $21::text[], $22::text[])
         ON CONFLICT (key) DO NOTHING RETURNING id",
        &judged.iter().map(|known| known.id.0).collect::<Vec<_>>(),
        &judged.iter().map(|known| known.bounce.key.bytes().to_vec()).collect::<Vec<_>>(),
        &judged.iter().map(|known| known.bounce.kind.as_str()).collect::<Vec<_>>() as &[&str],
        &judged.iter().map(|known| known.bounce.reason.as_str()).collect::<Vec<_>>() as &[&str],
        &judged.iter().map(|known| i16::from(known.bounce.confidence)).collect::<Vec<_>>(),
        &judged.iter().map(|known| known.bounce.at).collect::<Vec<_>>(),
        &judged.iter().map(|known| known.bounce.road.as_str()).collect::<Vec<_>>() as &[&str],
        &column(|bounce| clean(&bounce.source, 200)),
        &judged
            .iter()
            .map(|known| known.bounce.mail.and_then(|digest| mails.get(&digest.bytes()[..])).map(|mail| mail.0))
            .collect::<Vec<_>>() as &[Option<Uuid>],
        &judged
            .iter()
            .map(|known| known.found.as_ref().map(|found| found.by.as_str()))
            .collect::<Vec<_>>() as &[Option<&str>],
        &judged
            .iter()
            .map(|known| known.found.as_ref().map(|found| found.message.0))
            .collect::<Vec<_>>() as &[Option<Uuid>],
        &of_message(|message| message.campaign) as &[Option<Uuid>],
        &of_message(|message| message.contact) as &[Option<Uuid>],
        &judged.iter().map(|known| known.trusted).collect::<Vec<_>>(),
        &judged.iter().map(|known| known.counts_as.map(BounceKind::as_str)).collect::<Vec<_>>()
            as &[Option<&str>],
        &judged.iter().map(|known| known.address.clone()).collect::<Vec<_>>(),
        &column(|bounce| bounce.final_address.as_deref().map(normal).unwrap_or_default()),
        &judged
            .iter()
            .map(|known| known.bounce.status.map(|code| code.to_string()))
            .collect::<Vec<_>>() as &[Option<String>],
        &judged
            .iter()
            .map(|known| known.bounce.reply_code.and_then(|code| i16::try_from(code).ok()))
            .collect::<Vec<_>>() as &[Option<i16>],
        &column(|bounce| clean(&bounce.reply, LONGEST_REPLY)),
        &column(|bounce| clean(&bounce.reporting_mta, 255)),
        &column(|bounce| clean(&bounce.remote_mta, 255))
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().collect())
}

/// What webhooks are told: only of messages that are known for certain, since programs act on it.
fn event(known: &Known<'_>, messages: &HashMap<Uuid, Message>) -> Option<NewEvent> {
    let bounce = known.bounce;
    let found = known.found.as_ref().filter(|_| known.trusted)?;
    let kind = match known.counts_as? {
        kind if kind.is_bounce() => EventKind::EmailBounced,
        BounceKind::Complaint => EventKind::EmailComplained,
        BounceKind::Delayed => EventKind::EmailDelayed,
        _ => return None,
    };
    let message = messages.get(&found.message.0)?;
    let facts = json!({
        "bounce_id": known.id,
        "kind": known.counts_as,
        "reason": bounce.reason,
        "address": known.address,
        "code": bounce.reply_code,
        "enhanced_code": bounce.status.map(|code| code.to_string()),
        "reply": clean(&bounce.reply, LONGEST_REPLY),
        "reporting_mta": clean(&bounce.reporting_mta, 255),
        "remote_mta": clean(&bounce.remote_mta, 255),
        "road": bounce.road,
    });
    Some(NewEvent {
        kind,
        message: found.message,
        of_campaign: message.campaign.is_some(),
        at: bounce.at,
        facts,
    })
}

/// Adds the facts to the messages, which are locked, and to the counters of their campaigns. A relay's
/// refusal is no such fact: that message was never sent.
async fn mark(
    db: &mut PgConnection,
    judged: &[Known<'_>],
    messages: &HashMap<Uuid, Message>,
) -> sqlx::Result<Vec<CampaignId>> {
    #[derive(Default)]
    struct Facts {
        bounced: Option<DateTime<Utc>>,
        complained: Option<DateTime<Utc>>,
    }
    let mut facts: BTreeMap<Uuid, Facts> = BTreeMap::new();
    for known in judged.iter().filter(|known| known.bounce.road != Road::Relay) {
        let Some(found) = &known.found else { continue };
        let fact = facts.entry(found.message.0).or_default();
        let at = Some(known.bounce.at);
        let earlier = |before: Option<DateTime<Utc>>| [before, at].into_iter().flatten().min();
        if known.bounce.kind.is_bounce() {
            fact.bounced = earlier(fact.bounced);
        } else if known.trusted && known.counts_as == Some(BounceKind::Complaint) {
            fact.complained = earlier(fact.complained);
        }
    }
    facts.retain(|_, fact| fact.bounced.is_some() || fact.complained.is_some());
    let ids: Vec<Uuid> = facts.keys().copied().collect();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(Vec::new()) };
    sqlx::query!(
        "UPDATE messages m
            SET bounced_at = least(m.bounced_at, f.bounced), complained_at = least(m.complained_at, f.complained)
           FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS f (id, bounced, complained)
          WHERE m.id = f.id AND m.id = ANY($1) AND m.id >= $4 AND m.id <= $5",
        &ids,
        &facts.values().map(|fact| fact.bounced).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        &facts.values().map(|fact| fact.complained).collect::<Vec<_>>() as &[Option<DateTime<Utc>>],
        first,
        last
    )
    .execute(&mut *db)
    .await?;
    let mut counts: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    for (id, fact) in &facts {
        let Some(message) = messages.get(id) else { continue };
        let Some(campaign) = message.campaign else { continue };
        let count = counts.entry(campaign).or_default();
        count.0 += i64::from(fact.bounced.is_some() && !message.bounced);
        count.1 += i64::from(fact.complained.is_some() && !message.complained);
    }
    counts.retain(|_, count| *count != (0, 0));
    for (campaign, (bounced, complained)) in &counts {
        // In order, so that two processes never wait for each other in a circle.
        sqlx::query!(
            "UPDATE campaign_counts SET bounced = bounced + $2, complained = complained + $3 WHERE campaign_id = $1",
            campaign,
            bounced,
            complained
        )
        .execute(&mut *db)
        .await?;
    }
    let campaigns: BTreeSet<Uuid> = counts.into_keys().collect();
    Ok(campaigns.into_iter().map(CampaignId).collect())
}
