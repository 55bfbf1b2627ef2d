//! Where a call comes from, as far as that can be known.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;

use crate::config::Config;

/// An address as it is counted: one of IPv4, or a network of IPv6, whose hosts change theirs at will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(IpAddr);

/// Bits of an IPv6 address that name the network.
const NETWORK_BITS: u32 = 64;

impl Address {
    pub(super) fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - NETWORK_BITS))).into(),
            ip => ip,
        })
    }

    /// The caller's address; `None` where only a proxy's is to be had, which would make one caller of all.
    pub(super) fn of_caller(config: &Config, peer: SocketAddr, headers: &HeaderMap) -> Option<Self> {
        let proxy = config.is_https() && peer.ip().is_loopback();
        match config.trusted_proxy {
            true => forwarded(headers).map(Self::of),
            false if proxy => None,
            false => Some(Self::of(peer.ip())),
        }
    }
}

/// The last address of `X-Forwarded-For`: the one that the proxy itself saw. Those before it are the caller's own words.
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
    fn of_forwarded_addresses_the_last_counts_in_every_spelling() {
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

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let of = |ip: &str| Address::of(ip.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
    }
}
