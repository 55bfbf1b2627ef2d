//! One clock for the whole server: seconds since 1970, replaceable by a test, shiftable by the demo.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_protocol::message::claims::Timestamp;

/// Tells the time. Cheap to clone; every clone shares the same shift.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Seconds since 1970 at which the clock stands still; `None` follows the operating system.
    fixed: Option<i64>,
    /// Seconds added to whatever the base says.
    shift: AtomicI64,
}

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Self {
        Self(Arc::new(Inner { fixed: None, shift: AtomicI64::new(0) }))
    }

    /// A clock that stands still at `at` until it is shifted: for tests.
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(Inner { fixed: Some(at.seconds()), shift: AtomicI64::new(0) }))
    }

    /// The time now, in whole seconds.
    pub fn now(&self) -> Timestamp {
        let base = self.0.fixed.unwrap_or_else(system_seconds);
        Timestamp::from_seconds(base.saturating_add(self.0.shift.load(Ordering::Relaxed)))
    }

    /// Moves this clock and all its clones by `seconds`, forwards or backwards.
    pub fn shift(&self, seconds: i64) {
        self.0.shift.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Moves this clock and all its clones to `seconds` from its base, however far they were moved before.
    pub fn set_shift(&self, seconds: i64) {
        self.0.shift.store(seconds, Ordering::Relaxed);
    }
}

fn system_seconds() -> i64 {
    // A machine set to before 1970 counts as 1970: nothing is valid then, which is the safe side.
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
}
