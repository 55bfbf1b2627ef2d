//! Evidence as an app keeps it or passes it on: a file.

use countersign_core as core;
use countersign_core::evidence::Evidence;

pub(crate) fn file(evidence: Option<Evidence>) -> Result<Option<String>, core::AuthenticatorError> {
    evidence.map(|evidence| evidence.text().map_err(|_| core::AuthenticatorError::Broken)).transpose()
}
