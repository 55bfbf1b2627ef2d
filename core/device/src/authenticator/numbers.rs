//! Numbers for what is signed: drawn before the signature, kept with what they are for.

use std::sync::PoisonError;

use super::Inner;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::DiagnosticEvent;
use countersign_protocol::message::claims::EnrolmentId;
use countersign_protocol::message::number::Number;

impl Inner {
    /// The next number of an enrolment, never drawn before by this process. It counts once [`use_number`] has kept it; one whose
    /// message was never kept was never sent, and may be drawn again after a restart.
    ///
    /// [`use_number`]: crate::device::Enrolment::use_number
    pub(super) fn draw_number(&self, id: &EnrolmentId) -> Result<Number, AuthenticatorError> {
        let kept = self.state().enrolment(id)?.number;
        let mut drawn = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let last = drawn.entry(id.clone()).or_default();
        let number = Number::after(kept.max(*last)).ok_or_else(|| self.reject("number", VerifyError::Number))?;
        *last = number.get();
        Ok(number)
    }

    /// Tells the diagnostics that the state of this phone is an older one, or that a copy of it lives.
    pub(super) fn tell_restored(&self, during: &'static str, restored: bool) {
        if restored {
            self.platform.diagnostics.record(DiagnosticEvent { during, code: "restored" });
        }
    }
}
