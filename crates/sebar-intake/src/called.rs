//! Providers' calls, recorded.

use sebar_compose::MessageIdKey;
use sebar_domain::{Provider, Road};
use sebar_providers::Event;
use sebar_store::blobs::Digest;
use sebar_store::returned::{self, NewBounce};
use sqlx::PgPool;

use crate::intake::tell;
use crate::marks::quoted;

/// So many bounces go in one transaction.
const AT_ONCE: usize = 250;

/// Records what a provider called about, with all that follows; `source` is the hook's name, and the key
/// reads our Message-IDs. How many were new.
///
/// Each part is committed on its own: should a later one fail, the call comes again, and what is stored
/// changes nothing.
///
/// # Errors
/// By the database: the provider must be told to try again.
pub async fn record_call(
    db: &PgPool,
    key: &MessageIdKey,
    provider: Provider,
    source: &str,
    events: &[Event],
) -> sqlx::Result<usize> {
    let mut new = 0;
    for part in events.chunks(AT_ONCE) {
        let bounces: Vec<NewBounce> = part.iter().map(|event| bounce(key, provider, source, event)).collect();
        let mut tx = db.begin().await?;
        let recorded = returned::record(&mut tx, &[], &bounces).await?;
        tx.commit().await?;
        new += recorded.bounces;
        tell(db, &recorded).await;
    }
    Ok(new)
}

fn bounce(message_ids: &MessageIdKey, provider: Provider, source: &str, event: &Event) -> NewBounce {
    NewBounce {
        key: key(provider, event),
        kind: event.kind,
        reason: event.reason,
        confidence: event.confidence,
        at: event.at,
        road: Road::Webhook,
        source: source.to_owned(),
        mail: None,
        message: None,
        quoted: event.message_ids.iter().filter_map(|id| quoted(message_ids, id)).collect(),
        // Its signature or token was checked before it was read.
        proven: true,
        address: Some(event.recipient.clone()).filter(|address| !address.is_empty()),
        final_address: None,
        status: event.status,
        reply_code: event.reply_code,
        reply: event.reply.clone(),
        reporting_mta: event.reporting_mta.clone(),
        remote_mta: event.remote_mta.clone(),
    }
}

/// What tells an event from all others. Without an id of its own that is what it says.
fn key(provider: Provider, event: &Event) -> Digest {
    let at = event.at.timestamp().to_string();
    let recipient = event.recipient.to_lowercase();
    let ids = event.message_ids.join(" ");
    let mut parts = vec!["webhook", provider.as_str(), &recipient];
    if event.id.is_empty() {
        parts.extend(["", event.kind.as_str(), &at, &ids]);
    } else {
        parts.push(&event.id);
    }
    Digest::of(parts.join("\0").as_bytes())
}
