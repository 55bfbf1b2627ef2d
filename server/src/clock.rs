//! The clock of the server, in seconds since 1970. Tests replace it and the demo shifts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use countersign_protocol::message::claims::Timestamp;

/// The clock. Cheap to clone; all clones share their shift.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    /// The fixed time in seconds since 1970. `None` follows the operating system.
    fixed: Option<i64>,
    /// The seconds that are added to the base.
    shift: AtomicI64,
}

impl Clock {
    /// Returns the clock of the operating system.
    pub fn system() -> Self {
        Self(Arc::new(Inner { start: Instant::now(), fixed: None, shift: AtomicI64::new(0) }))
    }

    /// Returns a clock with a fixed time, for tests. It can be shifted.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(Inner { start: Instant::now(), fixed: Some(at.seconds()), shift: AtomicI64::new(0) }))
    }

    /// Returns the current time in whole seconds.
    pub fn now(&self) -> Timestamp {
        let base = self.0.fixed.unwrap_or_else(system_seconds);
        Timestamp::from_seconds(base.saturating_add(self.0.shift.load(Ordering::Relaxed)))
    }

    /// Returns the seconds since an arbitrary moment. Steps of the system clock do not change them,
    /// nor does a shift. Only a fixed clock follows its shift.
    pub(crate) fn uptime(&self) -> i64 {
        match self.0.fixed {
            Some(_) => self.now().seconds(),
            None => i64::try_from(self.0.start.elapsed().as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// Moves this clock and all its clones by `seconds`, forwards or backwards.
    pub fn shift(&self, seconds: i64) {
        self.0.shift.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Sets the shift of this clock and all its clones to `seconds`, whatever it was before.
    pub fn set_shift(&self, seconds: i64) {
        self.0.shift.store(seconds, Ordering::Relaxed);
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
    fn uptime_ignores_steps_of_the_system_clock() {
        let clock = Clock::system();
        clock.shift(1_000);
        assert!(clock.uptime() < 1_000);
    }

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
}
