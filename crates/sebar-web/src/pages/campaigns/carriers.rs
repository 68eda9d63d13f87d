//! The relays that may carry a campaign.

use std::collections::BTreeMap;

use sebar_domain::{Address, CampaignPace, Pool, Stream};
use sebar_store::campaigns::{self, Campaign};
use sebar_store::relays::{self, Relay};
use sebar_store::routing;
use sqlx::PgConnection;

use super::duration::{Limits, share_by_weight};
use super::pace;
use crate::foundation::page::Page;

/// A campaign's own pace, all relays, and the pool to which its mail is bound.
pub(super) struct Carriers {
    pub(super) pace: CampaignPace,
    pub(super) relays: Vec<Relay>,
    /// `None`: any relay.
    pub(super) pool: Option<Pool>,
}

/// For mail of a campaign with this sender's address: the campaign itself, or its tests.
pub(super) async fn carriers(
    db: &mut PgConnection,
    campaign: &Campaign,
    stream: Stream,
    from: Option<&Address>,
) -> sqlx::Result<Carriers> {
    let pace = campaigns::pace(&mut *db, campaign.id).await?;
    let routing = routing::all(&mut *db).await?;
    let pool = match from {
        Some(from) => routing.pool_for(pace.pool, stream, from),
        None => pace.pool.and_then(|own| routing.pool(own)),
    };
    Ok(Carriers { pool: pool.cloned(), pace, relays: relays::all(db).await? })
}

impl Carriers {
    /// Those that users want used and that are in the pool.
    pub(super) fn enabled(&self) -> impl Iterator<Item = &Relay> {
        let in_pool = |relay: &Relay| self.pool.as_ref().is_none_or(|pool| pool.member(relay.id).is_some());
        self.relays.iter().filter(move |relay| relay.enabled && in_pool(relay))
    }

    /// The pool, where the campaign itself chose it.
    pub(super) fn own_pool(&self) -> Option<&Pool> {
        self.pool.as_ref().filter(|pool| Some(pool.id) == self.pace.pool)
    }

    /// A pace in words; empty where the campaign has none of its own.
    pub(super) fn pace_in_words(&self, page: &Page) -> String {
        pace::in_words(page, &self.pace, self.own_pool())
    }

    /// Those of them that may send from the address.
    pub(super) fn may_send_from(&self, from: &Address) -> Vec<&Relay> {
        self.enabled().filter(|relay| relay.may_send_from(from)).collect()
    }

    /// The limits of those that may send, by rank: without a pool all carry.
    pub(super) fn ranks(&self, may_send: &[&Relay]) -> Vec<Vec<Limits>> {
        let Some(pool) = &self.pool else {
            return vec![may_send.iter().map(|relay| Limits::from(*relay)).collect()];
        };
        // One that rests is stood in for, unless all rest.
        let rests = |relay: &Relay| relay.pause.is_some();
        let all_rest = may_send.iter().all(|relay| rests(relay));
        let mut ranks: BTreeMap<u8, Vec<(Limits, u8)>> = BTreeMap::new();
        for relay in may_send.iter().filter(|relay| all_rest || !rests(relay)) {
            if let Some(member) = pool.member(relay.id) {
                ranks.entry(member.rank).or_default().push((Limits::from(*relay), member.weight));
            }
        }
        let limits = |rank: Vec<(Limits, u8)>| {
            if pool.by_weight { share_by_weight(&rank) } else { rank.into_iter().map(|(of, _)| of).collect() }
        };
        ranks.into_values().map(limits).collect()
    }
}
