//! Everything this device remembers, and how it changes.

use serde::{Deserialize, Serialize};

use super::enrolment::Enrolment;
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{ClockReading, KeyHandle};
use countersign_protocol::evidence::Link;
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::Verified;
use countersign_protocol::message::claims::{EnrolmentId, RoutingHandle, Timestamp, Txn};
use countersign_protocol::message::decision::{DecisionKind, DenyReason};
use countersign_protocol::message::inbox::{Closed, ClosedState};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::request::Request;
use countersign_protocol::message::status::EnrolmentState;

/// The most requests of one enrolment that wait at a time.
const MAX_PENDING: usize = 32;
/// The most answered or ended requests kept for one enrolment.
const MAX_CLOSED: usize = 50;

/// Everything this device remembers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Rises with each save.
    pub version: u64,
    /// In the order they were made.
    pub enrolments: Vec<Enrolment>,
    /// Keys of ended enrolments that the key store has yet to delete: kept, so that a kill in between forgets none.
    pub doomed: Vec<KeyHandle>,
    /// Keys of an enrolment that is being made. If the process ends before it is, the next one dooms them.
    pub nascent: Vec<KeyHandle>,
}

/// One request on this device.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The request JWS as received.
    pub jws: String,
    /// Its SHA-256.
    pub request_hash: Digest,
    /// The issuer's key that signed it, for evidence; not kept of requests in a state before format 3.
    #[serde(default)]
    pub request_key: Option<PublicKey>,
    /// Its claims, verified when it came.
    pub request: Request,
    /// When it came, by trusted time.
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: EntryState,
}

/// Where a request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EntryState {
    /// Waits for the user.
    Pending,
    /// Answered; the answer is kept and sent, byte for byte, until a receipt comes.
    Queued(SignedDecision),
    /// Answered, and the receipt says what became of it.
    Settled(Settled),
    /// Ended without an answer of this device.
    Ended(ClosedState),
}

/// A signed answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedDecision {
    /// The decision JWS.
    pub jws: String,
    /// What it says.
    pub answer: DecisionKind,
    /// Why it denies.
    pub reason: Option<DenyReason>,
    /// The phone's key that signed it; not kept of answers in a state before format 3.
    #[serde(default)]
    pub key: Option<PublicKey>,
    /// When it was given, by trusted time; not known of answers in a state of format 1.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

/// An answer with its receipt: with the request, complete evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The answer.
    pub answer: SignedDecision,
    /// The receipt JWS.
    pub receipt: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The issuer's key that signed the receipt; not kept in a state before format 3.
    #[serde(default)]
    pub receipt_key: Option<PublicKey>,
    /// Its place in the enrolment's history; none in a state before format 3.
    #[serde(default)]
    pub link: Option<Link>,
}

/// What a request was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// New on this device.
    New,
    /// The same as one that is here.
    Duplicate,
}

impl State {
    /// The enrolment with this name.
    pub fn enrolment(&self, id: &EnrolmentId) -> Result<&Enrolment, AuthenticatorError> {
        self.enrolments.iter().find(|enrolment| enrolment.id == *id).ok_or(AuthenticatorError::UnknownEnrolment)
    }

    /// The same, to change it.
    pub fn enrolment_mut(&mut self, id: &EnrolmentId) -> Result<&mut Enrolment, AuthenticatorError> {
        self.enrolments.iter_mut().find(|enrolment| enrolment.id == *id).ok_or(AuthenticatorError::UnknownEnrolment)
    }

    /// The enrolment that a push is for.
    pub fn route(&self, handle: &RoutingHandle) -> Result<&Enrolment, VerifyError> {
        self.enrolments
            .iter()
            .find(|enrolment| enrolment.handle == *handle && enrolment.state != EnrolmentState::Revoked)
            .ok_or(VerifyError::Enrolment)
    }

    /// The request with this name and its enrolment.
    pub fn entry(&self, txn: &Txn) -> Result<(&Enrolment, &Entry), AuthenticatorError> {
        self.enrolments
            .iter()
            .find_map(|enrolment| Some((enrolment, enrolment.entry(txn)?)))
            .ok_or(AuthenticatorError::UnknownRequest)
    }

