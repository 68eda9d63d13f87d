//! The board: what users want now. Read anew when Postgres tells of a change, and twice a second.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Timelike as _, Utc};
use chrono_tz::Tz;
use sebar_compose::ReturnPath;
use sebar_domain::id::{CampaignId, RelayId};
use sebar_domain::{Address, Pool, Routing, Stream, Window};
use sebar_store::queue::Claimed;
use sebar_store::relays::Relay;
use sebar_store::sending::{self, Sending};
use sebar_store::settings::{self, Rules};
use sebar_store::{control, domain_rules, queue, relays, routing, senders};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::shared::Shared;

/// A change takes effect after this long even if its notification is lost.
const PERIOD: Duration = Duration::from_millis(500);

/// What users want now.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// Campaigns that are being sent, at this hour too, the oldest first.
    pub(crate) campaigns: Vec<Sending>,
    sending: HashSet<CampaignId>,
    pub(crate) relays: Vec<Relay>,
    /// Which relays carry which mail.
    pub(crate) routing: Routing,
    /// How the installation sends.
    pub(crate) rules: Rules,
    /// Where mail goes back to that cannot be delivered; `None`: to its sender.
    pub(crate) return_path: Option<ReturnPath>,
    /// Senders that share the relays' connections, this one included.
    pub(crate) senders: u32,
}

impl Board {
    pub(crate) fn is_sending(&self, campaign: CampaignId) -> bool {
        self.sending.contains(&campaign)
    }

    pub(crate) fn relay(&self, id: RelayId) -> Option<&Relay> {
        self.relays.iter().find(|relay| relay.id == id)
    }

    /// Whether a relay takes mail from an address now, for all that is known.
    pub(crate) fn is_well(&self, id: RelayId, from: Option<&Address>, now: DateTime<Utc>) -> bool {
        let may = |relay: &Relay| from.is_none_or(|from| relay.may_send_from(from));
        self.relay(id).is_some_and(|relay| relay.is_well(now) && may(relay))
    }

    /// The pool that a campaign goes over, if any.
    pub(crate) fn pool_of(&self, campaign: &Sending) -> Option<&Pool> {
        self.routing.pool_for(campaign.pace.pool, Stream::Campaign, &campaign.from)
    }

    /// Whether a message could go over a relay other than `not`, sooner or later.
    pub(crate) fn has_other_relay(&self, message: &Claimed, from: &Address, not: RelayId) -> bool {
        let own = self.campaigns.iter().find(|campaign| Some(campaign.id) == message.campaign);
        let own = own.map_or(message.pool, |campaign| campaign.pace.pool);
        let pool = self.routing.pool_for(own, message.stream, from);
        self.relays.iter().any(|relay| {
            relay.enabled
                && relay.id != not
                && !message.avoid.contains(&relay.id)
                && relay.may_send_from(from)
                && pool.is_none_or(|pool| pool.member(relay.id).is_some())
        })
    }
}

/// Keeps the board up to date, and wakes who waits for work.
pub(crate) async fn watch(
    shared: Arc<Shared>,
    board: watch::Sender<Arc<Board>>,
    wake: watch::Sender<u64>,
    stop: CancellationToken,
) {
    let mut listener = None;
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if listener.is_none() {
            listener = listen(&shared.db).await.inspect_err(|fault| warn!(%fault, "cannot listen")).ok();
        }
        let told = tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => None,
            told = hear(listener.as_mut()) => Some(told),
        };
        if let Some(Err(fault)) = &told {
            warn!(%fault, "listening again");
            listener = None;
        }
        let only_queue = matches!(&told, Some(Ok(channel)) if channel == queue::CHANNEL);
        if !only_queue {
            match read(&shared).await {
                Ok(new) => drop(board.send_replace(Arc::new(new))),
                Err(fault) => warn!(%fault, "cannot see what is to be sent"),
            }
        }
        if told.is_some() {
            wake.send_modify(|n| *n = n.wrapping_add(1));
        }
    }
}

async fn listen(db: &PgPool) -> sqlx::Result<PgListener> {
    let mut listener = PgListener::connect_with(db).await?;
    listener.listen_all([control::CHANNEL, queue::CHANNEL]).await?;
    Ok(listener)
}

/// The channel of the next notification; never, where nobody listens.
async fn hear(listener: Option<&mut PgListener>) -> sqlx::Result<String> {
    match listener {
        Some(listener) => Ok(listener.recv().await?.channel().to_owned()),
        None => std::future::pending().await,
    }
}

async fn read(shared: &Shared) -> sqlx::Result<Board> {
    let db = &shared.db;
    let mut campaigns = sending::now(db).await?;
    campaigns.retain(|campaign| campaign.pace.window.as_ref().is_none_or(is_open));
    let sending = campaigns.iter().map(|campaign| campaign.id).collect();
    let senders = u32::try_from(senders::alive(db).await?).unwrap_or(u32::MAX).max(1);
    let (relays, rules) = (relays::all(db).await?, settings::rules(db).await?);
    let routing = routing::all(&mut *db.acquire().await?).await?;
    let returns = settings::returns(db).await?;
    let secret = shared.key.token_key();
    let return_path =
        returns.return_path.map(|base| ReturnPath::new(base, returns.marked.then_some(&secret)));
    shared.receivers.update(&domain_rules::all(db).await?, senders);
    if relays.iter().any(|relay| relay.slowed.is_some()) {
        relays::speed_up(db).await?;
    }
    Ok(Board { campaigns, sending, relays, routing, rules, return_path, senders })
}

/// Whether a campaign may be sent at this moment of the day.
fn is_open(window: &Window) -> bool {
    // A zone that this version does not know any more: the whole world's.
    let zone: Tz = window.zone.parse().unwrap_or(Tz::UTC);
    let now = Utc::now().with_timezone(&zone);
    window.is_open(u16::try_from(now.hour() * 60 + now.minute()).unwrap_or_default())
}
