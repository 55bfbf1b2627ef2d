//! The rotation of an enrolment's keys: begin, end by the issuer's receipt, or abandon.
//!
//! A rotation replaces DK and EK, and the UVK if the user agrees. See
//! [`authenticator`](crate::authenticator) for the calls that use these transitions.

use super::keys::{ReplacedKeys, Rotation};
use super::state::State;
use crate::error::AuthenticatorError;
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::request::MAX_LIFETIME_SECS;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::MAX_LEAD_SECS;

/// The longest time for which a call that the device has given up can still arrive. The nonce of
/// its proof is valid for at most four minutes.
const DELIVERY_SECS: i64 = 300;

impl State {
    /// Stores new keys with the update for the issuer and its number. The keys are no longer
    /// pending.
    ///
    /// Returns `false`, without a change, if another rotation of the enrolment was stored first.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`]. [`AuthenticatorError::NotActive`] if the enrolment
    /// is not active. [`AuthenticatorError::RotationConflict`] if the rotation replaces the UVK
    /// while an approval waits for its receipt.
    pub fn begin_rotation(
        &mut self,
        id: &EnrolmentId,
        old_dk: &PublicKey,
        rotation: Rotation,
        number: Number,
    ) -> Result<bool, AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        if enrolment.state != EnrolmentState::Active {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        if enrolment.rotation.is_some() || enrolment.keys.public.dk != *old_dk {
            return Ok(false);
        }
        if rotation.keys.public.uvk != enrolment.keys.public.uvk && enrolment.approval_waits() {
            return Err(AuthenticatorError::RotationConflict);
        }
        let stored = rotation.keys.handles_not_in(&enrolment.keys);
        enrolment.rotation = Some(rotation);
        enrolment.use_number(number);
        self.pending_keys.retain(|handle| !stored.contains(handle));
        Ok(true)
    }

    /// Applies the receipt of the update. If it was accepted, the new keys replace the old ones.
    /// Otherwise the new keys are marked for deletion. A repeated receipt changes nothing.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn end_rotation(&mut self, id: &EnrolmentId, receipt: &Receipt) -> Result<(), AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        let answered = |rotation: &mut Rotation| Digest::of(rotation.update.as_bytes()) == receipt.message_hash;
        let Some(rotation) = enrolment.rotation.take_if(answered) else { return Ok(()) };
        if receipt.outcome != Outcome::Accepted {
            let unused = rotation.keys.handles_not_in(&enrolment.keys);
            self.keys_to_delete.extend(unused);
            return Ok(());
        }
        let old = std::mem::replace(&mut enrolment.keys, rotation.keys);
        enrolment.history.add_replacement(&rotation.update, &old);
        let replaced_uvk = (old.uvk != enrolment.keys.uvk).then_some(old.uvk);
        enrolment.replaced_keys.push(ReplacedKeys {
            dk: old.public.dk,
            ek: old.public.ek,
            dk_handle: old.dk,
            ek_handle: old.ek,
            until: receipt.iat.plus(MAX_LIFETIME_SECS),
        });
        self.keys_to_delete.extend(replaced_uvk);
        Ok(())
    }

    /// Abandons a rotation that the issuer cannot accept, and marks the new keys for deletion.
    ///
    /// The proof is an inbox for the nonce of a call just made, addressed to the old DK. Its signed
    /// time is after the expiry of the update, or so long before it that the issuer considers the
    /// update as dated ahead. Earlier versions signed such updates if the wall clock was wrong.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn abandon_rotation(&mut self, id: &EnrolmentId, inbox: &Inbox) -> Result<(), AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        let old = DeviceAudience(enrolment.keys.public.dk.thumbprint());
        let latest = inbox.iat.plus(MAX_LEAD_SECS).plus(DELIVERY_SECS);
        let dead = |rotation: &mut Rotation| inbox.aud == old && (inbox.iat > rotation.exp || rotation.exp > latest);
        if let Some(rotation) = enrolment.rotation.take_if(dead) {
            let abandoned = rotation.keys.handles_not_in(&enrolment.keys);
            self.keys_to_delete.extend(abandoned);
        }
        Ok(())
    }
}