    /// The request, if the user may still answer it: it waits, and trusted time has not passed its end.
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

    /// Whether a name or a key that the key store gives as new is one that this device holds, makes or is about to delete.
    #[must_use]
    pub fn knows_key(&self, handle: &KeyHandle, public: &PublicKey) -> bool {
        let same = |(known, name): (&PublicKey, &KeyHandle)| name == handle || known == public;
        let held = |enrolment: &Enrolment| enrolment.held().into_iter().any(same);
        let live = |enrolment: &&Enrolment| enrolment.state != EnrolmentState::Revoked;
        self.enrolments.iter().filter(live).any(held) || self.doomed.contains(handle) || self.nascent.contains(handle)
    }

    /// Marks the keys of an ended enrolment for deletion.
    pub fn doom(&mut self, id: &EnrolmentId) {
        let Ok(enrolment) = self.enrolment_mut(id) else { return };
        let handles: Vec<KeyHandle> = enrolment.held().into_iter().map(|(_, handle)| handle.clone()).collect();
        enrolment.rotation = None;
        enrolment.former.clear();
        self.doomed.extend(handles);
    }

    /// Ends every waiting request whose time has passed, each by its own issuer's clock, and marks replaced keys for deletion
    /// that nothing is for any more. Returns whether anything changed.
    pub fn expire(&mut self, reading: &ClockReading) -> bool {
        let mut changed = false;
        for enrolment in &mut self.enrolments {
            let now = enrolment.clock.now(reading);
            changed |= enrolment.expire(now);
            let past = enrolment.retire(now);
            changed |= !past.is_empty();
            self.doomed.extend(past);
        }
        changed
    }

    /// Takes a verified request for an enrolment. The same request again is a duplicate; another one under the same `txn` or
    /// `jti` is a replay, and so is one under a `txn` of another enrolment: a `txn` names one request on this device.
    pub fn accept_request(
        &mut self,
        id: &EnrolmentId,
        jws: &str,
        request: Verified<Request>,
        reading: &ClockReading,
    ) -> Result<Accepted, VerifyError> {
        let elsewhere = |other: &Enrolment| other.id != *id && other.entry(&request.message.txn).is_some();
        if self.enrolments.iter().any(elsewhere) {
            return Err(VerifyError::Replay);
        }
        let enrolment = self.enrolment_mut(id).map_err(|_| VerifyError::Enrolment)?;
        enrolment.clock.observe(request.message.iat, reading);
        let now = enrolment.clock.now(reading);
        enrolment.expire(now);
        enrolment.accept_request(jws, request, now)
    }

    /// Keeps a new enrolment. Its name and its routing handle are the issuer's choice, and each must be new on this device:
    /// one issuer must not stand in another's place.
    pub fn add(&mut self, enrolment: Enrolment) -> Result<(), VerifyError> {
        let taken = |known: &Enrolment| known.id == enrolment.id || known.handle == enrolment.handle;
        if self.enrolments.iter().any(taken) {
            return Err(VerifyError::Enrolment);
        }
        let handles = enrolment.keys.handles();
        self.nascent.retain(|handle| !handles.contains(handle));
        self.enrolments.push(enrolment);
        Ok(())
    }
}

