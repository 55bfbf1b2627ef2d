//! The pace of polls (CIBA Core 11): a client that polls before its interval is over gets
//! `slow_down`, and its interval grows.
//!
//! The pace is kept in memory, so that a poll writes nothing. It protects the server and no
//! security rule depends on it. A restart forgets the grown intervals. Intervals are measured by
//! the uptime, so that a step of the wall clock makes no poll too early.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use crate::model::CibaRequest;

/// The seconds that each early poll adds to the interval (CIBA Core 11).
const SLOW_DOWN_SECS: u32 = 5;

/// The time after its last poll for which the pace of a request is kept, in seconds.
const KEPT_SECS: i64 = 3_600;

/// The number of requests whose pace is kept.
const MAX_PACES: usize = 100_000;

/// The pace of each request that is polled.
#[derive(Default)]
pub(super) struct Pacing(Mutex<HashMap<Digest, Pace>>);

/// The pace of one request.
#[derive(Clone, Copy)]
struct Pace {
    /// The uptime at the last poll.
    polled: i64,
    interval_s: u32,
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
    /// Records a poll at this time and uptime, and returns how it is answered.
    pub(super) fn poll(&self, request: &CibaRequest, now: Timestamp, uptime: i64) -> Poll {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = paces.get(&request.id_hash).copied();
        let interval_s = known.map_or(request.interval_s, |pace| pace.interval_s);
        if request.grace_is_over(interval_s, now) {
            return Poll::Expired;
        }
        // After the expiry the outcome is final, so no poll is too early.
        let early = now < request.expires
            && known.is_some_and(|pace| uptime.saturating_sub(pace.polled) < i64::from(interval_s));
        let interval_s = if early { interval_s.saturating_add(SLOW_DOWN_SECS) } else { interval_s };
        if paces.len() >= MAX_PACES && known.is_none() {
            paces.retain(|_, pace| uptime.saturating_sub(pace.polled) < KEPT_SECS);
        }
        if paces.len() < MAX_PACES || known.is_some() {
            paces.insert(request.id_hash, Pace { polled: uptime, interval_s });
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
            assert_eq!(pacing.poll(&request, Timestamp::from_seconds(second), second), expected, "second {second}");
        }
    }

    #[test]
    fn step_of_the_wall_clock_makes_no_poll_too_early() {
        let (pacing, request) = (Pacing::default(), open());
        for (uptime, wall) in [(0, 290), (5, 0), (10, 200), (15, 10)] {
            assert_eq!(pacing.poll(&request, Timestamp::from_seconds(wall), uptime), Poll::Due, "second {uptime}");
        }
        assert_eq!(pacing.poll(&request, Timestamp::from_seconds(250), 19), Poll::TooEarly);
    }

    #[test]
    fn no_poll_is_too_early_after_the_expiry() {
        let (pacing, request) = (Pacing::default(), open());
        for (second, expected) in [(299, Poll::Due), (300, Poll::Due), (301, Poll::Due), (360, Poll::Expired)] {
            assert_eq!(pacing.poll(&request, Timestamp::from_seconds(second), second), expected, "second {second}");
        }
    }
}
