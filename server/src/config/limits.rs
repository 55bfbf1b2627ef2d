//! The `[limits]` section: how many callers the server serves at the same time.

use serde::Deserialize;

/// The limits for connections. The server lowers them at the start if the operating system allows
/// fewer open files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at the same time. A further one replaces the connection that has been inactive
    /// for the longest time.
    pub connections: u32,
    /// Connections from one address, or calls in progress from one address behind a trusted proxy.
    pub connections_per_address: u32,
    /// Streams of phones at the same time. At most half of `connections`, so that streams never
    /// take the places of other calls.
    pub streams: u32,
    /// The seconds between a stop and the end of accepting connections. `/readyz` reports the stop
    /// during this time.
    pub drain_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4_096, connections_per_address: 1_024, streams: 2_048, drain_s: 0 }
    }
}

/// The fewest connections with which the server can work.
pub(crate) const MIN_CONNECTIONS: u32 = 64;

/// The most connections.
const MAX_CONNECTIONS: u32 = 65_536;

/// The longest drain: five minutes.
const MAX_DRAIN_SECS: u32 = 300;

impl Limits {
    /// Returns limits for at most that many connections.
    pub(crate) fn lowered_to(self, connections: u32) -> Self {
        Self {
            connections,
            connections_per_address: self.connections_per_address.min(connections),
            streams: self.streams.min(connections / 2),
            ..self
        }
    }

    /// Returns the name of the first value that is not allowed, and what to write instead.
    pub(super) fn mistake(&self) -> Option<(&'static str, String)> {
        let Self { connections, connections_per_address, streams, drain_s } = *self;
        if !(MIN_CONNECTIONS..=MAX_CONNECTIONS).contains(&connections) {
            return Some(("connections", format!("write {MIN_CONNECTIONS} to {MAX_CONNECTIONS}")));
        }
        if !(1..=connections).contains(&connections_per_address) {
            return Some(("connections_per_address", format!("write 1 to {connections}, the value of `connections`")));
        }
        if !(1..=connections / 2).contains(&streams) {
            return Some(("streams", format!("write 1 to {}, half of `connections`", connections / 2)));
        }
        (drain_s > MAX_DRAIN_SECS).then(|| ("drain_s", format!("write 0 to {MAX_DRAIN_SECS}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_never_take_more_than_half_of_the_connections() {
        let default = Limits::default();
        assert_eq!(default.mistake(), None);
        let wrong = |limits: Limits| limits.mistake().map(|(name, _)| name);
        assert_eq!(wrong(Limits { streams: 2_049, ..default }), Some("streams"));
        assert_eq!(wrong(Limits { streams: 0, ..default }), Some("streams"));
        assert_eq!(wrong(Limits { connections: 63, ..default }), Some("connections"));
        assert_eq!(wrong(Limits { connections_per_address: 4_097, ..default }), Some("connections_per_address"));
        assert_eq!(wrong(Limits { drain_s: 301, ..default }), Some("drain_s"));
        let low = default.lowered_to(100);
        assert_eq!((low.connections, low.connections_per_address, low.streams), (100, 100, 50));
        assert_eq!(low.mistake(), None);
        assert_eq!(default.lowered_to(4_096), default);
    }
}
