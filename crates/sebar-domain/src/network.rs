use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// A block of IP addresses, or a single one: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

/// The text is neither an IP address nor a block of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("neither an IP address nor a block of them (CIDR)")]
pub struct BadNetwork;

impl Network {
    /// Whether an address belongs to it. An IPv4 address that comes in an IPv6 one is that IPv4 address.
    pub fn contains(&self, ip: IpAddr) -> bool {
        self.0.contains(&ip.to_canonical())
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let text = text.trim();
        let single = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse::<IpNet>().or_else(|_| single()).map(|net| Self(net.trunc())).map_err(|_| BadNetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.prefix_len() == self.0.max_prefix_len() { self.0.addr().fmt(f) } else { self.0.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_an_address_or_a_block() {
        for (text, shown, inside, outside) in [
            ("203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
            (" 203.0.113.9/24 ", "203.0.113.0/24", "203.0.113.200", "203.0.114.1"),
            ("203.0.113.0/24", "203.0.113.0/24", "::ffff:203.0.113.7", "::1"),
            ("2001:db8::/32", "2001:db8::/32", "2001:db8:1::5", "2001:db9::1"),
        ] {
            let network: Network = text.parse().unwrap();
            assert_eq!(network.to_string(), shown);
            assert!(network.contains(inside.parse().unwrap()), "{inside} in {text}");
            assert!(!network.contains(outside.parse().unwrap()), "{outside} not in {text}");
        }
        for text in ["", "example.com", "203.0.113.0/33", "203.0.113", "1.2.3.4-1.2.3.9"] {
            assert_eq!(text.parse::<Network>(), Err(BadNetwork), "{text}");
        }
    }
}
