//! The phone's diagnostics: the codes of the last messages that were rejected.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_core::platform::{DiagnosticEvent, Diagnostics};
use serde::Serialize;

const KEPT: usize = 20;

/// Keeps the last events.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<VerifyError>>);

/// One diagnostic event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct VerifyError {
    /// The stable code of the error.
    pub(crate) code: &'static str,
    /// The operation during which it occurred.
    pub(crate) during: &'static str,
    /// The time by this computer's clock, in seconds since 1970.
    pub(crate) at: u64,
}

impl Journal {
    /// Returns the last events, oldest first.
    pub(crate) fn last(&self) -> Vec<VerifyError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

impl Diagnostics for Journal {
    fn record(&self, DiagnosticEvent { during, code }: DiagnosticEvent) {
        tracing::debug!(during, code, "rejected");
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == KEPT {
            events.pop_front();
        }
        events.push_back(VerifyError { code, during, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_events_are_kept() {
        let journal = Journal::default();
        for _ in 0..KEPT {
            journal.record(DiagnosticEvent { during: "push", code: "old" });
        }
        journal.record(DiagnosticEvent { during: "push", code: "new" });
        let last = journal.last();
        assert_eq!((last.len(), last.last().unwrap().code), (KEPT, "new"));
    }
}
