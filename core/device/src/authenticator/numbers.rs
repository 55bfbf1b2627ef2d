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
    /// # Errors
    /// [`AuthenticatorError::State`] if another instance changed the stored state, because it may
    /// have used the number. [`VerifyError::Number`] if there is no number left.
    ///
    /// [`use_number`]: crate::device::Enrolment::use_number
    pub(super) fn next_number(&self, id: &EnrolmentId) -> Result<Number, AuthenticatorError> {
        self.free_number(id)?.ok_or_else(|| self.reject("number", VerifyError::Number).into())
    }

    /// As [`next_number`](Self::next_number), but returns the last number again if there is no
    /// number left.
    ///
    /// A denial and the end of an enrolment must be possible whatever number the issuer reports.
    /// The issuer ends the request, or the enrolment, although the number was used.
    pub(super) fn next_or_last_number(&self, id: &EnrolmentId) -> Result<Number, AuthenticatorError> {
        Ok(self.free_number(id)?.unwrap_or(Number::LAST))
    }

    fn free_number(&self, id: &EnrolmentId) -> Result<Option<Number>, AuthenticatorError> {
        self.shared.stored.turn().check()?;
        let stored = self.state().enrolment(id)?.number;
        Ok(self.assign_number(id, stored))
    }

    /// Assigns the number after `stored` and after the last assigned one. Returns `None` if there
    /// is none.
    fn assign_number(&self, id: &EnrolmentId, stored: u64) -> Option<Number> {
        let mut assigned = self.shared.numbers.lock().unwrap_or_else(PoisonError::into_inner);
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
