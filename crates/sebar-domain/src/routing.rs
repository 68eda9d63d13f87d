//! Routing: which relays carry which mail.
//!
//! Mail goes over a pool: the campaign's own, or the one that the most telling rule leads to. Within
//! a pool the relays of the best rank that are well carry it; those after them stand by. Mail that no
//! rule concerns goes over any relay.

use crate::id::{PoolId, RelayId, RouteId};
use crate::{Address, Stream};

/// A relay in a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The relay.
    pub relay: RelayId,
    /// 1 carries; 2 when none of rank 1 can; and so on, to 9.
    pub rank: u8,
    /// Its share among those of its rank, in a pool that goes by weight (1 to 100).
    pub weight: u8,
}

/// Relays that carry the same mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Its key.
    pub id: PoolId,
    /// How it is called.
    pub name: String,
    /// Relays of one rank share the mail by their weights; otherwise each takes what it can.
    pub by_weight: bool,
    /// Its relays, by rank.
    pub members: Vec<Member>,
}

/// A rule that leads mail to a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its key.
    pub id: RouteId,
    /// Only mail of this stream.
    pub stream: Option<Stream>,
    /// Only mail from this domain (in lower case).
    pub from_domain: Option<String>,
    /// Where it goes.
    pub pool: PoolId,
}

/// All pools and rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    /// By name.
    pub pools: Vec<Pool>,
    /// In no order.
    pub routes: Vec<Route>,
}

impl Route {
    fn concerns(&self, stream: Stream, domain: &str) -> bool {
        self.stream.is_none_or(|of| of == stream)
            && self.from_domain.as_ref().is_none_or(|of| of.eq_ignore_ascii_case(domain))
    }
}

impl Routing {
    /// A pool by its key.
    pub fn pool(&self, id: PoolId) -> Option<&Pool> {
        self.pools.iter().find(|pool| pool.id == id)
    }

    /// The pool that mail goes over: `own` if it was given one, else by the most telling rule: one that
    /// names the domain before one that does not, then one that names the stream. `None`: over any relay.
    pub fn pool_for(&self, own: Option<PoolId>, stream: Stream, from: &Address) -> Option<&Pool> {
        let by_rule = || {
            let concerned = self.routes.iter().filter(|route| route.concerns(stream, from.domain()));
            concerned.max_by_key(|route| (route.from_domain.is_some(), route.stream.is_some()))
        };
        own.and_then(|id| self.pool(id)).or_else(|| self.pool(by_rule()?.pool))
    }
}

impl Pool {
    /// A relay's part in it.
    pub fn member(&self, relay: RelayId) -> Option<&Member> {
        self.members.iter().find(|member| member.relay == relay)
    }

    /// Whether a relay may carry the pool's mail at this moment, and with whom it shares it; `is_well`
    /// tells which relays can be sent over now, without doubt. `None`: it is not in the pool.
    pub fn part(&self, relay: RelayId, is_well: impl Fn(RelayId) -> bool) -> Option<Part> {
        let own = self.member(relay)?;
        let carrying = self.members.iter().filter(|member| is_well(member.relay));
        let best = carrying.clone().map(|member| member.rank).min().unwrap_or(u8::MAX);
        if own.rank > best {
            let before = carrying.filter(|member| member.rank < own.rank).map(|member| member.relay);
            return Some(Part::StandsBy { before: before.collect() });
        }
        // One that must first prove itself takes a message now and then, outside the shares.
        let shares = self.by_weight && own.rank == best && is_well(relay);
        let peers = carrying.filter(|member| shares && member.rank == best).copied().collect();
        Some(Part::Carries { peers })
    }
}

