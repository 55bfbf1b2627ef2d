//! The life of a request in an enrolment: pending, queued decision, settled, abandoned or ended.

use super::enrolment::Enrolment;
use super::entry::{Entry, EntryState, SettledDecision, SignedDecision};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::KeyHandle;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::Verified;
use countersign_protocol::message::claims::{Jti, Timestamp, Txn};
use countersign_protocol::message::decision::DecisionKind;
use countersign_protocol::message::inbox::{Closed, ClosedState};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt::Receipt;
use countersign_protocol::message::request::{MAX_STEP_BACK_SECS, Request};

/// The time after the expiry of a request for which an issuer must be able to return the receipt of
/// a decision on it, in seconds.
const RECEIPT_PERIOD_SECS: i64 = 24 * 3600;

/// The result of accepting a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// The request is new on this device.
    New,
    /// The device has the same request already.
    Duplicate,
}

impl Enrolment {
    /// Returns the request with this id.
    #[must_use]
    pub fn entry(&self, txn: &Txn) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.request.txn == *txn)
    }

    fn entry_mut(&mut self, txn: &Txn) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.request.txn == *txn)
    }

    /// Stores a verified request as pending. `certain` is a time that has certainly passed.
    pub(super) fn accept_request(
        &mut self,
        jws: &str,
        request: Verified<Request>,
        now: Timestamp,
        certain: Timestamp,
    ) -> Result<Acceptance, VerifyError> {
        let Verified { message: request, digest, kid } = request;
        if let Some(known) = self.known_hash(&request) {
            return if known == digest { Ok(Acceptance::Duplicate) } else { Err(VerifyError::Replay) };
        }
        if now > request.exp {
            return Err(VerifyError::Expired);
        }
        self.drop_surplus(certain);
        if self.is_full(jws) {
            return Err(VerifyError::Overfull);
        }
        self.entries.push(Entry {
            jws: jws.to_owned(),
            request_hash: digest,
            request_key: self.server_key(kid).cloned(),
            request,
            received_at: now,
            state: EntryState::Pending,
        });
        Ok(Acceptance::New)
    }

    /// Returns whether the enrolment knows a request with this id. Its content may be dropped.
    #[must_use]
    pub fn knows(&self, txn: &Txn) -> bool {
        self.entry(txn).is_some() || self.closed_ids.iter().any(|closed| closed.txn == *txn)
    }

    /// Returns the hash of the known request with the same `txn` or `jti`.
    fn known_hash(&self, request: &Request) -> Option<Digest> {
        let same = |txn: &Txn, jti: &Jti| *txn == request.txn || *jti == request.jti;
        let stored = self.entries.iter().find(|entry| same(&entry.request.txn, &entry.request.jti));
        let closed = || self.closed_ids.iter().find(|closed| same(&closed.txn, &closed.jti));
        stored.map(|entry| entry.request_hash).or_else(|| closed().map(|closed| closed.request_hash))
    }

    /// Stores a decision and its number in the outbox until the receipt arrives.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`] without such a request.
    /// [`AuthenticatorError::NotPending`] if the request has a decision or has ended.
    /// [`AuthenticatorError::RotationConflict`] for an approval if the UVK is being replaced, or if
    /// the key that signed it is not the current UVK. [`AuthenticatorError::DecisionConflict`] if
    /// another decision was stored since this one was signed.
    pub fn queue(&mut self, txn: &Txn, decision: SignedDecision, number: Number) -> Result<(), AuthenticatorError> {
        let replaced = self.awaits_uvk() || decision.key.as_ref().is_some_and(|key| *key != self.keys.public.uvk);
        let entry = self.entry(txn).ok_or(AuthenticatorError::UnknownRequest)?;
        if entry.state != EntryState::Pending {
            return Err(AuthenticatorError::NotPending);
        }
        if decision.kind == DecisionKind::Approve && replaced {
            return Err(AuthenticatorError::RotationConflict);
        }
        self.store_decision(txn, decision, number)
    }

    /// Replaces a queued decision by the same decision, signed again with another number.
    ///
    /// # Errors
    /// [`AuthenticatorError::UnknownRequest`] without such a request.
    /// [`AuthenticatorError::NotPending`] if `old` is not in the outbox any more.
    /// [`AuthenticatorError::DecisionConflict`] if another decision was stored since `new` was
    /// signed.
    pub fn replace_decision(
        &mut self,
        txn: &Txn,
        old: &SignedDecision,
        new: SignedDecision,
        number: Number,
    ) -> Result<(), AuthenticatorError> {
        let entry = self.entry(txn).ok_or(AuthenticatorError::UnknownRequest)?;
        if entry.state != EntryState::Queued(old.clone()) {
            return Err(AuthenticatorError::NotPending);
        }
        self.store_decision(txn, new, number)
    }

    /// Stores a decision together with its number and its place in the history.
    fn store_decision(
        &mut self,
        txn: &Txn,
        decision: SignedDecision,
        number: Number,
    ) -> Result<(), AuthenticatorError> {
        self.history.add(&decision)?;
        let entry = self.entry_mut(txn).ok_or(AuthenticatorError::UnknownRequest)?;
        entry.state = EntryState::Queued(decision);
        self.use_number(number);
        Ok(())
    }

    /// Applies the receipt of a queued decision to the request. A late receipt of an abandoned
    /// decision counts too. A repeated receipt changes nothing.
    ///
    /// # Errors
    /// [`VerifyError::Receipt`] if the receipt is not for this decision on this request, or names
    /// another enrolment or user-verification key.
    pub fn settle(&mut self, txn: &Txn, compact: &str, receipt: &Verified<Receipt>) -> Result<(), VerifyError> {
        let Receipt { message_hash, request_hash, outcome, .. } = &receipt.message;
        let receipt_key = self.server_key(receipt.kid).cloned();
        let entry = self.entry(txn).ok_or(VerifyError::Receipt)?;
        if receipt.message.txn.as_ref() != Some(txn) || *request_hash != Some(entry.request_hash) {
            return Err(VerifyError::Receipt);
        }
        match &entry.state {
            EntryState::Queued(decision) | EntryState::Abandoned(decision)
                if Digest::of(decision.jws.as_bytes()) == *message_hash =>
            {
                let decision = decision.clone();
                self.check_proved(decision.history, receipt.message.proved.as_ref())?;
                let (receipt, outcome) = (compact.to_owned(), *outcome);
                let settled = SettledDecision { decision, receipt, outcome, receipt_key, link: () };
                self.entry_mut(txn).ok_or(VerifyError::Receipt)?.state = EntryState::Settled(settled);
            }
            EntryState::Settled(settled) if Digest::of(settled.decision.jws.as_bytes()) == *message_hash => {}
            _ => return Err(VerifyError::Receipt),
        }
        Ok(())
    }

    /// Applies the inbox's list of requests that are no longer open.
    ///
    /// A queued decision stays in the outbox, because its receipt states the outcome. The exception
    /// is a decision in `rejected`, which the server has just rejected, if the inbox also states
    /// that the request ended without a decision. It is abandoned.
    pub fn close(&mut self, closed: &[Closed], rejected: &[Txn]) {
        for Closed { txn, state } in closed {
            let undecided = matches!(state, ClosedState::Expired | ClosedState::Cancelled);
            let Some(entry) = self.entry_mut(txn) else { continue };
            if entry.state == EntryState::Pending {
                entry.state = EntryState::Ended(*state);
            } else if undecided && rejected.contains(txn) {
                entry.abandon_queued();
            }
        }
    }

    /// Abandons the decisions in `rejected`, which the server has just rejected, that the issuer
    /// can neither accept nor acknowledge any more: a live response of the issuer is from a day
    /// after the expiry of the request.
    pub fn abandon_rejected(&mut self, rejected: &[Txn], now: Timestamp) {
        for entry in self.entries.iter_mut().filter(|entry| rejected.contains(&entry.request.txn)) {
            if now > entry.request.exp.plus(RECEIPT_PERIOD_SECS) {
                entry.abandon_queued();
            }
        }
    }

    /// Ends all requests of a revoked enrolment: nothing can be decided or sent any more.
    pub(super) fn end_requests(&mut self) {
        for entry in &mut self.entries {
            if entry.state == EntryState::Pending {
                entry.state = EntryState::Ended(ClosedState::Cancelled);
            }
            entry.abandon_queued();
        }
    }

    /// Applies the time that a live response of the issuer has just set.
    ///
    /// Reopens every request that expired by this device's guess of the time, but has not expired.
    /// Ends every pending request that the issuer made while its clock was ahead, because the
    /// issuer considers it as expired.
    pub fn apply_live_time(&mut self, now: Timestamp) {
        for Entry { request, state, .. } in &mut self.entries {
            let is_valid = request.iat.since(now) <= MAX_STEP_BACK_SECS && now <= request.exp;
            match state {
                EntryState::Ended(ClosedState::Expired) if is_valid => *state = EntryState::Pending,
                EntryState::Pending if !is_valid => *state = EntryState::Ended(ClosedState::Expired),
                _ => {}
            }
        }
    }

    /// Ends every pending request that has expired.
    pub fn expire(&mut self, now: Timestamp) {
        for entry in &mut self.entries {
            if entry.state == EntryState::Pending && now > entry.request.exp {
                entry.state = EntryState::Ended(ClosedState::Expired);
            }
        }
    }

    /// Returns the decisions that wait for a receipt, oldest request first.
    pub fn outbox(&self) -> impl Iterator<Item = (&Txn, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.state {
            EntryState::Queued(decision) => Some((&entry.request.txn, decision.jws.as_str())),
            _ => None,
        })
    }

    /// Returns whether an approval waits for its receipt. The issuer accepts it only as long as the
    /// UVK that signed it is current.
    #[must_use]
    pub fn approval_waits(&self) -> bool {
        self.entries.iter().any(|entry| match &entry.state {
            EntryState::Queued(decision) => decision.kind == DecisionKind::Approve,
            _ => false,
        })
    }

    /// Removes replaced keys that no message can need any more and returns their handles for
    /// deletion.
    ///
    /// Keys are needed until their time is over, and while the outbox has a decision, because its
    /// receipt can be addressed to them.
    pub(super) fn retire_keys(&mut self, now: Timestamp) -> Vec<KeyHandle> {
        let waits = self.outbox().next().is_some();
        let (retired, needed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.replaced_keys).into_iter().partition(|keys| !waits && now > keys.until);
        self.replaced_keys = needed;
        retired.into_iter().flat_map(|keys| [keys.dk_handle, keys.ek_handle]).collect()
    }
}
