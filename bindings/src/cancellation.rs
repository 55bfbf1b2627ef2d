//! Giving a call up.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{AbortHandle, Abortable};

/// Gives calls up: hand it to one or more calls, and `cancel` ends all of them with the error `Cancelled`, also one whose
/// callback never returns. What a call had done by then counts; an answer that was signed is kept and sent at the next refresh.
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
    /// One that was not used yet.
    #[uniffi::constructor]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the calls it was given to, and every later one at once.
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

    /// Whether `cancel` was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.calls().cancelled
    }
}

impl Cancellation {
    /// The result of the future, or nothing if it was given up.
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
        // Marks it as over, so that the next call forgets it.
        handle.abort();
        ended
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
