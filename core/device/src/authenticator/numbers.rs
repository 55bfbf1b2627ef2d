//! The numbers of signed messages: assigned before the signature, stored with the message.

use std::sync::PoisonError;

use super::Inner;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::DiagnosticEvent;
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::number::Number;

impl Inner {
    /// Returns the next number of an enrolment. This process never returns the same number twice.
    ///
    /// [`use_number`] stores the number with its message. A message that was not stored was not
    /// sent, so that its number can be used after a restart.
    ///
    /// [`use_number`]: crate::device::Enrolment::use_number
    pub(super) fn next_number(&self, id: &EnrolmentId) -> Result<Number, AuthenticatorError> {
        let stored = self.state().enrolment(id)?.number;
        self.assign_number(id, stored).ok_or_else(|| self.reject("number", VerifyError::Number).into())
    }

    /// Assigns the number after `stored` and after the last assigned one. Returns `None` if there
    /// is none.
    fn assign_number(&self, id: &EnrolmentId, stored: u64) -> Option<Number> {
        let mut assigned = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let last = assigned.entry(id.clone()).or_default();
        let number = Number::after(stored.max(*last))?;
        *last = number.get();
        Some(number)
    }

    /// Reports to the diagnostics that the state was rolled back, or that a copy of it is in use.
    pub(super) fn report_rollback(&self, during: &'static str, rollback: bool) {
        if rollback {
            self.platform.diagnostics.record(DiagnosticEvent { during, code: "rollback_detected" });
        }
    }
}
