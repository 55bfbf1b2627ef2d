//! Evidence files of version 1, whose records have links that nobody signed.

use serde::{Deserialize, Serialize};

use super::verdict::Known;
use super::{EvidenceError, Record, RecordError, VerifiedEvidence};
use crate::details::DetailTypes;
use crate::jose::{Digest, PublicKey};

/// An evidence file of version 1. It proves each record alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkedFile {
    /// The format of the file.
    pub format: LinkedFormat,
    /// The records, at least one, in the order of their links.
    pub records: Vec<LinkedRecord>,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkedFormat {
    /// Version 1.
    #[serde(rename = "countersign-evidence/1")]
    V1,
}

/// A record with its link. The members of the record are those of [`Record`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkedRecord {
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
    /// The position of the record.
    pub link: Link,
}

/// The position of a record in a file of version 1. Anyone can compute links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The number of the record, from 1.
    pub number: u64,
    /// The head of the previous record. 32 zero bytes before the first.
    pub previous: Digest,
    /// `SHA-256("ADP1-history" ‖ 0 ‖ number (64 bits, big-endian) ‖ previous ‖ hash(request) ‖
    /// hash(decision) ‖ hash(receipt))`.
    pub head: Digest,
}

impl LinkedFile {
    /// Verifies each record alone, that each follows the previous one, and that none is repeated.
    pub(super) fn verify(&self, types: &DetailTypes) -> Result<VerifiedEvidence, EvidenceError> {
        if self.records.is_empty() {
            return Err(EvidenceError::Empty);
        }
        let (mut known, mut unchained) = (Known::default(), Vec::new());
        let mut before: Option<Link> = None;
        for (number, linked) in (1..).zip(&self.records) {
            let rejected = |error| EvidenceError::Record { number, error };
            let record = Record::from(linked);
            let facts = record.verify_unchained(types).map_err(rejected)?;
            if !linked.link.belongs_to(&record) {
                return Err(rejected(RecordError::Link));
            }
            if before.is_some_and(|before| !linked.link.follows(&before)) {
                return Err(rejected(RecordError::Gap));
            }
            known.add(&facts).map_err(|error| match error {
                RecordError::OtherEnrolment => rejected(RecordError::Gap),
                error => rejected(error),
            })?;
            before = Some(linked.link);
            unchained.push(facts);
        }
        Ok(VerifiedEvidence { history: None, unchained })
    }
}

impl Link {
    fn belongs_to(&self, record: &Record) -> bool {
        let [request, decision, receipt] =
            [&record.request, &record.decision, &record.receipt].map(|jws| Digest::of(jws.as_bytes()));
        let head = Digest::of_parts(&[
            b"ADP1-history\0",
            &self.number.to_be_bytes(),
            self.previous.as_bytes(),
            request.as_bytes(),
            decision.as_bytes(),
            receipt.as_bytes(),
        ]);
        self.head == head
    }

    fn follows(&self, earlier: &Self) -> bool {
        earlier.number.checked_add(1) == Some(self.number) && self.previous == earlier.head
    }
}

impl From<&LinkedRecord> for Record {
    fn from(linked: &LinkedRecord) -> Self {
        let LinkedRecord { request, decision, receipt, request_key, decision_key, receipt_key, link: _ } =
            linked.clone();
        Self { request, decision, receipt, request_key, decision_key, receipt_key }
    }
}
