//! Trusted time: the last time an issuer signed, plus the monotonic time since. A wrong wall clock expires nothing. Each
//! enrolment has a clock of its own, so that one issuer cannot move another's time.

use serde::{Deserialize, Serialize};

use crate::platform::ClockReading;
use countersign_protocol::message::claims::Timestamp;

/// The last signed time and the moment it was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedClock {
    anchor: Option<Anchor>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    signed: Timestamp,
    monotonic_ms: u64,
    boot_id: String,
}

impl TrustedClock {
    /// The time now. After a restart of the phone the monotonic clock says nothing: then it is the wall clock, but never before
    /// the last signed time. A signed time corrects it at the next contact. A reading taken just before the anchor was set
    /// means that no time has passed, not that the phone was restarted.
    #[must_use]
    pub fn now(&self, reading: &ClockReading) -> Timestamp {
        let Some(anchor) = &self.anchor else { return reading.wall };
        if anchor.boot_id != reading.boot_id {
            return reading.wall.max(anchor.signed);
        }
        let elapsed = reading.monotonic_ms.saturating_sub(anchor.monotonic_ms);
        anchor.signed.plus(i64::try_from(elapsed / 1000).unwrap_or(i64::MAX))
    }

    /// Takes the time of a signed message that may have been on its way for a while: moves the clock forward only.
    pub fn observe(&mut self, signed: Timestamp, reading: &ClockReading) {
        if self.anchor.is_none() || signed > self.now(reading) {
            self.set(signed, reading);
        }
    }

    /// Takes the time of a signed answer to a nonce of this moment: it is now.
    pub fn observe_live(&mut self, signed: Timestamp, reading: &ClockReading) {
        self.set(signed, reading);
    }

    fn set(&mut self, signed: Timestamp, reading: &ClockReading) {
        self.anchor = Some(Anchor { signed, monotonic_ms: reading.monotonic_ms, boot_id: reading.boot_id.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, monotonic_s: u64, boot: &str) -> ClockReading {
        ClockReading { monotonic_ms: monotonic_s * 1000, boot_id: boot.into(), wall: Timestamp::from_seconds(wall) }
    }

    fn seconds(clock: &TrustedClock, reading: &ClockReading) -> i64 {
        clock.now(reading).seconds()
    }

    #[test]
    fn a_wrong_wall_clock_changes_nothing_while_the_phone_runs() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(5, 10, "a"));
        assert_eq!(seconds(&clock, &at(999_999, 40, "a")), 1030);
        assert_eq!(seconds(&clock, &at(0, 40, "a")), 1030);
    }

    #[test]
    fn after_a_restart_the_wall_clock_hints_but_never_goes_before_the_last_signed_time() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(1000, 10, "a"));
        assert_eq!(seconds(&clock, &at(0, 1, "b")), 1000);
        assert_eq!(seconds(&clock, &at(2000, 1, "b")), 2000);
        clock.observe_live(Timestamp::from_seconds(1100), &at(2000, 1, "b"));
        assert_eq!(seconds(&clock, &at(2000, 2, "b")), 1101);
    }

    #[test]
    fn a_late_message_does_not_turn_time_back_and_an_early_one_moves_it_on() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        clock.observe(Timestamp::from_seconds(900), &at(0, 20, "a"));
        assert_eq!(seconds(&clock, &at(0, 20, "a")), 1010);
        clock.observe(Timestamp::from_seconds(1500), &at(0, 20, "a"));
        assert_eq!(seconds(&clock, &at(0, 20, "a")), 1500);
    }

    #[test]
    fn a_time_that_is_known_already_takes_no_part_of_a_second_away() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        clock.observe(Timestamp::from_seconds(1000), &ClockReading { monotonic_ms: 10_900, ..at(0, 0, "a") });
        assert_eq!(seconds(&clock, &at(0, 11, "a")), 1001);
    }

    #[test]
    fn a_reading_from_before_the_anchor_never_lets_the_wall_clock_in() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        assert_eq!(seconds(&clock, &at(999_999, 5, "a")), 1000);
    }
}
