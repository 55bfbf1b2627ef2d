//! The pace of polls (CIBA Core 11): a client that polls before its interval is over gets
//! `slow_down`, and its interval grows.
//!
//! The pace is kept in memory, so that a poll writes nothing. It protects the server and no
//! security rule depends on it. A restart forgets the grown intervals.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use crate::model::CibaRequest;

/// The seconds that each early poll adds to the interval (CIBA Core 11).
const SLOW_DOWN_SECS: u32 = 5;

/// The number of requests whose pace is kept.
const MAX_PACES: usize = 100_000;

/// The pace of each request that is polled.
#[derive(Default)]
pub(super) struct Pacing(Mutex<HashMap<Digest, Pace>>);

/// The pace of one request.
#[derive(Clone, Copy)]
struct Pace {
    polled: Timestamp,
    interval_s: u32,
    /// The time from which the pace is not needed.
    forget: Timestamp,
}

/// A poll as its time allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poll {
    /// The request can no longer be redeemed.
    Expired,
    /// The poll came before the interval was over. The interval is longer now.
    TooEarly,
    /// The poll gets the outcome of the request.
    Due,
}

impl Pacing {
    /// Records a poll and returns how it is answered.
    pub(super) fn poll(&self, request: &CibaRequest, now: Timestamp) -> Poll {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = paces.get(&request.id_hash).copied();
        let interval_s = known.map_or(request.interval_s, |pace| pace.interval_s);
        if request.grace_is_over(interval_s, now) {
            return Poll::Expired;
        }
        // After the expiry the outcome is final, so no poll is too early.
        let early = now < request.expires && known.is_some_and(|pace| now < pace.polled.plus(interval_s.into()));
        let interval_s = if early { interval_s.saturating_add(SLOW_DOWN_SECS) } else { interval_s };
        if paces.len() >= MAX_PACES && known.is_none() {
            paces.retain(|_, pace| pace.forget > now);
        }
        if paces.len() < MAX_PACES || known.is_some() {
            let forget = request.expires.plus(3_600);
            paces.insert(request.id_hash, Pace { polled: now, interval_s, forget });
        }
        if early { Poll::TooEarly } else { Poll::Due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ciba::tests::open;

    #[test]
    fn early_polls_make_the_interval_longer() {
        let (pacing, request) = (Pacing::default(), open());
        let polls = [(0, Poll::Due), (4, Poll::TooEarly), (13, Poll::TooEarly), (28, Poll::Due), (42, Poll::TooEarly)];
        for (second, expected) in polls {
            assert_eq!(pacing.poll(&request, Timestamp::from_seconds(second)), expected, "second {second}");
        }
    }

    #[test]
    fn no_poll_is_too_early_after_the_expiry() {
        let (pacing, request) = (Pacing::default(), open());
        for (second, expected) in [(299, Poll::Due), (300, Poll::Due), (301, Poll::Due), (360, Poll::Expired)] {
            assert_eq!(pacing.poll(&request, Timestamp::from_seconds(second)), expected, "second {second}");
        }
    }
}
