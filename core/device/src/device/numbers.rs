//! The numbers of the messages that this device signs for an enrolment, and rollback detection.
//!
//! The issuer reports the highest number that it received. A number that this state does not have
//! shows that the state was rolled back, or that a copy of it is in use.

use super::enrolment::Enrolment;
use super::state::State;
use crate::error::AuthenticatorError;
use crate::platform::ClockReading;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp};
use countersign_protocol::message::receipt::{Outcome, Receipt};

impl Enrolment {
    /// Applies the highest number that the issuer received, and the outcome of a message.
    ///
    /// If the number is higher than the one in this state, or if other bytes used the number of the
    /// message, a rollback is recorded with the time `now`. Later messages continue from the
    /// issuer's number. Returns whether a rollback was detected.
    pub fn observe_number(&mut self, received: u64, outcome: Option<Outcome>, now: Timestamp) -> bool {
        let unknown = received > self.number || outcome == Some(Outcome::NumberUsed);
        if unknown {
            self.number = self.number.max(received);
            self.rollback_detected_at = Some(now);
        }
        unknown
    }
}

impl State {
    /// Applies the members that every receipt has beside its outcome: time, state of the enrolment,
    /// highest number. Returns whether a rollback was detected ([`Enrolment::observe_number`]).
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn apply_receipt(
        &mut self,
        id: &EnrolmentId,
        receipt: &Receipt,
        reading: &ClockReading,
    ) -> Result<bool, AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        enrolment.clock.observe(receipt.iat, reading);
        let now = enrolment.clock.now(reading);
        let rollback = enrolment.observe_number(receipt.number, Some(receipt.outcome), now);
        if enrolment.set_state(receipt.status, receipt.seq) {
            self.mark_for_deletion(id);
        }
        Ok(rollback)
    }
}
