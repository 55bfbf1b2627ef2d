//! One record and its verification.

use serde::{Deserialize, Serialize};

use super::{RecordError, VerifiedRecord};
use crate::details::DetailTypes;
use crate::jose::{JoseError, PublicKey, Thumbprint};
use crate::message::decision::{Decision, DecisionKind, Verification};
use crate::message::history::History;
use crate::message::receipt::{Proved, Receipt};
use crate::message::request::{MAX_LIFETIME_SECS, Request};
use crate::message::{Message, Verified, open};
use crate::review::{self, Display, has_binding_shape};

/// The tolerance between the decision and the lifetime of its request, in seconds (ADP/1 §2).
const LEEWAY_SECS: i64 = 60;

/// A request, its decision and its receipt, each as transmitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The `adp-request+jwt`.
    pub request: String,
    /// The `adp-decision+jwt`.
    pub decision: String,
    /// The `adp-receipt+jwt`.
    pub receipt: String,
    /// The issuer's key that signed the request.
    pub request_key: PublicKey,
    /// The phone's key that signed the decision.
    pub decision_key: PublicKey,
    /// The issuer's key that signed the receipt.
    pub receipt_key: PublicKey,
}

/// A record that was verified alone, with the members that place it among others.
pub(super) struct Opened {
    pub(super) facts: VerifiedRecord,
    pub(super) history: Option<History>,
    pub(super) proved: Option<Proved>,
    /// The device keys to which request and receipt are addressed.
    pub(super) device_keys: [Thumbprint; 2],
}

impl Record {
    /// Verifies this record alone.
    pub(super) fn open(&self, types: &DetailTypes) -> Result<Opened, RecordError> {
        let request: Verified<Request> = verify_jws(&self.request, &self.request_key).map_err(RecordError::Request)?;
        let decision: Verified<Decision> =
            verify_jws(&self.decision, &self.decision_key).map_err(RecordError::Decision)?;
        let receipt: Verified<Receipt> = verify_jws(&self.receipt, &self.receipt_key).map_err(RecordError::Receipt)?;
        check_decision(&decision.message, &request)?;
        check_receipt(&receipt.message, &decision, &request)?;
        check_keys(&request, &decision, &receipt)?;
        let display = check_display(&decision.message, &request.message, types)?;
        let issuer_keys = [request.kid, receipt.kid];
        let device_keys = [request.message.aud.0, receipt.message.aud.0];
        let (device_key, request_hash, decision_hash) = (decision.kid, request.digest, decision.digest);
        let (request, decision, receipt) = (request.message, decision.message, receipt.message);
        let facts = VerifiedRecord {
            issuer: request.iss,
            enrolment: request.sub,
            txn: request.txn,
            request_hash,
            decision_hash,
            requested_at: request.iat,
            decided_at: decision.iat,
            received_at: receipt.iat,
            decision: decision.decision,
            reason: decision.reason,
            ceremony: decision.ceremony,
            display,
            outcome: receipt.outcome,
            issuer_keys,
            device_key,
            decision_number: decision.number,
        };
        Ok(Opened { facts, history: decision.history, proved: receipt.proved, device_keys })
    }

    /// Verifies this record alone. Its decision must not have a history, because the file would not
    /// show the decisions around it.
    pub(super) fn verify_unchained(&self, types: &DetailTypes) -> Result<VerifiedRecord, RecordError> {
        let Opened { facts, history, .. } = self.open(types)?;
        if history.is_some() { Err(RecordError::History) } else { Ok(facts) }
    }
}

fn verify_jws<M: Message>(jws: &str, key: &PublicKey) -> Result<Verified<M>, JoseError> {
    open(jws, |kid| (key.thumbprint() == kid).then_some(key))
}

/// Checks that the decision belongs to this request and is within its lifetime.
fn check_decision(decision: &Decision, request: &Verified<Request>) -> Result<(), RecordError> {
    let claims = &request.message;
    let lifetime = claims.exp.since(claims.iat);
    let valid = decision.iss == claims.sub
        && decision.aud == claims.iss
        && decision.txn == claims.txn
        && decision.nonce == claims.nonce
        && decision.request_hash == request.digest
        && decision.exp == claims.exp
        && (1..=MAX_LIFETIME_SECS).contains(&lifetime)
        && (-LEEWAY_SECS..=lifetime.saturating_add(LEEWAY_SECS)).contains(&decision.iat.since(claims.iat));
    if !valid {
        return Err(RecordError::OtherRequest);
    }
    if decision.has_possible_history() { Ok(()) } else { Err(RecordError::History) }
}

/// Checks that the receipt belongs to exactly this decision.
fn check_receipt(
    receipt: &Receipt,
    decision: &Verified<Decision>,
    request: &Verified<Request>,
) -> Result<(), RecordError> {
    let claims = &request.message;
    let valid = receipt.iss == claims.iss
        && receipt.sub == claims.sub
        && receipt.txn.as_ref() == Some(&claims.txn)
        && receipt.request_hash == Some(request.digest)
        && receipt.message_hash == decision.digest
        && receipt.iat.since(claims.iat) >= -LEEWAY_SECS
        && receipt.number >= decision.message.number.get();
    if !valid {
        return Err(RecordError::OtherDecision);
    }
    if receipt.proved.is_some() == decision.message.history.is_some() { Ok(()) } else { Err(RecordError::Proved) }
}

/// Checks that each key has one role.
///
/// The DK of request and receipt differ if the phone replaced its keys in between. The record does
/// not tell which key replaced which.
fn check_keys(
    request: &Verified<Request>,
    decision: &Verified<Decision>,
    receipt: &Verified<Receipt>,
) -> Result<(), RecordError> {
    let issuer_keys = [request.kid, receipt.kid];
    if issuer_keys.contains(&receipt.message.aud.0) {
        return Err(RecordError::OtherDecision);
    }
    let approves = decision.message.decision == DecisionKind::Approve;
    if issuer_keys.contains(&decision.kid) {
        let of_denial = RecordError::Decision(JoseError::Kid);
        return Err(if approves { RecordError::Approval } else { of_denial });
    }
    let device_keys = [request.message.aud.0, receipt.message.aud.0];
    if approves && device_keys.contains(&decision.kid) { Err(RecordError::Approval) } else { Ok(()) }
}

/// Rebuilds the display that the decision refers to and checks the approval.
fn check_display(decision: &Decision, request: &Request, types: &DetailTypes) -> Result<Option<Display>, RecordError> {
    let model = decision.model().ok_or(RecordError::DisplayModel)?;
    if decision.display_model.is_some() && decision.display_hash.is_none() {
        return Err(RecordError::Display);
    }
    let display = review::display(request, decision.ceremony.locale, types.named(decision.types()), model);
    if decision.decision == DecisionKind::Approve {
        let payments = (!display.payments.is_empty()).then_some(&display.payments);
        let valid = decision.display_hash.is_some()
            && display.approvable.is_ok()
            && decision.reason.is_none()
            && decision.payments.as_ref() == payments
            && has_binding_shape(&request.binding, decision.binding.as_deref())
            && decision.ceremony.verification != Verification::None;
        if !valid {
            return Err(RecordError::Approval);
        }
    }
    match decision.display_hash {
        Some(hash) if hash == display.hash => Ok(Some(display)),
        Some(_) => Err(RecordError::Display),
        None => Ok(None),
    }
}