impl Enrolment {
    /// The request with this name.
    #[must_use]
    pub fn entry(&self, txn: &Txn) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.request.txn == *txn)
    }

    fn accept_request(
        &mut self,
        jws: &str,
        request: Verified<Request>,
        now: Timestamp,
    ) -> Result<Accepted, VerifyError> {
        let Verified { message: request, digest, kid } = request;
        let same = |entry: &&Entry| entry.request.txn == request.txn || entry.request.jti == request.jti;
        if let Some(known) = self.entries.iter().find(same) {
            return if known.request_hash == digest { Ok(Accepted::Duplicate) } else { Err(VerifyError::Replay) };
        }
        if now > request.exp {
            return Err(VerifyError::Expired);
        }
        if self.entries.iter().filter(|entry| entry.state == EntryState::Pending).count() >= MAX_PENDING {
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
        self.forget(now);
        Ok(Accepted::New)
    }

    /// Keeps an answer with its number until its receipt comes. Refuses a second answer to one request, and an approval by a UVK
    /// that is being replaced or has been.
    pub fn queue(&mut self, txn: &Txn, answer: SignedDecision, number: Number) -> Result<(), AuthenticatorError> {
        let replaced = self.awaits_uvk() || answer.key.as_ref().is_some_and(|key| *key != self.keys.public.uvk);
        let entry = self.entry_mut(txn).ok_or(AuthenticatorError::UnknownRequest)?;
        if entry.state != EntryState::Pending {
            return Err(AuthenticatorError::NotPending);
        }
        if answer.answer == DecisionKind::Approve && replaced {
            return Err(AuthenticatorError::Unsettled);
        }
        entry.state = EntryState::Queued(answer);
        self.use_number(number);
        Ok(())
    }

    /// Takes what the receipt of a queued answer says of the answer. A receipt that comes twice changes nothing.
    pub fn settle(&mut self, txn: &Txn, compact: &str, receipt: &Verified<Receipt>) -> Result<(), VerifyError> {
        let Receipt { message_hash, request_hash, outcome, .. } = &receipt.message;
        let receipt_key = self.server_key(receipt.kid).cloned();
        // Given away only if the record becomes part of the history.
        let mut history = self.history.clone();
        let entry = self.entry_mut(txn).ok_or(VerifyError::Receipt)?;
        if receipt.message.txn.as_ref() != Some(txn) || *request_hash != Some(entry.request_hash) {
            return Err(VerifyError::Receipt);
        }
        match &entry.state {
            EntryState::Queued(answer) if Digest::of(answer.jws.as_bytes()) == *message_hash => {
                let link = history.extend(entry.request_hash, *message_hash, receipt.digest);
                entry.state = EntryState::Settled(Settled {
                    answer: answer.clone(),
                    receipt: compact.to_owned(),
                    outcome: *outcome,
                    receipt_key,
                    link: Some(link),
                });
                self.history = history;
            }
            EntryState::Settled(settled) if Digest::of(settled.answer.jws.as_bytes()) == *message_hash => {}
            _ => return Err(VerifyError::Receipt),
        }
        Ok(())
    }

    /// Takes what the inbox says of requests that are no longer open. A queued answer stays, since its receipt will tell;
    /// unless the server has just `refused` to take it and signs that the request ended without any answer.
    pub fn close(&mut self, closed: &[Closed], refused: &[Txn]) {
        for Closed { txn, state } in closed {
            let unanswered = matches!(state, ClosedState::Expired | ClosedState::Cancelled);
            let given_up = unanswered && refused.contains(txn);
            if let Some(entry) = self.entry_mut(txn)
                && (entry.state == EntryState::Pending || given_up && matches!(entry.state, EntryState::Queued(_)))
            {
                entry.state = EntryState::Ended(*state);
            }
        }
    }

    /// Ends every waiting request whose time has passed. Returns whether any did.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        for entry in &mut self.entries {
            if entry.state == EntryState::Pending && now > entry.request.exp {
                entry.state = EntryState::Ended(ClosedState::Expired);
                changed = true;
            }
        }
        changed
    }

    /// Answers that wait for a receipt, oldest first.
    pub fn outbox(&self) -> impl Iterator<Item = (&Txn, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.state {
            EntryState::Queued(answer) => Some((&entry.request.txn, answer.jws.as_str())),
            _ => None,
        })
    }

    pub(super) fn entry_mut(&mut self, txn: &Txn) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.request.txn == *txn)
    }

    /// Drops the oldest closed requests beyond what is kept; only such as have expired, so that none can come again.
    fn forget(&mut self, now: Timestamp) {
        let closed = |entry: &Entry| {
            matches!(entry.state, EntryState::Settled(_) | EntryState::Ended(_)) && now > entry.request.exp
        };
        let mut surplus = self.entries.iter().filter(|entry| closed(entry)).count().saturating_sub(MAX_CLOSED);
        self.entries.retain(|entry| {
            let drop = surplus > 0 && closed(entry);
            surplus = surplus.saturating_sub(usize::from(drop));
            !drop
        });
    }
}
