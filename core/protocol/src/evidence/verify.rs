//! What a file of evidence proves.

use thiserror::Error;

use super::{Evidence, Record};
use crate::details::DetailTypes;
use crate::jose::{Digest, JoseError, PublicKey, Thumbprint};
use crate::message::claims::{EnrolmentId, Issuer, Timestamp, Txn};
use crate::message::decision::{Ceremony, Decision, DecisionKind, DenyReason};
use crate::message::receipt::{Outcome, Receipt};
use crate::message::request::{MAX_LIFETIME_SECS, Request};
use crate::message::{Message, Verified, open};
use crate::review::{self, Display};

/// How far a decision may lie outside the life of its request, in seconds: the leeway of ADP/1 §9.
const LEEWAY_SECS: i64 = 60;

/// What one record proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRecord {
    /// Who asked, as the request says.
    pub issuer: Issuer,
    /// Which enrolment.
    pub enrolment: EnrolmentId,
    /// Which request.
    pub txn: Txn,
    /// When it was asked, by the issuer's time.
    pub requested_at: Timestamp,
    /// When it was answered, by the phone's trusted time.
    pub decided_at: Timestamp,
    /// When the issuer took the answer, by its time.
    pub received_at: Timestamp,
    /// What was answered.
    pub decision: DecisionKind,
    /// Why, if it was a denial.
    pub reason: Option<DenyReason>,
    /// How: for how long it was shown, in which language, and how the user was verified by the phone's word.
    pub ceremony: Ceremony,
    /// What was on the screen; nothing if it was denied unseen.
    pub display: Option<Display>,
    /// What the issuer made of it.
    pub outcome: Outcome,
    /// The issuer's keys: of the request and of the receipt.
    pub issuer_keys: [Thumbprint; 2],
    /// The phone's key that signed the answer.
    pub device_key: Thumbprint,
    /// The place in the phone's history.
    pub number: u64,
}

/// A file that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// Larger than any evidence.
    #[error("the file is larger than {} bytes: it is no evidence", super::MAX_EVIDENCE_BYTES)]
    TooLarge,
    /// Not the format.
    #[error("the file is no evidence of format countersign-evidence/1")]
    Unreadable,
    /// There is no record in it.
    #[error("the file has no record")]
    Empty,
    /// A record does not hold.
    #[error("record {number}: {error}")]
    Record {
        /// Which, from 1.
        number: usize,
        /// Why.
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

/// Why a record does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecordError {
    /// The request is malformed or not signed by its key.
    #[error("the request does not hold: {0}")]
    Request(JoseError),
    /// The decision is malformed or not signed by its key.
    #[error("the decision does not hold: {0}")]
    Decision(JoseError),
    /// The receipt is malformed or not signed by its key.
    #[error("the receipt does not hold: {0}")]
    Receipt(JoseError),
    /// The decision is about another request, enrolment or issuer, or outside the life of the request.
    #[error("the decision does not answer this request")]
    OtherRequest,
    /// The receipt is for another decision, request, enrolment or issuer.
    #[error("the receipt is not for this decision")]
    OtherDecision,
    /// The decision names another display than the one that this version builds from the request.
    #[error("what was on the screen is not what this version shows for this request")]
    Display,
    /// An approval without a display, of a request that cannot be approved, with a reason to deny, or by a phone that says it
    /// verified nobody.
    #[error("an approval that no phone gives")]
    Approval,
    /// The link is not that of this record.
    #[error("the link is not the one of this record")]
    Link,
    /// The record does not come directly after the one before it in the file, or is of another enrolment.
    #[error("the record does not follow the one before it: something was left out or put in")]
    Gap,
}

impl RecordError {
    /// A stable code in snake case.
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
        }
    }
}

impl Evidence {
    /// Verifies every record, and that each follows the one before it. `types` are those that the bank declared: without them a
    /// display with a detail of such a type cannot be built again.
    ///
    /// # Errors
    /// [`EvidenceError`] for the first record that does not hold; then none of the file counts.
    pub fn verify(&self, types: &DetailTypes) -> Result<Vec<VerifiedRecord>, EvidenceError> {
        if self.records.is_empty() {
            return Err(EvidenceError::Empty);
        }
        let mut verdicts: Vec<VerifiedRecord> = Vec::new();
        let mut before: Option<&Record> = None;
        for (number, record) in (1..).zip(&self.records) {
            let verdict = record.verify(types).map_err(|error| EvidenceError::Record { number, error })?;
            let same = verdicts.last().is_none_or(|last| of_one_enrolment(last, &verdict));
            if !same || before.is_some_and(|before| !record.link.follows(&before.link)) {
                return Err(EvidenceError::Record { number, error: RecordError::Gap });
            }
            before = Some(record);
            verdicts.push(verdict);
        }
        Ok(verdicts)
    }
}

