//! Shares: relays of a pool that goes by weight take no more than their part.
//!
//! Each sender keeps the shares of what it sends itself, so they hold for all senders together. They
//! are kept strictly: a relay that is ahead waits for the others, unless those fall out (their rest, or
//! a used-up quota), which begins the count anew, or do not want what is left.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sebar_domain::Member;
use sebar_domain::id::{CampaignId, PoolId, RelayId};

/// All relays together may be so many messages ahead of their shares.
const LEAD: u64 = 100;
/// When nobody took anything for so long, those who are behind cannot: whoever can goes on.
const PATIENCE: Duration = Duration::from_secs(2);
/// What nobody asked about for so long is over.
const FORGOTTEN: Duration = Duration::from_mins(10);

/// Whose mail is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Share {
    Campaign(CampaignId),
    /// The single mails of a pool.
    Pool(PoolId),
}

/// How relays stand that share mail.
#[derive(Debug, Default)]
pub(crate) struct Shares(Mutex<HashMap<Share, Standing>>);

#[derive(Debug)]
struct Standing {
    peers: Vec<Member>,
    /// What each has taken.
    taken: Vec<u64>,
    asked_at: Instant,
    moved_at: Instant,
}

impl Shares {
    /// How many of the `wanted` messages a relay may take now.
    pub(crate) fn allowed(&self, of: Share, relay: RelayId, peers: &[Member], wanted: u32) -> u32 {
        let Some(at) = peers.iter().position(|peer| peer.relay == relay) else { return wanted };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        all.retain(|_, standing| now - standing.asked_at < FORGOTTEN);
        let begin =
            || Standing { peers: peers.to_vec(), taken: vec![0; peers.len()], asked_at: now, moved_at: now };
        let standing = all.entry(of).or_insert_with(begin);
        if standing.peers != peers {
            *standing = begin();
        }
        standing.asked_at = now;
        let left = standing.left(at).map_or(u32::MAX, |left| u32::try_from(left).unwrap_or(u32::MAX));
        if left == 0 && now - standing.moved_at > PATIENCE { wanted } else { left.min(wanted) }
    }

    /// Notes that a relay took so many.
    pub(crate) fn note(&self, of: Share, relay: RelayId, n: usize) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(standing) = all.get_mut(&of) else { return };
        if let Some(at) = standing.peers.iter().position(|peer| peer.relay == relay) {
            standing.taken[at] += u64::try_from(n).unwrap_or_default();
            standing.moved_at = Instant::now();
        }
    }
}

impl Standing {
    /// What a relay may take until one of the others has taken more; `None`: there is no other.
    fn left(&self, at: usize) -> Option<u64> {
        let weight = |at: usize| u64::from(self.peers[at].weight.max(1));
        let others = (0..self.peers.len()).filter(|other| *other != at);
        let least = others.map(|other| self.taken[other] * weight(at) / weight(other)).min()?;
        let all: u64 = (0..self.peers.len()).map(weight).sum();
        let lead = (LEAD * weight(at) / all).max(1);
        Some((least + lead).saturating_sub(self.taken[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_takes_its_part_and_waits_for_the_others() {
        let shares = Shares::default();
        let [a, b] = [(); 2].map(|()| RelayId::new());
        let peer = |relay, weight| Member { relay, rank: 1, weight };
        let peers = [peer(a, 80), peer(b, 20)];
        let of = Share::Campaign(CampaignId::new());
        let mut taken = [0_u32, 0];
        // The faster one asks all the time, the other now and then.
        for round in 0..1000 {
            for (relay, n) in [(b, 1), (a, 0)] {
                if relay == a && round % 5 != 0 {
                    continue;
                }
                let granted = shares.allowed(of, relay, &peers, 50);
                shares.note(of, relay, granted as usize);
                taken[n] += granted;
            }
        }
        let (a_took, b_took) = (taken[0], taken[1]);
        assert!(a_took.abs_diff(4 * b_took) <= 100, "{a_took} and {b_took}");
        assert!(b_took > 1000, "they go on");

        // It falls out: the other is not held up.
        let alone = [peer(b, 20)];
        assert_eq!(shares.allowed(of, b, &alone, 5000), 5000);
        // Back again, it is not given all at once what it missed.
        shares.note(of, b, 5000);
        assert_eq!(shares.allowed(of, a, &peers, 5000), 80);
        assert_eq!(shares.allowed(of, b, &peers, 5000), 20);
        // Should the others be unable to take what is left, it goes on all the same.
        shares.note(of, b, 20);
        assert_eq!(shares.allowed(of, b, &peers, 5000), 0);
        shares.0.lock().unwrap().get_mut(&of).unwrap().moved_at -= PATIENCE;
        assert_eq!(shares.allowed(of, b, &peers, 5000), 5000);
        // One that is not among them (it must prove itself first) takes what it asks for.
        assert_eq!(shares.allowed(of, RelayId::new(), &peers, 1), 1);
    }
}
