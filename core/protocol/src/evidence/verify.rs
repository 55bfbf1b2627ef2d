//! The verification of evidence.

use thiserror::Error;

use super::{Evidence, Record};
use crate::details::DetailTypes;
use crate::jose::{Digest, JoseError, PublicKey, Thumbprint};
use crate::message::claims::{EnrolmentId, Issuer, Timestamp, Txn};
use crate::message::decision::{Ceremony, Decision, DecisionKind, DenyReason};
use crate::message::number::Number;
use crate::message::receipt::{Outcome, Receipt};
use crate::message::request::{MAX_LIFETIME_SECS, Request};
use crate::message::{Message, Verified, open};
use crate::review::{self, Display, has_binding_shape};

/// The tolerance between the decision and the lifetime of its request, in seconds (ADP/1 §9).
const LEEWAY_SECS: i64 = 60;

/// The facts that a record proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// The issuer named in the request.
    pub issuer: Issuer,
    /// The enrolment.
    pub enrolment: EnrolmentId,
    /// The id of the request.
    pub txn: Txn,
    /// The SHA-256 digest of the request.
    pub request_hash: Digest,
    /// The time of the request, by the issuer's clock.
    pub requested_at: Timestamp,
    /// The time of the decision, by the phone's trusted clock.
    pub decided_at: Timestamp,
    /// The time when the issuer received the decision, by its clock.
    pub received_at: Timestamp,
    /// The decision.
    pub decision: DecisionKind,
    /// The reason of a denial.
    pub reason: Option<DenyReason>,
    /// The circumstances as reported by the phone: time on screen, language, user verification.
    pub ceremony: Ceremony,
    /// The display that the user saw. `None` if the user denied without opening the request.
    pub display: Option<Display>,
    /// The result according to the receipt.
    pub outcome: Outcome,
    /// The issuer's keys that signed the request and the receipt.
    pub issuer_keys: [Thumbprint; 2],
    /// The phone's key that signed the decision.
    pub device_key: Thumbprint,
    /// The message number of the decision.
    pub decision_number: Number,
    /// The position in the phone's history.
    pub number: u64,
}

/// The reason why an evidence file was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// The file is larger than [`super::MAX_EVIDENCE_BYTES`].
    #[error("the file is larger than {} bytes: choose an evidence file", super::MAX_EVIDENCE_BYTES)]
    TooLarge,
    /// The file does not have the format.
    #[error("the file does not have the format countersign-evidence/1: choose an evidence file")]
    Unreadable,
    /// The file has no record.
    #[error("the evidence file has no record: export it again")]
    Empty,
    /// A record was rejected.
    #[error("record {number}: {error}")]
    Record {
        /// The number of the record, from 1.
        number: usize,
        /// The reason.
        error: RecordError,
    },
}

impl EvidenceError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Empty => "empty",
            Self::Record { error, .. } => error.code(),
        }
    }
}

/// The reason why a record was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The request is malformed or not signed by its key.
    #[error("the request is not valid: {0}")]
    Request(JoseError),
    /// The decision is malformed or not signed by its key.
    #[error("the decision is not valid: {0}")]
    Decision(JoseError),
    /// The receipt is malformed or not signed by its key.
    #[error("the receipt is not valid: {0}")]
    Receipt(JoseError),
    /// The decision belongs to another request, enrolment or issuer, or is outside the lifetime of
    /// the request.
    #[error("the decision belongs to another request")]
    OtherRequest,
    /// The receipt belongs to another decision, request, enrolment, issuer or device, or its time
    /// or number contradicts them.
    #[error("the receipt belongs to another decision")]
    OtherDecision,
    /// The display hash of the decision differs from the display that this version builds from the
    /// request.
    #[error("the decision is for another display than this version builds from the request")]
    Display,
    /// The approval has no display, has a reason for a denial, was given without user verification,
    /// has a binding value of another shape, is signed by a key with another role, or the request
    /// could not be approved.
    #[error("the approval breaks the rules for approvals")]
    Approval,
    /// The link does not belong to this record.
    #[error("the link belongs to another record")]
    Link,
    /// The record does not directly follow the previous one in the file, or belongs to another
    /// enrolment.
    #[error("the record does not follow the previous one: records are missing or were added")]
    Gap,
    /// The file has another record with the same request or the same decision number.
    #[error("the request or the decision number occurs in an earlier record: each record may occur once")]
    Repeated,
}

