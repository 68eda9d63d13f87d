//! Room for sessions: so many in all, and so many of one address.
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts sessions by the addresses of clients.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    most_of_one: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// All are taken.
    Here,
    /// This client has as many as it may.
    ForYou,
}

/// A session's place, which is free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    of: Arc<Places>,
    client: IpAddr,
}

impl Places {
    pub(super) fn new(most: usize, most_of_one: usize) -> Self {
        Self { most, most_of_one, taken: Mutex::default() }
    }

    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, Full> {
        let client = subscriber(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // There are no more entries than places, and few of them.
        if taken.values().sum::<usize>() >= self.most {
            return Err(Full::Here);
        }
        let of_one = taken.entry(client).or_default();
        if *of_one >= self.most_of_one {
            return Err(Full::ForYou);
        }
        *of_one += 1;
        Ok(Place { of: Arc::clone(self), client })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.of.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(of_one) = taken.get_mut(&self.client) {
            *of_one -= 1;
            if *of_one == 0 {
                taken.remove(&self.client);
            }
        }
    }
}

/// Whose address it is: a subscriber of IPv6 has at least all of a /64 (RFC 6177), and could use another
/// address of it each time.
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_share_and_others_the_rest() {
        let places = Arc::new(Places::new(3, 2));
        let take = |address: &str| places.take(address.parse().unwrap());
        let first = take("192.0.2.1").unwrap();
        let second = take("::ffff:192.0.2.1").unwrap();
        assert_eq!(take("192.0.2.1").unwrap_err(), Full::ForYou);
        let third = take("2001:db8::1").unwrap();
        assert_eq!(take("2001:db8::2").unwrap_err(), Full::Here);
        drop(first);
        let fourth = take("2001:db8::2").unwrap();
        drop(second);
        assert_eq!(take("2001:db8::3").unwrap_err(), Full::ForYou, "its network is one client");
        drop((third, fourth));
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
