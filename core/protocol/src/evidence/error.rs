//! The reasons why evidence is rejected.

use thiserror::Error;

use crate::jose::JoseError;

/// The reason why an evidence file was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// The file is larger than [`super::MAX_EVIDENCE_BYTES`].
    #[error("the file is larger than {} bytes: choose an evidence file", super::MAX_EVIDENCE_BYTES)]
    TooLarge,
    /// The file does not have a known format.
    #[error("the file has neither the format countersign-evidence/2 nor /1: choose an evidence file")]
    Unreadable,
    /// The file has no record.
    #[error("the evidence file has no record: export it again")]
    Empty,
    /// A record was rejected.
    #[error("record {number}: {error}")]
    Record {
        /// The number of the record in the file, from 1. Records of the history come first.
        number: usize,
        /// The reason.
        error: RecordError,
    },
    /// A replacement of the user-verification key was rejected.
    #[error(
        "replacement {number} of the user-verification key is not proved by both keys, or does not fit the records"
    )]
    Replacement {
        /// The number of the replacement in the file, from 1.
        number: usize,
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
            Self::Replacement { .. } => "replacement",
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
    /// The display hash of the decision differs from the display that the named model builds from
    /// the request.
    #[error("the decision is for another display than the request has: pass the bank's declared types, if it has any")]
    Display,
    /// The decision names a display model that this version does not know.
    #[error("the decision names a later display model: verify the file with a later version")]
    DisplayModel,
    /// The approval has no display, has a reason for a denial, was given without user verification,
    /// has a binding value of another shape, is signed by a key with another role, or the request
    /// could not be approved.
    #[error("the approval breaks the rules for approvals")]
    Approval,
    /// The link of a file of version 1 does not belong to this record.
    #[error("the link belongs to another record")]
    Link,
    /// The record of a file of version 1 does not directly follow the previous one, or belongs to
    /// another enrolment.
    #[error("the record does not follow the previous one: records are missing or were added")]
    Gap,
    /// The decision does not follow the previous one in the signed history, or has a history in a
    /// place for records without one.
    #[error("the decision is not at this place of the signed history: records are missing, added or moved")]
    History,
    /// The receipt names another enrolment or another user-verification key than the file and its
    /// other records, or one of these keys has another role in another record.
    #[error("the receipt names another enrolment or another user-verification key than the file")]
    Proved,
    /// The record belongs to another enrolment or issuer than the previous ones.
    #[error("the record belongs to another enrolment than the records before it")]
    OtherEnrolment,
    /// The file has another record with the same request, decision or decision number.
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
            Self::DisplayModel => "display_model",
            Self::Approval => "approval",
            Self::Link => "link",
            Self::Gap => "gap",
            Self::History => "history",
            Self::Proved => "proved",
            Self::OtherEnrolment => "other_enrolment",
            Self::Repeated => "repeated",
        }
    }
}
