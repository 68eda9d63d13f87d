//! What follows for the address: hard bounces and complaints suppress it at once, soft ones when they
//! are many, blocks never.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sebar_domain::{BounceKind, ContactEvent, SuppressionReason};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::record::Known;
use crate::contact_events::{self, Cause};
use crate::suppressions::lock_contacts_of;

/// An address that is to be suppressed, and because of what.
struct Ground<'a> {
    reason: SuppressionReason,
    known: &'a Known<'a>,
}

/// Suppresses whom these bounces speak against; the addresses that were not before.
pub(super) async fn follow(db: &mut PgConnection, judged: &[Known<'_>]) -> sqlx::Result<Vec<String>> {
    let mut causes: BTreeMap<&str, Ground<'_>> = BTreeMap::new();
    let soft = too_many_soft(db, judged).await?;
    for known in judged.iter().filter(|known| known.trusted) {
        let reason = match known.counts_as {
            Some(BounceKind::Complaint) => SuppressionReason::Complaint,
            Some(BounceKind::Hard) => SuppressionReason::HardBounce,
            Some(BounceKind::Soft) if soft.contains(&known.address) => SuppressionReason::SoftBounces,
            _ => continue,
        };
        let cause = causes.entry(&known.address).or_insert(Ground { reason, known });
        if grave(reason) > grave(cause.reason) {
            *cause = Ground { reason, known };
        }
    }
    if causes.is_empty() {
        return Ok(Vec::new());
    }
    let emails: Vec<String> = causes.keys().map(|email| (*email).to_owned()).collect();
    let contacts = lock_contacts_of(&mut *db, &emails).await?;
    let suppressed = sqlx::query!(
        r#"INSERT INTO suppressions AS s (email, reason, source, bounce_id)
           SELECT c.email, c.reason, c.source, c.bounce_id
             FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[])
                  AS c (email, reason, source, bounce_id, at)
            -- Somebody knew better since.
            WHERE NOT EXISTS (SELECT FROM suppression_history h
                               WHERE h.email = c.email AND h.what = 'lifted' AND h.at > c.at)
            ORDER BY c.email
           ON CONFLICT (email) DO UPDATE
              SET reason = excluded.reason, source = excluded.source, bounce_id = excluded.bounce_id,
                  note = '', created_by = NULL, created_at = now(), until = NULL
            WHERE suppression_rank(s.reason) < suppression_rank(excluded.reason) OR s.until IS NOT NULL
           RETURNING email, reason, xmax = 0 AS "new!""#,
        &emails,
        &causes.values().map(|cause| cause.reason.as_str()).collect::<Vec<_>>() as &[&str],
        &causes.values().map(|cause| cause.known.bounce.road.as_str()).collect::<Vec<_>>() as &[&str],
        &causes.values().map(|cause| cause.known.id.0).collect::<Vec<Uuid>>(),
        &causes.values().map(|cause| cause.known.bounce.at).collect::<Vec<DateTime<Utc>>>()
    )
    .fetch_all(&mut *db)
    .await?;
    for reason in
        [SuppressionReason::Complaint, SuppressionReason::HardBounce, SuppressionReason::SoftBounces]
    {
        let is_for =
            |email: &str| suppressed.iter().any(|row| row.email == email && row.reason == reason.as_str());
        let whom: Vec<_> = contacts.iter().filter(|(email, _)| is_for(email)).map(|(_, id)| *id).collect();
        let details = json!({ "reason": reason });
        contact_events::record(&mut *db, &whom, ContactEvent::Suppressed, Cause::System, details).await?;
    }
    Ok(suppressed.into_iter().filter(|row| row.new).map(|row| row.email).collect())
}

fn grave(reason: SuppressionReason) -> u8 {
    match reason {
        SuppressionReason::Complaint => 3,
        SuppressionReason::HardBounce => 2,
        _ => 1,
    }
}

/// Of the addresses that bounced softly now, those that did so too often.
///
/// What counts are the messages that bounced within the days that the settings say, since the last
/// success: a mail that was opened, reported delivered, or sent and not come back within six days (most
/// servers try for five: RFC 5321 §4.5.4.1).
async fn too_many_soft(db: &mut PgConnection, judged: &[Known<'_>]) -> sqlx::Result<Vec<String>> {
    let is_soft = |known: &&Known<'_>| known.trusted && known.counts_as == Some(BounceKind::Soft);
    let mut addresses: Vec<String> =
        judged.iter().filter(is_soft).map(|known| known.address.clone()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.is_empty() {
        return Ok(addresses);
    }
    sqlx::query_scalar!(
        r#"SELECT a.address AS "address!"
             FROM settings t CROSS JOIN unnest($1::text[]) AS a (address)
            WHERE t.soft_bounces IS NOT NULL
              AND (SELECT count(DISTINCT coalesce(b.message_id, b.id))
                     FROM bounces b
                    WHERE b.address = a.address AND b.trusted AND b.counts_as = 'soft'
                      AND b.at > now() - make_interval(days => t.soft_days)
                      AND b.at > coalesce(greatest(
                          (SELECT max(CASE WHEN coalesce(m.opened_at, m.clicked_at) IS NULL THEN m.finished_at
                                           ELSE least(m.opened_at, m.clicked_at) END)
                             FROM messages m
                            WHERE lower(m.recipient) = a.address AND m.state = 'sent' AND m.bounced_at IS NULL
                              AND m.id >= uuid_floor(now() - make_interval(days => t.soft_days))
                              AND (m.opened_at IS NOT NULL OR m.clicked_at IS NOT NULL
                                   OR m.finished_at < now() - interval '6 days')),
                          (SELECT max(d.at) FROM bounces d
                            WHERE d.address = a.address AND d.trusted AND d.kind = 'delivered'),
                          (SELECT max(h.at) FROM suppression_history h
                            WHERE h.email = a.address AND h.what = 'lifted')), '-infinity')) >= t.soft_bounces"#,
        &addresses
    )
    .fetch_all(db)
    .await
}
