//! The network address of a caller.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Config;

/// Returns the caller's address, or `None` if only the address of a proxy is known, which all
/// callers share.
pub(crate) fn of_caller(config: &Config, peer: SocketAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let proxy = config.is_https() && peer.ip().is_loopback();
    match config.trusted_proxy {
        true => forwarded(headers),
        false if proxy => None,
        false => Some(peer.ip()),
    }
}

/// The length of the IPv6 networks whose hosts count as one address.
const NETWORK_BITS: u32 = 64;

/// An address as connections are counted by it: an IPv4 address, or an IPv6 subnet, because IPv6
/// hosts change their address freely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl Address {
    pub(crate) fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => network(ip, NETWORK_BITS).into(),
            ip => ip,
        })
    }
}

/// Returns the first address of the network with that length.
pub(crate) fn network(ip: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(ip.to_bits() & u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0))
}

/// Returns the last address in `X-Forwarded-For`, which the proxy added. The caller controls the
/// ones before it.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(last);
    bare.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_hosts_of_a_subnet_are_one_address() {
        let of = |ip: &str| Address::of(ip.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
    }

    #[test]
    fn last_forwarded_address_counts_in_every_spelling() {
        for (sent, read) in [
            (&["203.0.113.7"][..], Some("203.0.113.7")),
            (&["10.0.0.1, 203.0.113.7"], Some("203.0.113.7")),
            (&["10.0.0.1", "10.0.0.2 , 203.0.113.7:1234"], Some("203.0.113.7")),
            (&["2001:db8::7"], Some("2001:db8::7")),
            (&["[2001:db8::7]"], Some("2001:db8::7")),
            (&["[2001:db8::7]:443"], Some("2001:db8::7")),
            (&["203.0.113.7, unknown"], None),
            (&[""], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in sent {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            assert_eq!(forwarded(&headers), read.map(|ip| ip.parse().unwrap()), "{sent:?}");
        }
    }
}
