//! Trusted time: the last time that the issuer signed, plus the monotonic time since then.
//!
//! A wrong wall clock expires nothing while the phone runs. Each enrolment has its own clock, so
//! that one issuer cannot change the time of another.

use serde::{Deserialize, Serialize};

use crate::platform::ClockReading;
use countersign_protocol::message::claims::Timestamp;

/// The trusted clock of an enrolment: the last signed time and the moment of its arrival.
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
    /// Returns the current time.
    ///
    /// After a restart of the phone the monotonic clock does not help. Until the next signed time,
    /// the clock then returns the wall clock, but no time before the last signed one. Without any
    /// signed time it returns the wall clock. A reading from just before the anchor counts as zero
    /// elapsed time, not as a restart.
    #[must_use]
    pub fn now(&self, reading: &ClockReading) -> Timestamp {
        let Some(anchor) = &self.anchor else { return reading.wall };
        if anchor.boot_id != reading.boot_id {
            return reading.wall.max(anchor.signed);
        }
        let elapsed = reading.monotonic_ms.saturating_sub(anchor.monotonic_ms);
        anchor.signed.plus(i64::try_from(elapsed / 1000).unwrap_or(i64::MAX))
    }

    /// Returns a time that has certainly passed. As [`now`](Self::now), but after a restart the
    /// last signed time instead of the wall clock. `None` without any signed time.
    #[must_use]
    pub fn certain(&self, reading: &ClockReading) -> Option<Timestamp> {
        let anchor = self.anchor.as_ref()?;
        Some(if anchor.boot_id == reading.boot_id { self.now(reading) } else { anchor.signed })
    }

    /// Returns the current time if the issuer signed a time since the phone started.
    #[must_use]
    pub fn since_start(&self, reading: &ClockReading) -> Option<Timestamp> {
        let anchor = self.anchor.as_ref()?;
        (anchor.boot_id == reading.boot_id).then(|| self.now(reading))
    }

    /// Applies the time of a signed message that may be delayed. The clock only moves forward.
    pub fn observe(&mut self, signed: Timestamp, reading: &ClockReading) {
        if self.anchor.is_none() || signed > self.now(reading) {
            self.set(signed, reading);
        }
    }

    /// Applies the time of a signed response to a nonce of a call just made. The clock is set to
    /// it.
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
    fn wall_clock_is_ignored_while_phone_runs() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(5, 10, "a"));
        assert_eq!(seconds(&clock, &at(999_999, 40, "a")), 1030);
        assert_eq!(seconds(&clock, &at(0, 40, "a")), 1030);
    }

    #[test]
    fn wall_clock_is_used_after_restart_but_not_before_signed_time() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(1000, 10, "a"));
        assert_eq!(seconds(&clock, &at(0, 1, "b")), 1000);
        assert_eq!(seconds(&clock, &at(2000, 1, "b")), 2000);
        clock.observe_live(Timestamp::from_seconds(1100), &at(2000, 1, "b"));
        assert_eq!(seconds(&clock, &at(2000, 2, "b")), 1101);
    }

    #[test]
    fn observed_time_moves_the_clock_forward_only() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        clock.observe(Timestamp::from_seconds(900), &at(0, 20, "a"));
        assert_eq!(seconds(&clock, &at(0, 20, "a")), 1010);
        clock.observe(Timestamp::from_seconds(1500), &at(0, 20, "a"));
        assert_eq!(seconds(&clock, &at(0, 20, "a")), 1500);
    }

    #[test]
    fn repeated_signed_time_keeps_elapsed_milliseconds() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        clock.observe(Timestamp::from_seconds(1000), &ClockReading { monotonic_ms: 10_900, ..at(0, 0, "a") });
        assert_eq!(seconds(&clock, &at(0, 11, "a")), 1001);
    }

    #[test]
    fn reading_before_the_anchor_counts_as_no_elapsed_time() {
        let mut clock = TrustedClock::default();
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        assert_eq!(seconds(&clock, &at(999_999, 5, "a")), 1000);
    }

    #[test]
    fn wall_clock_is_never_certain() {
        let mut clock = TrustedClock::default();
        assert_eq!(clock.certain(&at(5000, 10, "a")), None);
        clock.observe(Timestamp::from_seconds(1000), &at(0, 10, "a"));
        let certain = |reading: ClockReading| clock.certain(&reading).unwrap().seconds();
        assert_eq!((certain(at(5000, 20, "a")), certain(at(5000, 20, "b"))), (1010, 1000));
        let since_start = |reading: ClockReading| clock.since_start(&reading).map(Timestamp::seconds);
        assert_eq!((since_start(at(5000, 20, "a")), since_start(at(5000, 20, "b"))), (Some(1010), None));
    }
}
