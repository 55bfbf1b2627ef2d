//! Evidence: requests, decisions and receipts, with the public keys that signed them.
//!
//! [`Evidence::verify`] needs only the file. For each record it shows that the holder of the
//! issuer's key signed the request, that the holder of the phone's key decided after seeing exactly
//! these fields, and that the issuer acknowledged the decision.
//!
//! | format | position of a record |
//! |---|---|
//! | 2 ([`EvidenceFile`]) | signed, if the decision has a [history](crate::message::history) |
//! | 1 ([`LinkedFile`]) | none, because nobody signed the [`Link`]s |
//!
//! No record between the first and the last one of a signed history can be left out, repeated or
//! moved.
//!
//! A file cannot prove to whom the issuer's key belongs. Compare [`VerifiedRecord::issuer_keys`]
//! with the keys that the issuer publishes (`signer`, `keys` and `pins` of its metadata).
//!
//! A file cannot prove either that the enrolment belongs to a certain phone. Each receipt of a
//! decision with a history names the enrolment message and the user-verification key, so an issuer
//! that makes up records contradicts the receipts that the customer's phone has.

mod chain;
mod error;
mod links;
mod record;
mod replacement;
mod verdict;

use serde::{Deserialize, Serialize};

pub use self::chain::{HistoryEvidence, HistoryRecord};
pub use self::error::{EvidenceError, RecordError};
pub use self::links::{Link, LinkedFile, LinkedRecord};
pub use self::record::Record;
pub use self::replacement::Replacement;
pub use self::verdict::{VerifiedEntry, VerifiedEvidence, VerifiedHistory, VerifiedRecord};

use self::verdict::Known;
use crate::details::DetailTypes;
use crate::jose::{JoseError, json};

/// The maximum size of an evidence file in bytes.
pub const MAX_EVIDENCE_BYTES: usize = 4 * 1024 * 1024;

/// An evidence file: records of one enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Evidence {
    /// `countersign-evidence/1`. This version reads it and does not write it.
    V1(LinkedFile),
    /// `countersign-evidence/2`.
    V2(EvidenceFile),
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Version 2.
    #[serde(rename = "countersign-evidence/2")]
    V2,
}

/// An evidence file of version 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceFile {
    /// The format of the file.
    pub format: Format,
    /// Consecutive decisions that signed the history before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryEvidence>,
    /// Records of decisions without a history. They have no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unchained: Vec<Record>,
}

impl Evidence {
    /// Creates a file of version 2.
    #[must_use]
    pub const fn of(history: Option<HistoryEvidence>, unchained: Vec<Record>) -> Self {
        Self::V2(EvidenceFile { format: Format::V2, history, unchained })
    }

    /// Parses a file without verifying it.
    ///
    /// # Errors
    /// [`EvidenceError::TooLarge`], [`EvidenceError::Unreadable`]
    pub fn parse(file: &[u8]) -> Result<Self, EvidenceError> {
        if file.len() > MAX_EVIDENCE_BYTES {
            return Err(EvidenceError::TooLarge);
        }
        json::from_slice(file)
            .map(Self::V2)
            .or_else(|_| json::from_slice(file).map(Self::V1))
            .map_err(|_| EvidenceError::Unreadable)
    }

    /// Returns the content of the file as JSON.
    ///
    /// # Errors
    /// [`JoseError::Encode`] if there is not enough memory.
    pub fn text(&self) -> Result<String, JoseError> {
        serde_json::to_string(self).map_err(|_| JoseError::Encode)
    }

    /// Verifies every record, that all are of one enrolment, that none is repeated, and the history
    /// from the first to the last record.
    ///
    /// `types` are the types that the bank declared. Without them, the display of a detail of such
    /// a type cannot be rebuilt.
    ///
    /// # Errors
    /// [`EvidenceError`] for the first error. No record of the file is valid then.
    pub fn verify(&self, types: &DetailTypes) -> Result<VerifiedEvidence, EvidenceError> {
        match self {
            Self::V1(file) => file.verify(types),
            Self::V2(file) => file.verify(types),
        }
    }
}

impl EvidenceFile {
    fn verify(&self, types: &DetailTypes) -> Result<VerifiedEvidence, EvidenceError> {
        let mut known = Known::default();
        let history = self.history.as_ref().map(|history| history.verify(types, &mut known)).transpose()?;
        let before = self.history.as_ref().map_or(0, |history| history.records.len());
        let mut unchained = Vec::new();
        for (number, record) in (before.saturating_add(1)..).zip(&self.unchained) {
            let verified = record.verify_unchained(types).and_then(|facts| known.add(&facts).map(|()| facts));
            unchained.push(verified.map_err(|error| EvidenceError::Record { number, error })?);
        }
        if history.is_none() && unchained.is_empty() {
            return Err(EvidenceError::Empty);
        }
        Ok(VerifiedEvidence { history, unchained })
    }
}

#[cfg(test)]
mod tests;
