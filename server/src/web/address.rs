//! The caller's networks, as sign-in attempts are counted by them.

use std::net::IpAddr;

use crate::address::network;

/// A network as it is counted: an IPv4 address, or an IPv6 network, because IPv6 hosts change their
/// address freely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Network {
    start: IpAddr,
    bits: u32,
}

/// The lengths of the IPv6 networks that are counted: a subnet, a customer's site, and the largest
/// block that a customer usually gets (RFC 6177, RIPE-690).
const IPV6_BITS: [u32; 3] = [64, 56, 48];

impl Network {
    /// Returns the networks of an address, the narrowest first.
    pub(super) fn of(ip: IpAddr) -> Vec<Self> {
        match ip.to_canonical() {
            IpAddr::V6(ip) => {
                IPV6_BITS.into_iter().map(|bits| Self { start: network(ip, bits).into(), bits }).collect()
            }
            start => vec![Self { start, bits: 32 }],
        }
    }

    /// Returns the number of failed attempts without a wait. A wide network has more users.
    pub(super) const fn free_attempts(&self) -> u32 {
        match self.bits {
            48 => 80,
            56 => 20,
            _ => 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_address_counts_for_three_networks() {
        let of = |ip: &str| Network::of(ip.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        let shared = |one: &str, other: &str| of(one).iter().filter(|network| of(other).contains(network)).count();
        assert_eq!(shared("2001:db8:0:1::1", "2001:db8:0:2::1"), 2, "/56 and /48");
        assert_eq!(shared("2001:db8:0:1::1", "2001:db8:0:100::1"), 1, "/48");
        assert_eq!(shared("2001:db8:0:1::1", "2001:db8:1:1::1"), 0);
        assert_eq!(of("::ffff:203.0.113.7"), of("203.0.113.7"));
        assert_eq!(of("203.0.113.7").len(), 1);
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
    }
}