impl RecordError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Decision(_) => "decision",
            Self::Receipt(_) => "receipt",
            Self::OtherRequest => "other_request",
            Self::OtherDecision => "other_decision",
            Self::Display => "display",
            Self::Approval => "approval",
            Self::Link => "link",
            Self::Gap => "gap",
            Self::Repeated => "repeated",
        }
    }
}

impl Evidence {
    /// Verifies every record, that each follows the previous one, and that none is repeated.
    ///
    /// The links are not signed: an intended omission is not detected.
    ///
    /// `types` are the types that the bank declared. Without them, the display of a detail of such
    /// a type cannot be rebuilt.
    ///
    /// # Errors
    /// [`EvidenceError`] for the first rejected record. No record of the file is valid then.
    pub fn verify(&self, types: &DetailTypes) -> Result<Vec<VerifiedRecord>, EvidenceError> {
        if self.records.is_empty() {
            return Err(EvidenceError::Empty);
        }
        let mut verified: Vec<VerifiedRecord> = Vec::new();
        let mut before: Option<&Record> = None;
        for (number, record) in (1..).zip(&self.records) {
            let facts = record.verify(types).map_err(|error| EvidenceError::Record { number, error })?;
            let same = verified.last().is_none_or(|last| same_enrolment(last, &facts));
            if !same || before.is_some_and(|before| !record.link.follows(&before.link)) {
                return Err(EvidenceError::Record { number, error: RecordError::Gap });
            }
            if verified.iter().any(|earlier| earlier.repeats(&facts)) {
                return Err(EvidenceError::Record { number, error: RecordError::Repeated });
            }
            before = Some(record);
            verified.push(facts);
        }
        Ok(verified)
    }
}

impl VerifiedRecord {
    /// Returns whether the other record is about the same request, or its decision has the same
    /// number.
    fn repeats(&self, other: &Self) -> bool {
        self.txn == other.txn
            || self.request_hash == other.request_hash
            || self.decision_number == other.decision_number
    }
}

fn same_enrolment(one: &VerifiedRecord, other: &VerifiedRecord) -> bool {
    one.issuer == other.issuer && one.enrolment == other.enrolment
}

impl Record {
    /// Verifies this record alone. `types` are the types that the bank declared.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn verify(&self, types: &DetailTypes) -> Result<VerifiedRecord, RecordError> {
        let request: Verified<Request> = verify_jws(&self.request, &self.request_key).map_err(RecordError::Request)?;
        let decision: Verified<Decision> =
            verify_jws(&self.decision, &self.decision_key).map_err(RecordError::Decision)?;
        let receipt: Verified<Receipt> = verify_jws(&self.receipt, &self.receipt_key).map_err(RecordError::Receipt)?;
        check_decision(&decision.message, &request)?;
        check_receipt(&receipt.message, &decision, &request)?;
        check_keys(&request, &decision, &receipt)?;
        let display = check_display(&decision.message, &request.message, types)?;
        if !self.link.matches(request.digest, decision.digest, receipt.digest) {
            return Err(RecordError::Link);
        }
        let issuer_keys = [request.kid, receipt.kid];
        let (device_key, request_hash) = (decision.kid, request.digest);
        let (request, decision) = (request.message, decision.message);
        Ok(VerifiedRecord {
            issuer: request.iss,
            enrolment: request.sub,
            txn: request.txn,
            request_hash,
            requested_at: request.iat,
            decided_at: decision.iat,
            received_at: receipt.message.iat,
            decision: decision.decision,
            reason: decision.reason,
            ceremony: decision.ceremony,
            display,
            outcome: receipt.message.outcome,
            issuer_keys,
            device_key,
            decision_number: decision.number,
            number: self.link.number,
        })
    }

    /// Returns the hashes of request, decision and receipt.
    #[must_use]
    pub fn digests(&self) -> [Digest; 3] {
        [&self.request, &self.decision, &self.receipt].map(|jws| Digest::of(jws.as_bytes()))
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
    if valid { Ok(()) } else { Err(RecordError::OtherRequest) }
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
    if valid { Ok(()) } else { Err(RecordError::OtherDecision) }
}

/// Checks that each key has one role.
///
/// The DK of request and receipt differ if the phone replaced its keys in between. The file does
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
    use crate::message::decision::Verification;
    let display = review::display(request, decision.ceremony.locale, types);
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
