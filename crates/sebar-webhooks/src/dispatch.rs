//! Which webhook is called, with what, and what follows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures::{StreamExt as _, stream};
use sebar_domain::EventState;
use sebar_domain::id::WebhookId;
use sebar_store::keys::MasterKey;
use sebar_store::webhooks::{self, Call, Called, Health, Lease, Webhook};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use crate::body::compose;
use crate::call::{Caller, Outcome};
use crate::schedule::{self, BROKEN};

/// So often it is looked for something to do.
const PERIOD: Duration = Duration::from_millis(250);
/// A lease, and how often it is renewed while a webhook is being called.
const LEASE_SECONDS: f64 = 30.0;
const RENEW: Duration = Duration::from_secs(10);
/// So many events are told to a webhook before it is written down how that went.
const BATCH: i64 = 64;
/// Calls to a webhook at the same time.
const AT_ONCE: usize = 16;
/// Webhooks that are called at the same time.
const WEBHOOKS: usize = 32;
/// Events are kept so long, for the log.
const KEEP_DAYS: i32 = 30;
const FORGET_EVERY: Duration = Duration::from_hours(1);
const FORGET_AT_ONCE: i64 = 10_000;

pub(crate) async fn dispatch(db: PgPool, key: Arc<MasterKey>, caller: Caller, shutdown: CancellationToken) {
    let by = Lease(Uuid::now_v7());
    let forgetting = forget(&db, &shutdown);
    let dispatching = async {
        let mut at_work = JoinSet::new();
        while !shutdown.is_cancelled() {
            while at_work.try_join_next().is_some() {}
            if at_work.len() < WEBHOOKS {
                match webhooks::lease(&db, by, LEASE_SECONDS).await {
                    Ok(Some(webhook)) => {
                        let (db, key, caller) = (db.clone(), Arc::clone(&key), caller.clone());
                        let shutdown = shutdown.clone();
                        at_work.spawn(async move {
                            let id = webhook.id;
                            tokio::select! {
                                done = work(&db, &key, &caller, by, webhook, &shutdown) => {
                                    if let Err(fault) = done {
                                        warn!(%fault, "calls to a webhook could not be written down: they are made again");
                                    }
                                }
                                () = renew(&db, by, id) => {}
                            }
                        });
                        continue;
                    }
                    Ok(None) => {}
                    Err(fault) => warn!(%fault, "webhooks cannot be read"),
                }
            }
            tokio::select! { () = shutdown.cancelled() => {} () = sleep(PERIOD) => {} }
        }
        while at_work.join_next().await.is_some() {}
    };
    tokio::join!(dispatching, forgetting);
}

/// Forgets what is old, and what webhooks were told that are gone.
async fn forget(db: &PgPool, shutdown: &CancellationToken) {
    loop {
        match forget_some(db).await {
            // There may be more.
            Ok(true) if !shutdown.is_cancelled() => continue,
            Ok(_) => {}
            Err(fault) => warn!(%fault, "events could not be forgotten"),
        }
        tokio::select! { () = shutdown.cancelled() => return, () = sleep(FORGET_EVERY) => {} }
    }
}

/// Whether there may be more to forget.
async fn forget_some(db: &PgPool) -> sqlx::Result<bool> {
    let old = webhooks::forget_old(db, KEEP_DAYS, FORGET_AT_ONCE).await?;
    let of_deleted = webhooks::forget_deleted(&mut *db.acquire().await?, FORGET_AT_ONCE).await?;
    Ok(old.max(of_deleted) >= FORGET_AT_ONCE.unsigned_abs())
}

/// Renews a lease for as long as it is wanted.
async fn renew(db: &PgPool, by: Lease, id: WebhookId) {
    loop {
        sleep(RENEW).await;
        if let Err(fault) = webhooks::hold(db, by, id, LEASE_SECONDS).await {
            warn!(%fault, "a webhook's lease could not be renewed");
        }
    }
}

/// Tells a webhook all that is due.
async fn work(
    db: &PgPool,
    key: &MasterKey,
    caller: &Caller,
    by: Lease,
    mut webhook: Webhook,
    shutdown: &CancellationToken,
) -> sqlx::Result<()> {
    let id = webhook.id;
    loop {
        let limit = if webhook.failures >= BROKEN { 1 } else { BATCH };
        let calls = webhooks::due(db, id, limit).await?;
        if !calls.is_empty() {
            batch(db, key, caller, &webhook, calls).await?;
        } else if limit == BATCH {
            break;
        }
        if shutdown.is_cancelled() {
            break;
        }
        match webhooks::hold(db, by, id, LEASE_SECONDS).await? {
            // One event at a time, and it waits behind another: the next look finds that one.
            Some(next) if limit == BATCH || next.failures < BROKEN => webhook = next,
            _ => break,
        }
    }
    webhooks::release(db, by, id).await
}