/// A relay's part in a pool at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It carries mail; where shares count, with these, itself among them.
    Carries {
        /// Empty: it takes what it can.
        peers: Vec<Member>,
    },
    /// It takes only what none of those before it wants.
    StandsBy {
        /// Relays of better rank that are well.
        before: Vec<RelayId>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(name: &str, by_weight: bool, members: &[(RelayId, u8, u8)]) -> Pool {
        let member = |&(relay, rank, weight): &(RelayId, u8, u8)| Member { relay, rank, weight };
        let members = members.iter().map(member).collect();
        Pool { id: PoolId::new(), name: name.to_owned(), by_weight, members }
    }

    #[test]
    fn the_most_telling_rule_leads_to_the_pool_and_a_choice_of_ones_own_outranks_it() {
        let pools: Vec<Pool> =
            ["all", "single", "shop", "single shop", "own"].map(|name| pool(name, false, &[])).into();
        let route = |n: usize, stream, domain: Option<&str>| Route {
            id: RouteId::new(),
            stream,
            from_domain: domain.map(str::to_owned),
            pool: pools[n].id,
        };
        let routes = vec![
            route(0, None, None),
            route(1, Some(Stream::Transactional), None),
            route(2, None, Some("shop.example")),
            route(3, Some(Stream::Transactional), Some("shop.example")),
        ];
        let own = pools[4].id;
        let routing = Routing { pools, routes };
        for (chosen, stream, from, expected) in [
            (None, Stream::Campaign, "a@news.example", "all"),
            (None, Stream::Transactional, "a@news.example", "single"),
            (None, Stream::Campaign, "a@SHOP.example", "shop"),
            (None, Stream::Transactional, "a@shop.example", "single shop"),
            (None, Stream::Campaign, "a@eu.shop.example", "all"),
            (Some(own), Stream::Transactional, "a@shop.example", "own"),
        ] {
            let found = routing.pool_for(chosen, stream, &from.parse().unwrap()).unwrap();
            assert_eq!(found.name, expected, "{stream} from {from}");
        }
        let none = Routing::default();
        assert_eq!(none.pool_for(None, Stream::Campaign, &"a@b.example".parse().unwrap()), None);
        assert_eq!(none.pool_for(Some(own), Stream::Campaign, &"a@b.example".parse().unwrap()), None);
    }

    #[test]
    fn the_best_rank_that_is_well_carries_and_those_after_it_stand_by() {
        let [a, b, c, d] = [(); 4].map(|()| RelayId::new());
        let pool = pool("p", true, &[(a, 1, 80), (b, 1, 20), (c, 2, 1), (d, 3, 1)]);
        let peers = |ids: &[RelayId]| ids.iter().map(|id| *pool.member(*id).unwrap()).collect::<Vec<_>>();
        let carries = |ids: &[RelayId]| Some(Part::Carries { peers: peers(ids) });
        let stands_by = |ids: &[RelayId]| Some(Part::StandsBy { before: ids.to_vec() });
        let all = |_| true;
        assert_eq!(pool.part(a, all), carries(&[a, b]));
        assert_eq!(pool.part(b, all), carries(&[a, b]));
        assert_eq!(pool.part(c, all), stands_by(&[a, b]));
        assert_eq!(pool.part(d, all), stands_by(&[a, b, c]));
        assert_eq!(pool.part(RelayId::new(), all), None);
        // One of two falls out: the other carries all; the one on trial stays, outside the shares.
        assert_eq!(pool.part(b, |relay| relay != a), carries(&[b]));
        assert_eq!(pool.part(a, |relay| relay != a), carries(&[]));
        assert_eq!(pool.part(c, |relay| relay != a), stands_by(&[b]));
        // The whole rank falls out.
        let only_later = |relay| relay == c || relay == d;
        assert_eq!(pool.part(c, only_later), carries(&[c]));
        assert_eq!(pool.part(d, only_later), stands_by(&[c]));
        assert_eq!(pool.part(a, only_later), carries(&[]));
        // Nobody is well: whoever is tried again may try.
        for relay in [a, b, c, d] {
            assert_eq!(pool.part(relay, |_| false), carries(&[]));
        }
    }
}
