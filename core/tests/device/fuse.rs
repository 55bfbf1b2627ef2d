//! Kills the process of a test at a boundary.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

/// Kills the process at a boundary: the call neither continues nor returns.
pub(crate) struct Fuse(AtomicU64);

impl Default for Fuse {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Fuse {
    /// The number of boundaries before the kill.
    pub(crate) fn after(&self, boundaries: u64) {
        self.0.store(boundaries, Ordering::SeqCst);
    }

    pub(crate) fn never(&self) {
        self.after(u64::MAX);
    }

    fn is_burnt(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }

    pub(crate) async fn step(&self) {
        if self.is_burnt() {
            std::future::pending::<()>().await;
        }
    }

    /// The kill happens in synchronous code.
    pub(crate) fn step_at_once(&self) {
        if self.is_burnt() {
            resume_unwind(Box::new(Killed));
        }
    }
}

/// The panic payload of a kill in synchronous code.
struct Killed;

/// Runs a future until the fuse stops it. Nothing else in these tests waits.
pub(crate) fn once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(Waker::noop()))));
    match polled {
        Ok(Poll::Ready(done)) => Some(done),
        Ok(Poll::Pending) => None,
        Err(killed) if killed.is::<Killed>() => None,
        Err(failed) => resume_unwind(failed),
    }
}
