//! The switches that tests use to change the phone while it runs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// The switches. The platform parts share them.
#[derive(Debug)]
pub(crate) struct Switches {
    online: watch::Sender<bool>,
    push: Mutex<Push>,
    biometric: Mutex<Biometric>,
    /// Seconds added to the monotonic clock and the wall clock.
    shift: AtomicI64,
    /// Seconds added to the wall clock only.
    wall_shift: AtomicI64,
}

/// The delivery of pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Push {
    On,
    Off,
}

/// The result of the fingerprint sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Biometric {
    /// The finger is recognised.
    Ok,
    /// The finger is not recognised.
    Fail,
    /// The user closes the prompt.
    Cancel,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            online: watch::Sender::new(true),
            push: Mutex::new(Push::On),
            biometric: Mutex::new(Biometric::Ok),
            shift: AtomicI64::new(0),
            wall_shift: AtomicI64::new(0),
        }
    }
}

impl Switches {
    pub(crate) fn is_online(&self) -> bool {
        *self.online.borrow()
    }

    pub(crate) fn set_online(&self, online: bool) {
        self.online.send_replace(online);
    }

    /// Resolves when the network is in the given state.
    pub(crate) async fn until_online(&self, online: bool) {
        // The sender lives as long as this value, so the wait cannot fail.
        let _ = self.online.subscribe().wait_for(|now| *now == online).await;
    }

    pub(crate) fn push(&self) -> Push {
        *self.push.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_push(&self, push: Push) {
        *self.push.lock().unwrap_or_else(PoisonError::into_inner) = push;
    }

    pub(crate) fn biometric(&self) -> Biometric {
        *self.biometric.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_biometric(&self, answer: Biometric) {
        *self.biometric.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// Shifts both clocks to this many seconds, as if time had passed. Trusted time moves with
    /// them. The shift is absolute.
    pub(crate) fn set_shift(&self, seconds: i64) {
        self.shift.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn shift(&self) -> i64 {
        self.shift.load(Ordering::Relaxed)
    }

    /// Shifts only the wall clock, as if the user had set it wrong. Trusted time must not follow.
    pub(crate) fn set_wall_shift(&self, seconds: i64) {
        self.wall_shift.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn wall_shift(&self) -> i64 {
        self.wall_shift.load(Ordering::Relaxed)
    }
}
