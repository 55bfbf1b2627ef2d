//! The clock of the server, in seconds since 1970. Tests replace it and the demo shifts it.
//!
//! The wall clock can be wrong. Waits in memory use [`Clock::uptime`], which no change of the wall
//! clock affects. Rows are deleted by the confirmed time (`ConfirmedTime`).

mod confirmed;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use countersign_protocol::message::claims::Timestamp;

pub use confirmed::ClockStatus;
pub(crate) use confirmed::ConfirmedTime;

/// The clock. Cheap to clone; all clones share their shift.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base: Base,
    /// The seconds that are added to the wall clock.
    shift: AtomicI64,
    /// The seconds that are added to the uptime.
    passed: AtomicI64,
    /// The confirmed time, or [`UNCONFIRMED`].
    confirmed: AtomicI64,
}

#[derive(Debug)]
enum Base {
    /// The clock of the operating system, and the start of this clock.
    System(Instant),
    /// A fixed time in seconds since 1970. No time passes by itself.
    Fixed(i64),
}

/// The value of the confirmed time before the job that deletes rows has read it.
const UNCONFIRMED: i64 = -1;

impl Clock {
    /// Returns the clock of the operating system.
    pub fn system() -> Self {
        Self::of(Base::System(Instant::now()))
    }

    /// Returns a clock with a fixed time, for tests. It can be shifted.
    pub fn fixed(at: Timestamp) -> Self {
        Self::of(Base::Fixed(at.seconds()))
    }

    fn of(base: Base) -> Self {
        let (shift, passed, confirmed) = (AtomicI64::new(0), AtomicI64::new(0), AtomicI64::new(UNCONFIRMED));
        Self(Arc::new(Inner { base, shift, passed, confirmed }))
    }

    /// Returns the current time in whole seconds.
    pub fn now(&self) -> Timestamp {
        let base = match self.0.base {
            Base::System(_) => system_seconds(),
            Base::Fixed(at) => at,
        };
        Timestamp::from_seconds(base.saturating_add(self.0.shift.load(Ordering::Relaxed)))
    }

    /// Returns the whole seconds since this clock was made. The value never falls, and a change of
    /// the wall clock does not affect it.
    pub fn uptime(&self) -> i64 {
        let elapsed = match self.0.base {
            Base::System(start) => i64::try_from(start.elapsed().as_secs()).unwrap_or(i64::MAX),
            Base::Fixed(_) => 0,
        };
        elapsed.saturating_add(self.0.passed.load(Ordering::Relaxed))
    }

    /// Lets `seconds` pass for this clock and all its clones. A negative number only sets the wall
    /// clock back.
    pub fn shift(&self, seconds: i64) {
        self.step(seconds);
        self.0.passed.fetch_add(seconds.max(0), Ordering::Relaxed);
    }

    /// Sets the wall clock of this clock and all its clones forwards or backwards by `seconds`. No
    /// time passes.
    pub fn step(&self, seconds: i64) {
        self.0.shift.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Sets the shift of the wall clock of this clock and all its clones to `seconds`, whatever it
    /// was before.
    pub fn set_shift(&self, seconds: i64) {
        self.0.shift.store(seconds, Ordering::Relaxed);
    }

    /// Compares the clock with the confirmed time, for health checks.
    pub fn status(&self) -> ClockStatus {
        match Timestamp::try_from(self.0.confirmed.load(Ordering::Relaxed)) {
            Ok(confirmed) => ClockStatus::of(self.now(), confirmed),
            Err(_) => ClockStatus::Right,
        }
    }

    /// Publishes the confirmed time for [`status`](Self::status).
    pub(crate) fn set_confirmed(&self, time: &ConfirmedTime) {
        self.0.confirmed.store(time.confirmed.seconds(), Ordering::Relaxed);
    }
}

fn system_seconds() -> i64 {
    // A machine with a time before 1970 gets 1970. No message is valid at that time.
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_shift() {
        let clock = Clock::fixed(Timestamp::from_seconds(1_000));
        let other = clock.clone();
        clock.shift(5);
        assert_eq!(other.now().seconds(), 1_005);
        other.shift(-10);
        assert_eq!(clock.now().seconds(), 995);
        other.set_shift(3);
        assert_eq!(clock.now().seconds(), 1_003);
    }

    #[test]
    fn uptime_ignores_steps_of_the_wall_clock() {
        let clock = Clock::fixed(Timestamp::from_seconds(10_000));
        clock.shift(5);
        clock.step(3_600);
        clock.step(-7_200);
        clock.shift(-10);
        assert_eq!((clock.now().seconds(), clock.uptime()), (10_000 + 5 - 3_600 - 10, 5));
    }
}
