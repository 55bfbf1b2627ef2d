//! What a tester can change about the phone while it runs.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// The switches. Shared by the parts that obey them.
#[derive(Debug)]
pub(crate) struct Switches {
    online: watch::Sender<bool>,
    push: Mutex<Push>,
    biometric: Mutex<Biometric>,
    /// Seconds added to the monotonic and the wall clock.
    shift: AtomicI64,
    /// Seconds added to the wall clock alone.
    wall_shift: AtomicI64,
}

/// Whether pushes arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Push {
    On,
    Off,
}

/// What the fingerprint sensor answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Biometric {
    /// Recognised.
    Ok,
    /// Not recognised.
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

    /// Resolves when the network is as asked.
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

    /// Time passes: both clocks move, and trusted time with them. Seconds, from zero and not from the last shift.
    pub(crate) fn set_shift(&self, seconds: i64) {
        self.shift.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn shift(&self) -> i64 {
        self.shift.load(Ordering::Relaxed)
    }

    /// Somebody sets the wall clock wrong: trusted time must not follow.
    pub(crate) fn set_wall_shift(&self, seconds: i64) {
        self.wall_shift.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn wall_shift(&self) -> i64 {
        self.wall_shift.load(Ordering::Relaxed)
    }
}
