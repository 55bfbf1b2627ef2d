//! The time of the last run of a job, for health checks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time since a job last succeeded. Cheap to clone; all clones share it.
#[derive(Clone, Debug)]
pub(crate) struct LastRun(Arc<Mutex<Instant>>);

impl LastRun {
    /// Counts from now.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    /// Records that the job succeeded now.
    pub(crate) fn succeeded(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Returns the time since the last success, or since the start.
    pub(crate) fn age(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}
