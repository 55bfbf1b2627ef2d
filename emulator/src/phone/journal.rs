//! The phone's diagnostics: the last codes of what it rejected. Codes only; the core gives nothing else.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use countersign_core::platform::{DiagnosticEvent, Diagnostics};
use serde::Serialize;

const KEPT: usize = 20;

/// Keeps the last events.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<VerifyError>>);

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct VerifyError {
    /// Why.
    pub(crate) code: &'static str,
    /// During what.
    pub(crate) during: &'static str,
    /// When, by this computer's clock, in seconds since 1970.
    pub(crate) at: u64,
}

impl Journal {
    /// The last events, oldest first.
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
    fn keeps_the_newest() {
        let journal = Journal::default();
        for _ in 0..KEPT {
            journal.record(DiagnosticEvent { during: "push", code: "old" });
        }
        journal.record(DiagnosticEvent { during: "push", code: "new" });
        let last = journal.last();
        assert_eq!((last.len(), last.last().unwrap().code), (KEPT, "new"));
    }
}
