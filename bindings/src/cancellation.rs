//! Cancellation of calls.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{AbortHandle, Abortable};

/// Cancels calls. Pass it to one or more calls.
///
/// `cancel` ends all of them with the error `Cancelled`, even if a callback never returns. What a call
/// had done before is kept: a signed decision is stored and sent at the next refresh.
#[derive(Debug, Default, uniffi::Object)]
pub struct Cancellation {
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    cancelled: bool,
    running: Vec<AbortHandle>,
}

#[uniffi::export]
impl Cancellation {
    /// Creates a cancellation.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the running calls that it was passed to, and every later one immediately.
    pub fn cancel(&self) {
        let running = {
            let mut calls = self.calls();
            calls.cancelled = true;
            std::mem::take(&mut calls.running)
        };
        for call in running {
            call.abort();
        }
    }

    /// Returns true after `cancel` was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.calls().cancelled
    }
}

impl Cancellation {
    /// Returns the result of the future, or none if it was cancelled.
    pub(crate) async fn race<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        let (handle, registration) = AbortHandle::new_pair();
        {
            let mut calls = self.calls();
            if calls.cancelled {
                return None;
            }
            calls.running.retain(|call| !call.is_aborted());
            calls.running.push(handle.clone());
        }
        let ended = Abortable::new(future, registration).await.ok();
        // Marks the call as ended, so that the next call removes it from the list.
        handle.abort();
        ended
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
