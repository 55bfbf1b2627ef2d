//! Evidence that stands alone: what was asked, what was answered, and the receipt, with the public keys that signed them.
//!
//! [`Evidence::verify`] needs nothing but the file. It shows that the holder of the issuer's key asked exactly this, that the
//! holder of the phone's key answered having seen exactly these fields, and that the issuer took the answer: the receipt names
//! the answer by its hash, and the answer names the key that signed it. Whose the issuer's key is, no file can say of itself:
//! compare [`VerifiedRecord::issuer_keys`] with what the issuer publishes (`signer`, `keys` and `pins` of its metadata).
//!
//! A [`Record`] also has its place in the phone's history ([`Link`]): records that follow one another prove that none between
//! them was left out.

mod link;
mod verify;

use crate::names::stable_names;
use serde::{Deserialize, Serialize};

pub use self::link::{Chain, Link};
pub use self::verify::{EvidenceError, RecordError, VerifiedRecord};

use crate::jose::{JoseError, PublicKey, json};

/// The most bytes of a file of evidence.
pub const MAX_EVIDENCE_BYTES: usize = 4 * 1024 * 1024;

/// A file of evidence: records of one enrolment, in the order in which they were settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Which format this is.
    pub format: Format,
    /// At least one.
    pub records: Vec<Record>,
}

/// The format of a file of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// The first one.
    #[serde(rename = "countersign-evidence/1")]
    V1,
}

stable_names!(
    /// Returns the name in the file.
    Format, as_str {
        V1 => "countersign-evidence/1",
    }
);

/// One request, its answer and its receipt, each as it travelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// `adp-request+jwt`.
    pub request: String,
    /// `adp-decision+jwt`.
    pub decision: String,
    /// `adp-receipt+jwt`.
    pub receipt: String,
    /// The issuer's key that signed the request.
    pub request_key: PublicKey,
    /// The phone's key that signed the decision.
    pub decision_key: PublicKey,
    /// The issuer's key that signed the receipt.
    pub receipt_key: PublicKey,
    /// The record's place in the phone's history.
    pub link: Link,
}

impl Evidence {
    /// Evidence of these records.
    #[must_use]
    pub const fn of(records: Vec<Record>) -> Self {
        Self { format: Format::V1, records }
    }

    /// Reads a file. Nothing is verified yet.
    ///
    /// # Errors
    /// [`EvidenceError::TooLarge`], [`EvidenceError::Unreadable`]
    pub fn parse(file: &[u8]) -> Result<Self, EvidenceError> {
        if file.len() > MAX_EVIDENCE_BYTES {
            return Err(EvidenceError::TooLarge);
        }
        json::from_slice(file).map_err(|_| EvidenceError::Unreadable)
    }

    /// What the file holds: JSON.
    ///
    /// # Errors
    /// [`JoseError::Encode`], where there is no memory for it.
    pub fn text(&self) -> Result<String, JoseError> {
        serde_json::to_string(self).map_err(|_| JoseError::Encode)
    }
}

#[cfg(test)]
mod tests;
