//! The confirmed time: the time that the deletion of rows relies on.
//!
//! One wrong reading of the clock must not delete anything. The confirmed time therefore advances
//! only with the uptime of the server, and never beyond the clock. While the server is off it
//! stands still. Rows are then kept a little longer, and nothing else depends on it.
//!
//! After [`CONFIRMATION_SECS`] of uptime without a step of the clock, the clock is considered right
//! and the confirmed time becomes its time. This accepts a long stop of the server, and corrects a
//! confirmed time that was learned from a wrong clock.

use countersign_protocol::message::claims::Timestamp;

/// The uptime without a step of the clock after which the clock is considered right: three days.
const CONFIRMATION_SECS: i64 = 3 * DAY_SECS;

/// The difference between clock and uptime that is not a step, in seconds.
const MAX_DRIFT_SECS: i64 = 60;

/// The longest stop of the server after which the count of steady uptime continues, in seconds.
const MAX_STOP_SECS: i64 = 3_600;

/// The difference from the confirmed time that is reported: a day ahead, or ten minutes behind.
const REPORTED_AHEAD_SECS: i64 = DAY_SECS;
const REPORTED_BEHIND_SECS: i64 = 600;

const DAY_SECS: i64 = 24 * 3_600;

/// The confirmed time, with the last reading of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConfirmedTime {
    /// The confirmed time.
    pub(crate) confirmed: Timestamp,
    /// The clock at the last observation.
    pub(crate) seen: Timestamp,
    /// The uptime without a step of the clock, in seconds.
    pub(crate) steady_secs: i64,
}

/// The clock compared with the confirmed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockStatus {
    /// The clock agrees with the confirmed time.
    Right,
    /// The clock is more than a day ahead: it is wrong, or the server was off. Nothing is deleted
    /// by it until it is confirmed.
    Ahead {
        /// The difference in seconds.
        seconds: i64,
    },
    /// The clock is more than ten minutes behind: it is wrong, or it was wrong before.
    Behind {
        /// The difference in seconds.
        seconds: i64,
    },
}

impl ClockStatus {
    pub(super) fn of(now: Timestamp, confirmed: Timestamp) -> Self {
        match now.since(confirmed) {
            ahead if ahead > REPORTED_AHEAD_SECS => Self::Ahead { seconds: ahead },
            behind if behind < -REPORTED_BEHIND_SECS => Self::Behind { seconds: behind.saturating_neg() },
            _ => Self::Right,
        }
    }
}

impl ConfirmedTime {
    /// Returns the value for an empty database. The first reading is accepted, since no row can be
    /// deleted.
    pub(crate) const fn first(now: Timestamp) -> Self {
        Self { confirmed: now, seen: now, steady_secs: 0 }
    }

    /// Returns the value after a restart. `self` was stored before it.
    pub(crate) fn resumed(self, now: Timestamp) -> Self {
        let continues = (0..=MAX_STOP_SECS).contains(&now.since(self.seen));
        Self { seen: now, steady_secs: if continues { self.steady_secs } else { 0 }, ..self }
    }

    /// Applies a reading of the clock, `elapsed` seconds of uptime after the last one.
    pub(crate) fn observed(self, now: Timestamp, elapsed: i64) -> Self {
        let step = now.since(self.seen).saturating_sub(elapsed);
        let is_steady = (-MAX_DRIFT_SECS..=MAX_DRIFT_SECS).contains(&step);
        let steady_secs = if is_steady { self.steady_secs.saturating_add(elapsed) } else { 0 };
        let advanced = self.confirmed.max(now.min(self.confirmed.plus(elapsed)));
        let confirmed = if steady_secs >= CONFIRMATION_SECS { now } else { advanced };
        Self { confirmed, seen: now, steady_secs }
    }

