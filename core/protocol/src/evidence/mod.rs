//! Evidence: a request, its decision and its receipt, with the public keys that signed them.
//!
//! [`Evidence::verify`] needs only the file. It shows that the holder of the issuer's key signed
//! the request, that the holder of the phone's key decided after seeing exactly these fields, and
//! that the issuer acknowledged the decision. The receipt contains the hash of the decision, and
//! the decision contains the id of the key that signed it.
//!
//! A file cannot prove to whom the issuer's key belongs. Compare [`VerifiedRecord::issuer_keys`]
//! with the keys that the issuer publishes (`signer`, `keys` and `pins` of its metadata).
//!
//! A file cannot prove either that the key of the decision belongs to a phone: the issuer names it.
//! The issuer alone could make a whole file.
//!
//! Each [`Record`] also has its position in the phone's history ([`Link`]). The links are not
//! signed. They show a record that was lost or moved by mistake, but no intended omission.

mod link;
mod verify;

use crate::names::stable_names;
use serde::{Deserialize, Serialize};

pub use self::link::{Chain, Link};
pub use self::verify::{EvidenceError, RecordError, VerifiedRecord};

use crate::jose::{JoseError, PublicKey, json};

/// The maximum size of an evidence file in bytes.
pub const MAX_EVIDENCE_BYTES: usize = 4 * 1024 * 1024;

/// An evidence file: records of one enrolment in the order in which they were settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The format of the file.
    pub format: Format,
    /// The records, at least one.
    pub records: Vec<Record>,
}

/// The format of an evidence file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Version 1.
    #[serde(rename = "countersign-evidence/1")]
    V1,
}

stable_names!(
    /// Returns the name in the file.
    Format, as_str {
        V1 => "countersign-evidence/1",
    }
);

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
    /// The position of the record in the phone's history.
    pub link: Link,
}

impl Evidence {
    /// Creates a file with these records.
    #[must_use]
    pub const fn of(records: Vec<Record>) -> Self {
        Self { format: Format::V1, records }
    }

    /// Parses a file without verifying it.
    ///
    /// # Errors
    /// [`EvidenceError::TooLarge`], [`EvidenceError::Unreadable`]
    pub fn parse(file: &[u8]) -> Result<Self, EvidenceError> {
        if file.len() > MAX_EVIDENCE_BYTES {
            return Err(EvidenceError::TooLarge);
        }
        json::from_slice(file).map_err(|_| EvidenceError::Unreadable)
    }

    /// Returns the content of the file as JSON.
    ///
    /// # Errors
    /// [`JoseError::Encode`] if there is not enough memory.
    pub fn text(&self) -> Result<String, JoseError> {
        serde_json::to_string(self).map_err(|_| JoseError::Encode)
    }
}

#[cfg(test)]
mod tests;
