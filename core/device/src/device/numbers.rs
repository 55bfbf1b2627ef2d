//! The numbers of what this phone signs for an enrolment, and what the issuer's word about them shows: a phone whose state is an
//! older one, or of which a copy lives, hears of numbers that it does not remember.

use super::enrolment::Enrolment;
use super::state::State;
use crate::error::AuthenticatorError;
use crate::platform::ClockReading;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt::{Outcome, Receipt};

impl Enrolment {
    /// Notes the number of a message that is about to be sent, so that no other message gets it.
    pub fn use_number(&mut self, number: Number) {
        self.number = self.number.max(number.get());
    }

    /// Takes the highest number that the issuer knows, and what became of a message. A number that this state does not remember,
    /// or that other bytes used, was used by a newer state than this one or by a copy: from then on this phone counts on from
    /// there, and the enrolment keeps the time as a mark. Returns whether that happened.
    pub fn hear_number(&mut self, known: u64, outcome: Option<Outcome>, now: Timestamp) -> bool {
        let unknown = known > self.number || outcome == Some(Outcome::NumberUsed);
        if unknown {
            self.number = self.number.max(known);
            self.restored = Some(now);
        }
        unknown
    }
}

impl State {
    /// Takes what every receipt says beside its outcome: the time, the state of the enrolment, the highest number. Returns what
    /// [`Enrolment::hear_number`] does.
    pub fn take_word(
        &mut self,
        id: &EnrolmentId,
        receipt: &Receipt,
        reading: &ClockReading,
    ) -> Result<bool, AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        enrolment.clock.observe(receipt.iat, reading);
        let now = enrolment.clock.now(reading);
        let restored = enrolment.hear_number(receipt.number, Some(receipt.outcome), now);
        if enrolment.set_state(receipt.status, receipt.seq) {
            self.doom(id);
        }
        Ok(restored)
    }
}
