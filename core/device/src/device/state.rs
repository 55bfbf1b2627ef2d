//! The complete state of the device, with the transitions that concern several enrolments.

use serde::{Deserialize, Serialize};

use super::enrolment::Enrolment;
use super::entries::Acceptance;
use super::entry::{Entry, EntryState};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{ClockReading, KeyHandle};
use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::Verified;
use countersign_protocol::message::claims::{EnrolmentId, RoutingHandle, Txn};
use countersign_protocol::message::inbox::ClosedState;
use countersign_protocol::message::request::Request;
use countersign_protocol::message::status::EnrolmentState;

/// The state of the device. [`seal`](super::seal) stores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// A counter that rises with each save.
    pub version: u64,
    /// The enrolments, oldest first.
    pub enrolments: Vec<Enrolment>,
    /// Keys that are not used any more and that the key store has yet to delete. They are stored,
    /// so that none is forgotten if the process is killed.
    #[serde(alias = "doomed")]
    pub keys_to_delete: Vec<KeyHandle>,
    /// New keys of an enrolment or rotation that is not stored yet. If the process is killed before
    /// it is, the next start marks them for deletion.
    #[serde(alias = "nascent")]
    pub pending_keys: Vec<KeyHandle>,
}

impl State {
    /// Returns the enrolment with this id.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn enrolment(&self, id: &EnrolmentId) -> Result<&Enrolment, AuthenticatorError> {
        self.enrolments.iter().find(|enrolment| enrolment.id == *id).ok_or(AuthenticatorError::UnknownEnrolment)
    }

    /// Returns the enrolment with this id for changes.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn enrolment_mut(&mut self, id: &EnrolmentId) -> Result<&mut Enrolment, AuthenticatorError> {
        self.enrolments.iter_mut().find(|enrolment| enrolment.id == *id).ok_or(AuthenticatorError::UnknownEnrolment)
    }

    /// Returns the enrolment with this routing handle.
    ///
    /// # Errors
    /// [`VerifyError::Enrolment`] if there is none, or if it is revoked.
    pub fn route(&self, handle: &RoutingHandle) -> Result<&Enrolment, VerifyError> {
        self.enrolments
            .iter()
            .find(|enrolment| enrolment.handle == *handle && enrolment.state != EnrolmentState::Revoked)
            .ok_or(VerifyError::Enrolment)
    }

    /// Returns the request with this id and its enrolment.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`] without such a request.
    pub fn entry(&self, txn: &Txn) -> Result<(&Enrolment, &Entry), AuthenticatorError> {
        self.enrolments
            .iter()
            .find_map(|enrolment| Some((enrolment, enrolment.entry(txn)?)))
            .ok_or(AuthenticatorError::UnknownRequest)
    }

    /// Returns the request if the user can still decide: it is pending and has not expired by the
    /// trusted time of its enrolment.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`], [`AuthenticatorError::NotActive`] if the enrolment
    /// is revoked, [`AuthenticatorError::Expired`] or [`AuthenticatorError::NotPending`].
    pub fn open_entry(&self, txn: &Txn, reading: &ClockReading) -> Result<(&Enrolment, &Entry), AuthenticatorError> {
        let (enrolment, entry) = self.entry(txn)?;
        let now = enrolment.clock.now(reading);
        if enrolment.state == EnrolmentState::Revoked {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        match entry.state {
            EntryState::Pending if now > entry.request.exp => Err(AuthenticatorError::Expired),
            EntryState::Pending => Ok((enrolment, entry)),
            EntryState::Ended(ClosedState::Expired) => Err(AuthenticatorError::Expired),
            _ => Err(AuthenticatorError::NotPending),
        }
    }

    /// Returns whether the device already uses, creates or deletes a key with this handle or this
    /// public key.
    #[must_use]
    pub fn knows_key(&self, handle: &KeyHandle, public: &PublicKey) -> bool {
        let same = |(known, name): (&PublicKey, &KeyHandle)| name == handle || known == public;
        let has = |enrolment: &Enrolment| enrolment.all_keys().into_iter().any(same);
        let live = |enrolment: &&Enrolment| enrolment.state != EnrolmentState::Revoked;
        self.enrolments.iter().filter(live).any(has)
            || self.keys_to_delete.contains(handle)
            || self.pending_keys.contains(handle)
    }

    /// Marks all keys of a revoked enrolment for deletion, and ends its requests.
    pub fn mark_for_deletion(&mut self, id: &EnrolmentId) {
        let Ok(enrolment) = self.enrolment_mut(id) else { return };
        enrolment.end_requests();
        let handles: Vec<KeyHandle> = enrolment.all_keys().into_iter().map(|(_, handle)| handle.clone()).collect();
        enrolment.rotation = None;
        enrolment.replaced_keys.clear();
        self.keys_to_delete.extend(handles);
    }

    /// Revokes an enrolment without its issuer, and marks its keys for deletion. A revoked
    /// enrolment stays as it is.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn forget(&mut self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        if enrolment.state != EnrolmentState::Revoked {
            enrolment.state = EnrolmentState::Revoked;
            enrolment.confirm_code = None;
            self.mark_for_deletion(id);
        }
        Ok(())
    }

    /// Prepares the state of an earlier process. No operation is in progress, so pending keys are
    /// left over. Earlier versions did not end the requests of a revoked enrolment.
    pub fn recover(&mut self) {
        self.mark_pending_keys();
        for enrolment in self.enrolments.iter_mut().filter(|known| known.state == EnrolmentState::Revoked) {
            enrolment.end_requests();
        }
    }

    /// Marks all pending keys for deletion. Call it only while no operation creates keys.
    pub fn mark_pending_keys(&mut self) {
        let left_over = std::mem::take(&mut self.pending_keys);
        self.keys_to_delete.extend(left_over);
    }

    /// Ends every pending request that has expired by the trusted time of its enrolment, and marks
    /// replaced keys for deletion that are not needed any more. Returns whether anything changed.
    ///
    /// After a restart the time is a guess until the next signed time. A live response of the
    /// issuer [reopens](Enrolment::apply_live_time) requests that expired too early.
    pub fn expire(&mut self, reading: &ClockReading) -> bool {
        let mut changed = false;
        for enrolment in &mut self.enrolments {
            let now = enrolment.clock.now(reading);
            changed |= enrolment.expire(now);
            // A deleted key cannot be restored after a wrong guess of the time.
            let retired = enrolment.clock.certain(reading).map(|now| enrolment.retire_keys(now)).unwrap_or_default();
            changed |= !retired.is_empty();
            self.keys_to_delete.extend(retired);
        }
        changed
    }

    /// Stores a verified request of an enrolment as pending.
    ///
    /// The same request again is a duplicate. A `txn` identifies one request on this device, across
    /// all enrolments.
    ///
    /// # Errors
    /// [`VerifyError::Replay`] if another request has the same `txn` or `jti`, or another enrolment
    /// has the `txn`. [`VerifyError::Enrolment`] or [`VerifyError::Expired`].
    /// [`VerifyError::Overfull`] if the enrolment has too many requests; other enrolments are not
    /// affected.
    pub fn accept_request(
        &mut self,
        id: &EnrolmentId,
        jws: &str,
        request: Verified<Request>,
        reading: &ClockReading,
    ) -> Result<Acceptance, VerifyError> {
        let elsewhere = |other: &Enrolment| other.id != *id && other.knows(&request.message.txn);
        if self.enrolments.iter().any(elsewhere) {
            return Err(VerifyError::Replay);
        }
        let enrolment = self.enrolment_mut(id).map_err(|_| VerifyError::Enrolment)?;
        enrolment.clock.observe(request.message.iat, reading);
        let now = enrolment.clock.now(reading);
        let certain = enrolment.clock.certain(reading).unwrap_or(request.message.iat);
        enrolment.expire(now);
        enrolment.accept_request(jws, request, now, certain)
    }

    /// Stores a new enrolment. Its keys are no longer pending.
    ///
    /// # Errors
    /// [`VerifyError::Enrolment`] if an enrolment has the same id or routing handle. The issuer
    /// chooses both, and one issuer must not replace another's enrolment.
    pub fn add(&mut self, enrolment: Enrolment) -> Result<(), VerifyError> {
        let taken = |known: &Enrolment| known.id == enrolment.id || known.handle == enrolment.handle;
        if self.enrolments.iter().any(taken) {
            return Err(VerifyError::Enrolment);
        }
        let handles = enrolment.keys.handles();
        self.pending_keys.retain(|handle| !handles.contains(handle));
        self.enrolments.push(enrolment);
        Ok(())
    }
}
