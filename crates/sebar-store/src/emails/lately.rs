//! How mail of programs fares at this time.

use chrono::{DateTime, TimeDelta, Utc};
use sebar_domain::MessageState;
use sebar_domain::id::MessageId;
use sqlx::PgPool;
use uuid::Uuid;

use crate::archive::{floor, planned_anew};

/// The span that is looked at.
const SPAN: TimeDelta = TimeDelta::hours(1);
/// Of a busy hour so many of the latest emails are looked at: what it costs does not grow with the rate.
const MOST: i64 = 2000;

/// Emails of the last hour, in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lately {
    /// Emails that were looked at.
    pub emails: usize,
    /// Whether there were more.
    pub is_busy: bool,
    /// How many were accepted a minute.
    pub per_minute: f64,
    /// Recipients whose mail failed.
    pub failed: usize,
    /// Recipients whose mail waits, that of later times left out.
    pub waiting: usize,
    /// From acceptance until a relay had it: the time that half of them took at most, in milliseconds.
    pub p50_ms: Option<i64>,
    /// And that 99 of 100 took.
    pub p99_ms: Option<i64>,
}

/// Looks at the last hour.
pub async fn lately(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<Lately> {
    let mut db = planned_anew(db).await?;
    let since = floor(now - SPAN);
    let rows = sqlx::query!(
        r#"WITH latest AS MATERIALIZED (
               SELECT id, message_ids, scheduled_at FROM emails WHERE id >= $1 ORDER BY id DESC LIMIT $2)
           SELECT e.id AS "email!", e.scheduled_at IS NOT NULL AS "is_scheduled!", m.state AS "state!", m.finished_at
             FROM latest e JOIN messages m ON m.id = ANY (e.message_ids) AND m.id >= $1"#,
        since,
        MOST + 1
    )
    .fetch_all(&mut *db)
    .await?;
    db.commit().await?;
    let made = |id: Uuid| MessageId(id).made_at();
    let mut emails: Vec<Uuid> = rows.iter().map(|row| row.email).collect();
    emails.sort_unstable();
    emails.dedup();
    let is_busy = i64::try_from(emails.len()).unwrap_or(i64::MAX) > MOST;
    let mut lately = Lately { emails: emails.len(), is_busy, ..Lately::default() };
    // Of a busy hour only its end was read.
    let span = match emails.first() {
        Some(first) if is_busy => now - made(*first),
        _ => SPAN,
    };
    let n = f64::from(u32::try_from(emails.len()).unwrap_or(u32::MAX));
    lately.per_minute = n * 60.0 / span.as_seconds_f64().max(0.001);
    let mut times: Vec<i64> = Vec::new();
    for row in rows {
        match row.state.parse() {
            Ok(MessageState::Failed | MessageState::InDoubt) => lately.failed += 1,
            Ok(MessageState::Queued) if !row.is_scheduled => lately.waiting += 1,
            Ok(MessageState::Sent) if !row.is_scheduled => {
                times.extend(row.finished_at.map(|at| (at - made(row.email)).num_milliseconds().max(0)));
            }
            _ => {}
        }
    }
    times.sort_unstable();
    lately.p50_ms = percentile(&times, 50);
    lately.p99_ms = percentile(&times, 99);
    Ok(lately)
}

/// The smallest of sorted times that so many of a hundred do not exceed.
fn percentile(times: &[i64], percent: usize) -> Option<i64> {
    let place = (times.len() * percent).div_ceil(100);
    times.get(place.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 99), Some(7));
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!((percentile(&hundred, 50), percentile(&hundred, 99)), (Some(50), Some(99)));
        assert_eq!(percentile(&[1, 2, 1000], 99), Some(1000));
    }
}
