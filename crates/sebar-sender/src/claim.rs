//! What a relay's feeder claims next: urgent mail first, then the campaigns in turns; of each only what
//! the relay may carry by the pools, and what its share and the campaign's own pace allow.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use sebar_domain::id::{CampaignId, PoolId};
use sebar_domain::{Part, Pool};
use sebar_store::campaigns;
use sebar_store::pace::Slots;
use sebar_store::queue::{self, Claimant, Claimed, Single};
use sebar_store::sending::Sending;
use sqlx::PgPool;
use tokio::time::{Instant, sleep_until};

use crate::board::Board;
use crate::feed::Group;
use crate::shares::Share;

/// Urgent mail is looked for at least so often while campaigns keep a relay busy.
const URGENT: Duration = Duration::from_millis(100);
/// Where some urgent mail came, more is coming: what comes within this time is claimed together.
const GATHER: Duration = Duration::from_millis(5);
/// A campaign with a pace of its own is given the slots that come within this time: a lane that waits
/// for more is lost to other campaigns.
const SOON: Duration = Duration::from_millis(50);
/// A relay that is ahead of its share looks again after this time.
const AHEAD: Duration = Duration::from_millis(20);

/// Whose turn it is.
#[derive(Default)]
pub(crate) struct Turn {
    last: Option<CampaignId>,
    /// When to look for urgent mail again; `None`: at once.
    urgent: Option<Instant>,
    /// Urgent mail came when it was last looked for.
    is_coming: bool,
}

impl Turn {
    /// Notes what was found when urgent mail was looked for.
    fn note(&mut self, urgent: &[Claimed], wanted: u32) {
        self.is_coming = !urgent.is_empty();
        let is_more = urgent.len() >= wanted as usize;
        let rest = if self.is_coming { GATHER } else { URGENT };
        self.urgent = (!is_more).then(|| Instant::now() + rest);
    }
}

/// What a claim found.
pub(crate) enum Claim {
    /// Messages, and the slots of their campaign's own pace.
    Some(Vec<Claimed>, Slots),
    /// Nothing; where a pace or a share is why, how long to wait.
    None(Option<Duration>),
}

/// Claims up to `n` messages: urgent ones first, then from the campaign whose turn it is.
pub(crate) async fn claim(group: &Group, n: u32, turn: &mut Turn) -> sqlx::Result<Claim> {
    let board = Arc::clone(&group.shared.board.borrow());
    let urgent_first = turn.urgent.is_none_or(|at| at <= Instant::now());
    if urgent_first {
        let urgent = single(group, &board, n).await?;
        turn.note(&urgent, n);
        if !urgent.is_empty() {
            return Ok(Claim::Some(urgent, Slots::FREE));
        }
    }
    let mine: Vec<&Sending> =
        board.campaigns.iter().filter(|campaign| group.relay.may_send_from(&campaign.from)).collect();
    let next = mine.iter().position(|one| turn.last.is_none_or(|last| one.id > last)).unwrap_or(0);
    let mut wait: Option<Duration> = None;
    for campaign in mine[next..].iter().chain(&mine[..next]) {
        turn.last = Some(campaign.id);
        match of_campaign(group, &board, campaign, n).await? {
            Claim::None(until) => wait = [wait, until].into_iter().flatten().min(),
            some @ Claim::Some(..) => return Ok(some),
        }
    }
    // No campaign keeps it busy: whoever woke it may have done so for urgent mail.
    if !urgent_first {
        if let Some(at) = turn.urgent.filter(|_| turn.is_coming) {
            sleep_until(at).await;
        }
        let urgent = single(group, &board, n).await?;
        turn.note(&urgent, n);
        if !urgent.is_empty() {
            return Ok(Claim::Some(urgent, Slots::FREE));
        }
    }
    turn.urgent = None;
    Ok(Claim::None(wait))
}

async fn of_campaign(group: &Group, board: &Board, campaign: &Sending, n: u32) -> sqlx::Result<Claim> {
    let (shared, by) = (&group.shared, claimant(group));
    let part = match board.pool_of(campaign) {
        None => Part::Carries { peers: Vec::new() },
        Some(pool) => {
            match pool.part(group.relay.id, |relay| board.is_well(relay, Some(&campaign.from), Utc::now())) {
                Some(part) => part,
                None => return Ok(Claim::None(None)),
            }
        }
    };
    let share = Share::Campaign(campaign.id);
    let n = match &part {
        Part::Carries { peers } => shared.shares.allowed(share, group.relay.id, peers, n),
        Part::StandsBy { .. } => n,
    };
    if n == 0 {
        return Ok(Claim::None(Some(AHEAD)));
    }
    let own = own_slots(&shared.db, campaign, n).await?;
    let n = i64::from(n.min(own.granted));
    if n == 0 {
        return Ok(Claim::None(Some(own.first_in)));
    }
    let mut tx = shared.db.begin().await?;
    let claimed = match &part {
        Part::Carries { .. } => queue::claim(&mut tx, campaign.id, by, n).await?,
        Part::StandsBy { before } => queue::claim_detours(&mut tx, campaign.id, by, before, n).await?,
    };
    if claimed.is_empty() {
        return Ok(Claim::None(None));
    }
    tx.commit().await?;
    shared.shares.note(share, group.relay.id, claimed.len());
    Ok(Claim::Some(claimed, own))
}

/// Mail of no campaign.
async fn single(group: &Group, board: &Board, n: u32) -> sqlx::Result<Vec<Claimed>> {
    let (shared, relay) = (&group.shared, group.relay.id);
    let now = Utc::now();
    let is_ahead = |pool: &Pool| match pool.part(relay, |relay| board.is_well(relay, None, now)) {
        Some(Part::Carries { peers }) => shared.shares.allowed(Share::Pool(pool.id), relay, &peers, 1) == 0,
        _ => false,
    };
    let pools = board.routing.pools.iter().filter(|pool| pool.member(relay).is_some() && !is_ahead(pool));
    let pools: Vec<PoolId> = pools.map(|pool| pool.id).collect();
    let well = board.relays.iter().map(|relay| relay.id);
    let well: Vec<_> = well.filter(|other| *other != relay && board.is_well(*other, None, now)).collect();
    let may = Single { from_allowed: &group.relay.settings.from_allowed, pools: &pools, well: &well };
    let mut tx = shared.db.begin().await?;
    let claimed = queue::claim_urgent(&mut tx, &may, claimant(group), i64::from(n)).await?;
    if !claimed.is_empty() {
        tx.commit().await?;
    }
    for pool in claimed.iter().filter_map(|message| message.pool) {
        shared.shares.note(Share::Pool(pool), relay, 1);
    }
    Ok(claimed)
}

fn claimant(group: &Group) -> Claimant {
    Claimant { sender: group.shared.id, relay: group.relay.id }
}

/// Slots of a campaign's own pace, as many as are due soon: more would keep the lanes waiting.
async fn own_slots(db: &PgPool, campaign: &Sending, n: u32) -> sqlx::Result<Slots> {
    let Some(per_hour) = campaign.pace.per_hour else { return Ok(Slots::FREE) };
    let mut tx = db.begin().await?;
    let slots = campaigns::reserve_slots(&mut tx, campaign.id, per_hour, n, SOON).await?;
    tx.commit().await?;
    Ok(slots)
}
