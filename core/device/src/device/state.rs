//! The complete state of the device, with the transitions that concern several enrolments.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::enrolment::Enrolment;
use super::entries::Acceptance;
use super::entry::{Entry, EntryState};
use super::keys::ReplacedKeys;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{ClockReading, KeyHandle};
use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::Verified;
use countersign_protocol::message::claims::{EnrolmentId, RoutingHandle, Txn};
use countersign_protocol::message::inbox::ClosedState;
use countersign_protocol::message::request::Request;
use countersign_protocol::message::status::EnrolmentState;

/// The state of the device. [`seal`](super::seal) stores it.
///
/// A clone shares the enrolments. A change copies only the enrolment that it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// A counter that rises with each save.
    pub version: u64,
    /// The enrolments, oldest first.
    #[serde(with = "shared")]
    pub enrolments: Vec<Arc<Enrolment>>,
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
        let found = self.enrolments.iter().find(|enrolment| enrolment.id == *id);
        found.map(|enrolment| &**enrolment).ok_or(AuthenticatorError::UnknownEnrolment)
    }

    /// Returns the enrolment with this id for changes.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownEnrolment`] without such an enrolment.
    pub fn enrolment_mut(&mut self, id: &EnrolmentId) -> Result<&mut Enrolment, AuthenticatorError> {
        let found = self.enrolments.iter_mut().find(|enrolment| enrolment.id == *id);
        found.map(Arc::make_mut).ok_or(AuthenticatorError::UnknownEnrolment)
    }

    /// Returns the enrolment with this routing handle.
    ///
    /// # Errors
    /// [`VerifyError::Enrolment`] if there is none, or if it is revoked.
    pub fn route(&self, handle: &RoutingHandle) -> Result<&Enrolment, VerifyError> {
        self.enrolments
            .iter()
            .find(|enrolment| enrolment.handle == *handle && enrolment.state != EnrolmentState::Revoked)
            .map(|enrolment| &**enrolment)
            .ok_or(VerifyError::Enrolment)
    }

    /// Returns the request with this id and its enrolment.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`] without such a request.
    pub fn entry(&self, txn: &Txn) -> Result<(&Enrolment, &Entry), AuthenticatorError> {
        self.enrolments
            .iter()
            .find_map(|enrolment| Some((&**enrolment, enrolment.entry(txn)?)))
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
        let has = |enrolment: &Arc<Enrolment>| enrolment.all_keys().into_iter().any(same);
        let live = |enrolment: &&Arc<Enrolment>| enrolment.state != EnrolmentState::Revoked;
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
        let is_open = |entry: &Entry| matches!(entry.state, EntryState::Pending | EntryState::Queued(_));
        for enrolment in &mut self.enrolments {
            if enrolment.state == EnrolmentState::Revoked && enrolment.entries.iter().any(is_open) {
                Arc::make_mut(enrolment).end_requests();
            }
        }
    }

    /// Marks all pending keys for deletion. Call it only while no operation creates keys.
    pub fn mark_pending_keys(&mut self) {
        let left_over = std::mem::take(&mut self.pending_keys);
        self.keys_to_delete.extend(left_over);
    }

    /// Uses the enrolments of `before` that are equal to those of this state, so that they are not
    /// sealed again.
    pub fn share_unchanged(&mut self, before: &Self) {
        for enrolment in &mut self.enrolments {
            if let Some(known) = before.enrolments.iter().find(|known| *known == enrolment) {
                enrolment.clone_from(known);
            }
        }
    }

    /// Returns whether [`expire`](Self::expire) would change anything.
    #[must_use]
    pub fn is_due(&self, reading: &ClockReading) -> bool {
        self.enrolments.iter().any(|enrolment| is_due(enrolment, reading))
    }

    /// Ends every pending request that has expired by the trusted time of its enrolment, and marks
    /// replaced keys for deletion that are not needed any more.
    ///
    /// After a restart the time is a guess until the next signed time. A live response of the
    /// issuer [reopens](Enrolment::apply_live_time) requests that expired too early.
    pub fn expire(&mut self, reading: &ClockReading) {
        for enrolment in self.enrolments.iter_mut().filter(|enrolment| is_due(enrolment, reading)) {
            let enrolment = Arc::make_mut(enrolment);
            let now = enrolment.clock.now(reading);
            enrolment.expire(now);
            // A deleted key cannot be restored after a wrong guess of the time.
            let retired = enrolment.clock.certain(reading).map(|now| enrolment.retire_keys(now)).unwrap_or_default();
            self.keys_to_delete.extend(retired);
        }
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
        let elsewhere = |other: &Arc<Enrolment>| other.id != *id && other.knows(&request.message.txn);
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
        let taken = |known: &Arc<Enrolment>| known.id == enrolment.id || known.handle == enrolment.handle;
        if self.enrolments.iter().any(taken) {
            return Err(VerifyError::Enrolment);
        }
        let handles = enrolment.keys.handles();
        self.pending_keys.retain(|handle| !handles.contains(handle));
        self.enrolments.push(Arc::new(enrolment));
        Ok(())
    }
}

/// Returns whether time has ended a pending request or the need for a replaced key.
fn is_due(enrolment: &Enrolment, reading: &ClockReading) -> bool {
    let now = enrolment.clock.now(reading);
    let certain = enrolment.clock.certain(reading);
    let is_over = |entry: &Entry| entry.state == EntryState::Pending && now > entry.request.exp;
    let is_retired = |keys: &ReplacedKeys| certain.is_some_and(|now| now > keys.until);
    enrolment.entries.iter().any(is_over)
        || (enrolment.replaced_keys.iter().any(is_retired) && enrolment.outbox().next().is_none())
}

/// The list of enrolments in a format without records.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    use crate::device::Enrolment;

    pub(super) fn serialize<S: Serializer>(list: &[Arc<Enrolment>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(|enrolment| &**enrolment))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(stored: D) -> Result<Vec<Arc<Enrolment>>, D::Error> {
        Ok(Vec::deserialize(stored)?.into_iter().map(Arc::new).collect())
    }
}
