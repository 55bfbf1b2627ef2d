//! The validity of rows that were made while the clock was wrong.
//!
//! A row that was made while the clock was ahead has its expiry as far ahead. When the clock is
//! right again, the row would be valid, or would count against a limit, for as long as the clock
//! was ahead. Such a row is treated as expired.

use countersign_protocol::message::claims::Timestamp;
// The statements of `store/sqlite` contain the same number.
use countersign_protocol::message::request::MAX_STEP_BACK_SECS;

/// Returns true if a row is valid at `now`: it has not expired, and it was not made while the clock
/// was ahead.
pub(crate) fn is_valid(created: Timestamp, expires: Timestamp, now: Timestamp) -> bool {
    created <= now.plus(MAX_STEP_BACK_SECS) && now < expires
}

/// Returns true if a wait of at most `longest` seconds lasts until a time after `now`. A wait that
/// would last longer was begun while the clock was ahead, and is over.
pub(crate) fn waits(until: Timestamp, longest: i64, now: Timestamp) -> bool {
    (1..=longest.saturating_add(MAX_STEP_BACK_SECS)).contains(&until.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_from_a_clock_that_was_ahead_is_not_valid() {
        let at = Timestamp::from_seconds;
        let (created, expires) = (at(10_000), at(10_300));
        for (now, valid) in [(9_399, false), (9_400, true), (10_000, true), (10_299, true), (10_300, false)] {
            assert_eq!(is_valid(created, expires, at(now)), valid, "{now}");
        }
        for (now, waiting) in [(8_800, false), (9_399, false), (9_400, true), (10_299, true), (10_300, false)] {
            assert_eq!(waits(at(10_300), 300, at(now)), waiting, "{now}");
        }
    }
}
