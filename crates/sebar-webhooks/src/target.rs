//! Which addresses may be called: a webhook must not be a way into the network that we stand in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;
use url::{Host, Url};

/// What may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Public addresses over TLS.
    Public,
    /// Any, also of one's own network and without TLS.
    Any,
}

/// Why an address is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// No `http` or `https` URL.
    #[error("it is no address of the web")]
    NoUrl,
    /// Not `https`.
    #[error("it does not begin with https://")]
    NoTls,
    /// A user name or a password stands in it.
    #[error("a user name or password stands in it")]
    Credentials,
    /// It leads into a private network.
    #[error("it leads to a private address")]
    Private,
}

impl Targets {
    /// Reads an address. A name is looked up only when it is called, and judged then.
    ///
    /// # Errors
    /// When it is not to be called.
    pub fn check(self, text: &str) -> Result<Url, BadTarget> {
        let text = text.trim();
        // A parser may pass over them, and they are no part of any address.
        if text.chars().any(char::is_control) {
            return Err(BadTarget::NoUrl);
        }
        let url: Url = text.parse().map_err(|_| BadTarget::NoUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(BadTarget::NoUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::Credentials);
        }
        if self == Self::Any {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(BadTarget::NoTls);
        }
        let is_public = match url.host() {
            Some(Host::Ipv4(ip)) => is_public(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => is_public(IpAddr::V6(ip)),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                name != "localhost" && !name.ends_with(".localhost")
            }
            None => false,
        };
        if is_public { Ok(url) } else { Err(BadTarget::Private) }
    }
}

/// IPv4 blocks that are not of the public internet (IANA's registry of special-purpose addresses).
const PRIVATE_V4: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// Of IPv6 only global unicast addresses are public, but for these blocks: some stand for IPv4 addresses.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const PRIVATE_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether an address is of the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => !PRIVATE_V4
            .iter()
            .any(|(block, bits)| Ipv4Net::new(*block, *bits).is_ok_and(|net| net.contains(&ip))),
        IpAddr::V6(ip) => {
            let is_in = |(block, bits): &(Ipv6Addr, u8)| {
                Ipv6Net::new(*block, *bits).is_ok_and(|net| net.contains(&ip))
            };
            is_in(&GLOBAL_V6) && !PRIVATE_V6.iter().any(is_in)
        }
    }
}

/// Looks names up and keeps only addresses that may be called: it is the looked-up address that is
/// connected to, so a name cannot change its mind in between.
pub(crate) struct Guard(pub(crate) Targets);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.0;
        Box::pin(async move {
            let found = lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| targets == Targets::Any || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Box::new(BadTarget::Private) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_over_tls_are_called() {
        for text in [
            "https://example.com/hooks",
            "https://example.com:8443/hooks?a=b",
            "https://93.184.215.14/",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        ] {
            assert!(Targets::Public.check(text).is_ok(), "{text}");
        }
        for (text, why) in [
            ("", BadTarget::NoUrl),
            ("example.com/hooks", BadTarget::NoUrl),
            ("https://example.com/\0hooks", BadTarget::NoUrl),
            ("ftp://example.com/", BadTarget::NoUrl),
            ("file:///etc/passwd", BadTarget::NoUrl),
            ("http://example.com/", BadTarget::NoTls),
            ("https://me:secret@example.com/", BadTarget::Credentials),
            ("https://localhost/", BadTarget::Private),
            ("https://a.localhost./", BadTarget::Private),
            ("https://127.0.0.1/", BadTarget::Private),
            ("https://127.1/", BadTarget::Private),
            ("https://0x7f000001/", BadTarget::Private),
            ("https://2130706433/", BadTarget::Private),
            ("https://10.1.2.3/", BadTarget::Private),
            ("https://172.31.255.255/", BadTarget::Private),
            ("https://192.168.1.1/", BadTarget::Private),
            ("https://169.254.169.254/latest/meta-data", BadTarget::Private),
            ("https://100.100.100.200/", BadTarget::Private),
            ("https://0.0.0.0/", BadTarget::Private),
            ("https://[::1]/", BadTarget::Private),
            ("https://[::]/", BadTarget::Private),
            ("https://[::ffff:127.0.0.1]/", BadTarget::Private),
            ("https://[64:ff9b::7f00:1]/", BadTarget::Private),
            ("https://[2002:7f00:1::]/", BadTarget::Private),
            ("https://[fd00::1]/", BadTarget::Private),
            ("https://[fe80::1]/", BadTarget::Private),
        ] {
            assert_eq!(Targets::Public.check(text), Err(why), "{text}");
        }
        assert!(Targets::Any.check("http://127.0.0.1:8080/hooks").is_ok());
        assert_eq!(Targets::Any.check("https://me@example.com/"), Err(BadTarget::Credentials));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_called() {
        let found = Guard(Targets::Public).resolve("localhost".parse().unwrap()).await;
        assert!(found.is_err());
        let found = Guard(Targets::Any).resolve("localhost".parse().unwrap()).await;
        assert!(found.is_ok_and(|mut found| found.next().is_some()));
    }
}