    /// Returns the time by which rows may be deleted.
    pub(crate) fn for_deletion(&self) -> Timestamp {
        self.confirmed.min(self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

    /// Observes every minute for `seconds`, with a clock that is ahead by `ahead`.
    fn run(mut time: ConfirmedTime, from: Timestamp, seconds: i64, ahead: i64) -> ConfirmedTime {
        for passed in (60..=seconds).step_by(60) {
            time = time.observed(from.plus(passed).plus(ahead), 60);
        }
        time
    }

    #[test]
    fn confirmed_time_follows_a_right_clock() {
        let time = run(ConfirmedTime::first(START), START, 7_200, 0);
        assert_eq!((time.confirmed, time.for_deletion()), (START.plus(7_200), START.plus(7_200)));
        let restarted = run(time.resumed(START.plus(7_230)), START.plus(7_230), 600, 0);
        assert_eq!(restarted.confirmed, START.plus(7_800), "the stop of 30 seconds is not counted");
    }

    #[test]
    fn step_of_the_clock_confirms_nothing() {
        for ahead in [700, DAY_SECS, 401 * DAY_SECS, i64::MAX / 2, -700, -DAY_SECS, i64::MIN / 2] {
            let time = run(ConfirmedTime::first(START), START, 600, 0);
            let stepped = run(time, START.plus(600), 2 * DAY_SECS, ahead);
            assert!(stepped.confirmed <= START.plus(600 + 2 * DAY_SECS), "{ahead}");
            assert!(stepped.for_deletion() <= START.plus(600 + 2 * DAY_SECS), "{ahead}");
            let restarted = run(time.resumed(START.plus(600).plus(ahead)), START.plus(600), 2 * DAY_SECS, ahead);
            assert!(restarted.for_deletion() <= START.plus(600 + 2 * DAY_SECS), "{ahead}");
            let back = run(stepped, START.plus(600 + 2 * DAY_SECS), 600, 0);
            assert!((-120..=0).contains(&back.confirmed.since(START.plus(1_200 + 2 * DAY_SECS))) || ahead < 0);
        }
    }

    #[test]
    fn steady_clock_is_confirmed_after_three_days() {
        let month = START.plus(30 * DAY_SECS);
        let off = ConfirmedTime::first(START).resumed(month);
        let early = run(off, month, CONFIRMATION_SECS - 60, 0);
        assert_eq!(early.confirmed, START.plus(CONFIRMATION_SECS - 60));
        let restarted = early.resumed(early.seen.plus(MAX_STOP_SECS));
        let confirmed = run(restarted, restarted.seen, 60, 0);
        assert_eq!(confirmed.confirmed, confirmed.seen, "a short stop continues the count");
        let late = early.resumed(early.seen.plus(MAX_STOP_SECS + 1));
        assert_eq!(late.steady_secs, 0);
        assert_eq!(early.observed(early.seen.plus(200), 60).steady_secs, 0, "a step starts the count again");
    }

    #[test]
    fn confirmed_time_of_a_wrong_clock_is_corrected() {
        let wrong = ConfirmedTime::first(Timestamp::from_seconds(i64::MAX));
        let early = run(wrong.resumed(START), START, CONFIRMATION_SECS - 60, 0);
        assert_eq!(early.for_deletion(), early.seen, "nothing is deleted ahead of the clock");
        assert_eq!(run(early, early.seen, 60, 0).confirmed, START.plus(CONFIRMATION_SECS));
    }

    #[test]
    fn status_reports_a_day_ahead_or_ten_minutes_behind() {
        for (offset, status) in [
            (0, ClockStatus::Right),
            (DAY_SECS, ClockStatus::Right),
            (DAY_SECS + 1, ClockStatus::Ahead { seconds: DAY_SECS + 1 }),
            (-600, ClockStatus::Right),
            (-601, ClockStatus::Behind { seconds: 601 }),
        ] {
            assert_eq!(ClockStatus::of(START.plus(offset), START), status, "{offset}");
        }
    }
}
