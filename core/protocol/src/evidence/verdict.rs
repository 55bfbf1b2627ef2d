//! The facts that a verified evidence file proves.

use std::collections::HashSet;

use super::RecordError;
use crate::jose::{Digest, Thumbprint};
use crate::message::claims::{EnrolmentId, Issuer, Timestamp, Txn};
use crate::message::decision::{Ceremony, DecisionKind, DenyReason};
use crate::message::number::Number;
use crate::message::receipt::Outcome;
use crate::review::Display;

/// The facts that a file proves. All records are of one enrolment, and each is about another
/// request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedEvidence {
    /// The consecutive decisions with a history.
    pub history: Option<VerifiedHistory>,
    /// Records that prove nothing about their order or about decisions that the file does not have.
    pub unchained: Vec<VerifiedRecord>,
}

impl VerifiedEvidence {
    /// Returns every record: those of the history in their order, then the others.
    pub fn records(&self) -> impl Iterator<Item = &VerifiedRecord> {
        let entries = self.history.iter().flat_map(|history| &history.entries);
        let chained = entries.filter_map(|entry| match entry {
            VerifiedEntry::Answered { record, .. } => Some(&**record),
            VerifiedEntry::Withheld { .. } => None,
        });
        chained.chain(&self.unchained)
    }
}

/// Consecutive decisions of one enrolment, without a gap from the first to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedHistory {
    /// SHA-256 of the `adp-enrol+jwt` that made the enrolment, as the issuer signed it.
    pub enrol_hash: Digest,
    /// The decisions in the order in which the phone signed them. The first and the last are
    /// answered. The phone may have signed more decisions after the last.
    pub entries: Vec<VerifiedEntry>,
}

impl VerifiedHistory {
    /// Returns the number of decisions before the first one of the file. 0 if the file begins with
    /// the first decision of the enrolment.
    #[must_use]
    pub fn earlier(&self) -> u64 {
        self.entries.first().map_or(0, VerifiedEntry::position)
    }

    /// Returns the number of decisions that the file names only by their hash.
    #[must_use]
    pub fn withheld(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry, VerifiedEntry::Withheld { .. })).count()
    }
}

/// A decision of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerifiedEntry {
    /// The file has request, decision and receipt.
    Answered {
        /// The number of earlier decisions of the enrolment.
        position: u64,
        /// The user-verification key of the enrolment at that time, as the issuer signed it.
        uvk: Thumbprint,
        /// The record.
        record: Box<VerifiedRecord>,
    },
    /// The file has only the hash of the decision: it has no receipt, or its owner does not show
    /// it.
    Withheld {
        /// The number of earlier decisions of the enrolment.
        position: u64,
        /// SHA-256 of the decision.
        decision_hash: Digest,
    },
}

impl VerifiedEntry {
    /// Returns the number of earlier decisions of the enrolment.
    #[must_use]
    pub const fn position(&self) -> u64 {
        match self {
            Self::Answered { position, .. } | Self::Withheld { position, .. } => *position,
        }
    }
}

/// The facts that one record proves.
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
    /// The SHA-256 digest of the decision.
    pub decision_hash: Digest,
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
}

/// The records of a file so far. Each further one must be of the same enrolment and new.
#[derive(Default)]
pub(super) struct Known {
    enrolment: Option<(Issuer, EnrolmentId)>,
    txns: HashSet<Txn>,
    requests: HashSet<Digest>,
    decisions: HashSet<Digest>,
    numbers: HashSet<Number>,
}

impl Known {
    /// Adds a record.
    pub(super) fn add(&mut self, record: &VerifiedRecord) -> Result<(), RecordError> {
        let enrolment = (record.issuer.clone(), record.enrolment.clone());
        if *self.enrolment.get_or_insert_with(|| enrolment.clone()) != enrolment {
            return Err(RecordError::OtherEnrolment);
        }
        let new = self.txns.insert(record.txn.clone())
            && self.requests.insert(record.request_hash)
            && self.numbers.insert(record.decision_number);
        if new { self.add_decision(record.decision_hash) } else { Err(RecordError::Repeated) }
    }

    /// Adds the hash of a decision.
    pub(super) fn add_decision(&mut self, hash: Digest) -> Result<(), RecordError> {
        if self.decisions.insert(hash) { Ok(()) } else { Err(RecordError::Repeated) }
    }
}