fn of_one_enrolment(one: &VerifiedRecord, other: &VerifiedRecord) -> bool {
    one.issuer == other.issuer && one.enrolment == other.enrolment
}

impl Record {
    /// Verifies this record alone, with the types that the bank declared.
    ///
    /// # Errors
    /// [`RecordError`]
    pub fn verify(&self, types: &DetailTypes) -> Result<VerifiedRecord, RecordError> {
        let request: Verified<Request> = opened(&self.request, &self.request_key).map_err(RecordError::Request)?;
        let decision: Verified<Decision> = opened(&self.decision, &self.decision_key).map_err(RecordError::Decision)?;
        let receipt: Verified<Receipt> = opened(&self.receipt, &self.receipt_key).map_err(RecordError::Receipt)?;
        answers(&decision.message, &request)?;
        acknowledges(&receipt.message, &decision, &request)?;
        let display = seen(&decision.message, &request.message, types)?;
        if !self.link.holds(request.digest, decision.digest, receipt.digest) {
            return Err(RecordError::Link);
        }
        let (asked, answered) = (request.message, decision.message);
        Ok(VerifiedRecord {
            issuer: asked.iss,
            enrolment: asked.sub,
            txn: asked.txn,
            requested_at: asked.iat,
            decided_at: answered.iat,
            received_at: receipt.message.iat,
            decision: answered.decision,
            reason: answered.reason,
            ceremony: answered.ceremony,
            display,
            outcome: receipt.message.outcome,
            issuer_keys: [request.kid, receipt.kid],
            device_key: decision.kid,
            number: self.link.number,
        })
    }

    /// The hashes of request, decision and receipt.
    #[must_use]
    pub fn digests(&self) -> [Digest; 3] {
        [&self.request, &self.decision, &self.receipt].map(|jws| Digest::of(jws.as_bytes()))
    }
}

fn opened<M: Message>(jws: &str, key: &PublicKey) -> Result<Verified<M>, JoseError> {
    open(jws, |kid| (key.thumbprint() == kid).then_some(key))
}

/// The decision is about this request, within its life.
fn answers(decision: &Decision, request: &Verified<Request>) -> Result<(), RecordError> {
    let asked = &request.message;
    let life = asked.exp.since(asked.iat);
    let holds = decision.iss == asked.sub
        && decision.aud == asked.iss
        && decision.txn == asked.txn
        && decision.nonce == asked.nonce
        && decision.request_hash == request.digest
        && decision.exp == asked.exp
        && (1..=MAX_LIFETIME_SECS).contains(&life)
        && (-LEEWAY_SECS..=life.saturating_add(LEEWAY_SECS)).contains(&decision.iat.since(asked.iat));
    if holds { Ok(()) } else { Err(RecordError::OtherRequest) }
}

/// The receipt is for these bytes of the decision.
fn acknowledges(
    receipt: &Receipt,
    decision: &Verified<Decision>,
    request: &Verified<Request>,
) -> Result<(), RecordError> {
    let asked = &request.message;
    let holds = receipt.iss == asked.iss
        && receipt.sub == asked.sub
        && receipt.txn.as_ref() == Some(&asked.txn)
        && receipt.request_hash == Some(request.digest)
        && receipt.message_hash == decision.digest;
    if holds { Ok(()) } else { Err(RecordError::OtherDecision) }
}

/// The display that the decision names, built again from the request.
fn seen(decision: &Decision, asked: &Request, types: &DetailTypes) -> Result<Option<Display>, RecordError> {
    use crate::message::decision::Verification;
    let display = review::display(asked, decision.ceremony.locale, types);
    if decision.decision == DecisionKind::Approve {
        let payments = (!display.payments.is_empty()).then_some(&display.payments);
        let given = decision.display_hash.is_some()
            && display.approvable.is_ok()
            && decision.reason.is_none()
            && decision.payments.as_ref() == payments
            && decision.ceremony.verification != Verification::None;
        if !given {
            return Err(RecordError::Approval);
        }
    }
    match decision.display_hash {
        Some(hash) if hash == display.hash => Ok(Some(display)),
        Some(_) => Err(RecordError::Display),
        None => Ok(None),
    }
}