/// Tells a webhook some events and writes down how that went.
async fn batch(
    db: &PgPool,
    key: &MasterKey,
    caller: &Caller,
    webhook: &Webhook,
    calls: Vec<Call>,
) -> sqlx::Result<()> {
    let secrets = match webhook.secrets(key) {
        Ok(secrets) => secrets,
        Err(fault) => {
            let not_before = Utc::now() + TimeDelta::minutes(10);
            let health = Health::Failing { calls: 0, fault: fault.to_string(), not_before, off: None };
            return webhooks::finish(&mut *db.acquire().await?, webhook.id, &[], &health).await;
        }
    };
    let subjects = webhooks::subjects(&mut *db.acquire().await?, &calls).await?;
    let mut by_subject: BTreeMap<Uuid, Vec<(Call, String)>> = BTreeMap::new();
    for call in calls {
        let body = call.body.clone().unwrap_or_else(|| compose(&call, &subjects));
        by_subject.entry(call.subject).or_default().push((call, body));
    }
    // Failures one after the other, in all calls that are under way.
    let failures = AtomicUsize::new(0);
    let told: Vec<Vec<(Call, String, Outcome)>> = stream::iter(by_subject.into_values())
        .map(|calls| in_order(caller, webhook, &secrets, calls, &failures))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let told: Vec<_> = told.into_iter().flatten().collect();
    let health = health(webhook, &told);
    let called: Vec<Called> = told.into_iter().map(written_down).collect();
    let mut tx = db.begin().await?;
    webhooks::finish(&mut tx, webhook.id, &called, &health).await?;
    tx.commit().await
}

/// Tells the events of one subject, in order; after one that fails the others wait. So do all where the
/// webhook seems to be down.
async fn in_order(
    caller: &Caller,
    webhook: &Webhook,
    secrets: &[String],
    calls: Vec<(Call, String)>,
    failures: &AtomicUsize,
) -> Vec<(Call, String, Outcome)> {
    let mut told = Vec::with_capacity(calls.len());
    for (call, body) in calls {
        if failures.load(Ordering::Relaxed) >= BROKEN.unsigned_abs() as usize {
            break;
        }
        let outcome =
            caller.call(&webhook.settings.url, secrets, &format!("evt_{}", call.id.simple()), &body).await;
        let is_well = outcome.is_well();
        if is_well {
            failures.store(0, Ordering::Relaxed);
        } else {
            failures.fetch_add(1, Ordering::Relaxed);
        }
        told.push((call, body, outcome));
        if !is_well {
            break;
        }
    }
    told
}

fn health(webhook: &Webhook, told: &[(Call, String, Outcome)]) -> Health {
    let last = told.iter().max_by_key(|(_, _, outcome)| outcome.at);
    let is_well = |(_, _, outcome): &(Call, String, Outcome)| outcome.is_well();
    let Some((_, _, last)) = last.filter(|_| !told.iter().any(is_well)) else { return Health::Well };
    let calls = i32::try_from(told.len()).unwrap_or(i32::MAX);
    let now = Utc::now();
    let off = if told.iter().any(|(_, _, outcome)| outcome.status == Some(410)) {
        Some("gone")
    } else if schedule::is_hopeless(webhook.failing_since, now) {
        Some("failing")
    } else {
        None
    };
    let wish = told.iter().filter_map(|(_, _, outcome)| outcome.wish).max();
    let not_before = schedule::pause(webhook.failures.saturating_add(calls), wish, now);
    Health::Failing { calls, fault: last.fault(), not_before, off }
}

fn written_down((call, body, outcome): (Call, String, Outcome)) -> Called {
    let now = Utc::now();
    let (state, due_at) = if outcome.is_well() {
        (EventState::Delivered, now)
    } else {
        match schedule::next(call.attempts.saturating_add(1), outcome.wish) {
            Some(wait) => (EventState::Pending, now + wait),
            None => (EventState::Failed, now),
        }
    };
    Called {
        n: call.n,
        state,
        due_at,
        tried_at: outcome.at,
        duration_ms: i32::try_from(outcome.duration.as_millis()).unwrap_or(i32::MAX),
        status: outcome.status,
        body,
        answer: outcome.answer,
    }
}
