use url::{Host, Url};

/// Why an address must not be asked for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It is no web address.
    #[error("this is no web address")]
    Malformed,
    /// It is not reached by HTTPS, and is not on this host: secrets would cross the network readably.
    #[error("the address must begin with https://")]
    NotHttps,
    /// It carries a name, a password or a part behind `#`.
    #[error("the address must not hold a name, a password or a #")]
    Extras,
}

/// Checks that an address may be given secrets: HTTPS (RFC 6749 §3.2), or plain HTTP on this host.
pub fn check_address(text: &str) -> Result<Url, AddressFault> {
    let url: Url = text.trim().parse().map_err(|_| AddressFault::Malformed)?;
    let on_this_host = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return Err(AddressFault::Malformed),
    };
    match url.scheme() {
        "https" => {}
        "http" if on_this_host => {}
        "http" => return Err(AddressFault::NotHttps),
        _ => return Err(AddressFault::Malformed),
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(AddressFault::Extras);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_by_https_or_stay_on_this_host() {
        for good in [
            "https://oauth2.googleapis.com/token",
            " https://login.microsoftonline.com/common/oauth2/v2.0/token ",
            "http://127.0.0.1:8080/token",
            "http://[::1]/token",
            "http://localhost/token",
        ] {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for (bad, fault) in [
            ("", AddressFault::Malformed),
            ("oauth2.googleapis.com/token", AddressFault::Malformed),
            ("ftp://example.com/", AddressFault::Malformed),
            ("http://example.com/token", AddressFault::NotHttps),
            ("http://127.0.0.1.example.com/token", AddressFault::NotHttps),
            ("http://10.0.0.1/token", AddressFault::NotHttps),
            ("https://name:word@example.com/token", AddressFault::Extras),
            ("https://example.com/token#x", AddressFault::Extras),
        ] {
            assert_eq!(check_address(bad), Err(fault), "{bad}");
        }
    }
}
